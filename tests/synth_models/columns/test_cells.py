import numpy as np

from synth_models.columns.cells import Cells, extreme_mean
from synth_models.columns.partition import Limits, Partition

LIMITS = Limits(1152, 5, 0.0)


def cells(numbers: np.ndarray, limits: Limits = LIMITS) -> Cells:
    values, counts = np.unique(numbers, return_counts=True)
    return Cells.fit(Partition.of(values, counts, limits, np.zeros(len(values) - 1, dtype=bool)), limits)


def test_wide_cells_have_knots_within():
    numbers = np.random.default_rng(0).exponential(size=100_000)
    few = cells(numbers, Limits(4, 5, 0.0))
    assert len(few) == 4
    assert len(few.knots) > 8 * 3
    drawn = few.draw(few.find(numbers), np.random.default_rng(0))
    grid = np.linspace(0, 5, 50)
    real, new = ((x[:, None] < grid).mean(axis=0) for x in (numbers, drawn))
    assert np.abs(real - new).max() < 0.01


def test_edges_lie_off_the_grid_of_the_numbers():
    numbers = np.random.default_rng(0).integers(0, 5000, 2000).astype(float)
    assert (cells(numbers, Limits(1152, 5, 1.0)).edges % 1 == 0.5).all()


def test_a_single_frequent_value_is_exact():
    made = cells(np.repeat(7.25, 8))
    assert (made.low, made.high) == (7.25, 7.25)


def test_the_mean_of_the_outermost_rows():
    assert extreme_mean(np.array([1.0, 2.0, 9.0]), np.array([1, 3, 9]), 5) == (1 + 6 + 9) / 5
    assert extreme_mean(np.array([9.0, 2.0, 1.0]), np.array([9, 3, 1]), 5) == 9


def test_middles_rise():
    made = cells(np.random.default_rng(0).standard_cauchy(5000))
    assert (np.diff(made.middles()) > 0).all()


def test_the_state_makes_the_same_cells():
    made = cells(np.random.default_rng(0).normal(size=500))
    twin = Cells.from_state(made.state())
    np.testing.assert_array_equal(twin.knots, made.knots)
    np.testing.assert_array_equal(twin.edges, made.edges)
