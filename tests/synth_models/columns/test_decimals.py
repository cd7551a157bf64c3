import numpy as np
import pytest

from synth_models.columns.decimals import Resolution

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("decimals", range(11))
def test_decimals_are_found(decimals: int):
    numbers = RNG.normal(0, 30, 1000).round(decimals)
    assert Resolution.of(np.unique(numbers)).decimals == decimals


def test_continuous_numbers_have_none():
    numbers = RNG.normal(size=1000)
    resolution = Resolution.of(numbers)
    assert resolution == Resolution(None)
    np.testing.assert_array_equal(resolution.snap(numbers), numbers)


@pytest.mark.parametrize("scale", [1e-14, 1e-8, 1.0, 1e9])
def test_the_scale_does_not_deceive(scale: float):
    numbers = RNG.normal(size=1000) * scale
    snapped = Resolution.of(numbers).snap(numbers)
    np.testing.assert_allclose(snapped, numbers, rtol=1e-9)


def test_rounding_errors_do_not_count():
    numbers = np.unique(RNG.integers(1, 10_000, 2000) * 0.1 + 0.2)
    assert Resolution.of(numbers).decimals == 1


def test_single_precision():
    numbers = np.unique(RNG.normal(0, 5, 1000).round(2).astype(np.float32).astype(float))
    assert Resolution.of(numbers, precision=1e-6).decimals == 2


def test_stragglers_do_not_count():
    numbers = np.unique(np.r_[RNG.normal(0, 1000, 5000).round(2), 1.23456])
    assert Resolution.of(numbers).decimals == 2


def test_a_common_step():
    assert Resolution.of(np.arange(100) * 0.05) == Resolution(2, 5)
    assert Resolution.of(np.arange(100) * 1000.0) == Resolution(0, 1000)
    assert Resolution.of(np.arange(5) * 1000.0) == Resolution(0, 1)  # too few to believe it


def test_snapped_numbers_read_as_written():
    numbers = RNG.normal(0, 1000, 5000)
    assert all(value == float(f"{value:.2f}") for value in Resolution(2).snap(numbers))


def test_no_negative_zero():
    assert not np.signbit(Resolution(0).snap(np.array([-0.2]))).any()


def test_huge_numbers_survive():
    numbers = np.array([1e308, -1e308, 1e20])
    np.testing.assert_array_equal(Resolution(10).snap(numbers), numbers)
