import io
import time
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from synth_models.columns.grid import NumberGrid

N = 20_000
RNG = np.random.default_rng(11)

SHAPES = {
    "normal": RNG.normal(size=N),
    "heavy tails": RNG.standard_cauchy(N),
    "zero-inflated": np.where(RNG.random(N) < 0.6, 0.0, RNG.exponential(5, N)),
    "two humps": np.r_[RNG.normal(0, 1, N // 2), RNG.normal(100, 1, N // 2)],
    "money": RNG.lognormal(3, 1, N).round(2),
    "prices": RNG.choice([9.99, 19.99, 49.5], N) * RNG.integers(1, 40, N),
    "ids": RNG.permutation(10**7)[:N].astype(float),
    "counts": RNG.zipf(1.5, N).clip(0, 10**6).astype(float),
    "ages": RNG.binomial(100, 0.4, N).astype(float),
    "many equal": RNG.integers(0, 500, N).astype(float),
    "steps": RNG.integers(0, 4000, N) * 25.0,
    "single precision": RNG.normal(size=N).astype(np.float32).astype(float),
    "tiny": RNG.normal(size=N) * 1e-14,
    "huge": RNG.normal(size=N) * 1e300,
}


def ks(real: np.ndarray, made: np.ndarray) -> float:
    """The largest difference of the two distribution functions."""
    result: Any = stats.ks_2samp(real, made, method="asymp")
    return result.statistic


def decoded(grid: NumberGrid, numbers: np.ndarray, seed: int = 0) -> np.ndarray:
    return grid.decode(grid.encode(numbers), np.random.default_rng(seed))


def stored(grid: NumberGrid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The atoms, the edges and the knots of a grid."""
    state = grid.state()
    cells = state["cells"] or {"edges": torch.zeros(0), "knots": torch.zeros(0)}
    atoms = torch.cat([state["atoms"]["keys"], state["atoms"]["faces"]])
    return atoms.numpy(), cells["edges"].numpy(), cells["knots"].numpy()


def saved(grid: NumberGrid) -> bytes:
    buffer = io.BytesIO()
    torch.save(grid.state(), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_distribution_is_kept(shape: str):
    numbers = SHAPES[shape]
    made = decoded(NumberGrid.fit(numbers), numbers)
    assert ks(numbers, made) <= 0.005
    assert made.min() >= numbers.min()
    assert made.max() <= numbers.max()


@pytest.mark.parametrize("shape", SHAPES)
def test_tokens_of_decoded_numbers(shape: str):
    grid = NumberGrid.fit(SHAPES[shape])
    tokens = grid.encode(SHAPES[shape])
    again = grid.encode(grid.decode(tokens, np.random.default_rng(0)))
    assert (again == tokens).all(axis=1).mean() > 0.999


@pytest.mark.parametrize("shape", SHAPES)
def test_tokens_are_in_value_order(shape: str):
    numbers = np.sort(SHAPES[shape])
    tokens = NumberGrid.fit(numbers).encode(numbers)
    if tokens.shape[1] == 2:
        same = np.diff(tokens[:, 0]) == 0
        assert (np.diff(tokens[:, 1])[same] >= 0).all()
    order = np.array([np.median(numbers[tokens[:, 0] == token]) for token in np.unique(tokens[:, 0])])
    assert (np.diff(order) > 0).mean() > 0.97  # an atom may lie anywhere in the cell it was taken from


@pytest.mark.parametrize("shape", SHAPES)
def test_no_rare_value_is_stored(shape: str):
    numbers = SHAPES[shape]
    values, counts = np.unique(numbers, return_counts=True)
    rare = values[counts < 5]
    atoms, edges, knots = stored(NumberGrid.fit(numbers))
    assert not np.isin(np.r_[atoms, edges], rare).any()
    assert not np.isin(knots, rare[[0, -1]] if len(rare) else rare).any()
    # a mean over a few numbers of a coarse resolution may happen to be another of them
    coarse = NumberGrid.fit(numbers).resolution.decimals is not None
    assert np.isin(knots, rare).sum() <= (0.01 * len(knots) if coarse else 0)


def test_the_tail_does_not_fatten():
    numbers = np.random.default_rng(3).pareto(1.5, 400_000)
    made = decoded(NumberGrid.fit(numbers), numbers)
    assert made.mean() == pytest.approx(numbers.mean(), rel=0.02)


def test_few_values_are_exact():
    numbers = np.repeat(np.arange(150) / 4, 5)
    grid = NumberGrid.fit(numbers)
    assert grid.sizes == (151,)
    assert grid.exact
    np.testing.assert_array_equal(decoded(grid, numbers), numbers)
    np.testing.assert_array_equal(grid.encode(np.arange(150) / 4)[:, 0], np.arange(1, 151))


def test_whole_numbers_stay_whole_and_steps_stay_steps():
    assert (decoded(NumberGrid.fit(SHAPES["ids"]), SHAPES["ids"]) % 1 == 0).all()
    assert (decoded(NumberGrid.fit(SHAPES["steps"]), SHAPES["steps"]) % 25 == 0).all()


def test_a_wide_gap_stays_empty():
    for n in (200, N):
        numbers = np.r_[np.random.default_rng(0).normal(0, 1, n), np.random.default_rng(1).normal(100, 1, n)]
        made = decoded(NumberGrid.fit(numbers), numbers)
        assert not ((made > 10) & (made < 90)).any()


def test_frequent_values_beyond_the_atoms_are_exact_in_the_second_token():
    numbers = np.repeat(np.arange(400.0) ** 2, np.random.default_rng(0).integers(40, 60, 400))
    grid = NumberGrid.fit(numbers)
    assert len(grid.sizes) == 2
    np.testing.assert_array_equal(decoded(grid, numbers), numbers)


def test_rare_values_beside_frequent_ones_do_not_smear():
    numbers = np.r_[
        np.repeat(np.arange(30.0, 50.0), 1000), np.repeat([10.0, 12.0], 3), np.repeat([80.0, 90.0], 3)
    ]
    made = decoded(NumberGrid.fit(numbers), numbers)
    assert not ((made > 15) & (made < 30)).any()
    assert not ((made > 49) & (made < 80)).any()


def test_a_cell_does_not_give_the_values_that_have_tokens_of_their_own():
    numbers = np.r_[
        np.repeat(np.arange(0.0, 300.0, 5.0), 400), np.random.default_rng(0).integers(0, 300, 9000)
    ]
    made = decoded(NumberGrid.fit(numbers), numbers)
    assert ks(numbers, made) <= 0.001
    assert (made % 5 == 0).mean() == pytest.approx((numbers % 5 == 0).mean(), abs=0.002)


def test_a_rounding_error_in_the_notation_is_kept():
    numbers = np.repeat([6.904679999999999, 8.05546, 13.809359999999998], 20)
    grid = NumberGrid.fit(numbers)
    np.testing.assert_array_equal(decoded(grid, numbers), numbers)
    np.testing.assert_array_equal(
        grid.tidy(np.array([6.90468, 8.055460000001])), [6.904679999999999, 8.05546]
    )


def test_numbers_beyond_the_range_get_the_nearest_tokens():
    grid = NumberGrid.fit(SHAPES["normal"])
    low, high = grid.bounds
    beyond = np.array([-1e300, -np.inf, low, high, 1e300, np.inf])
    made = decoded(grid, beyond)
    assert (np.abs(made) < 5).all()
    assert (np.sign(made) == np.sign(beyond)).all()
    atoms = NumberGrid.fit(np.repeat([1.0, 2.0, 4.0], 9))
    assert decoded(atoms, np.array([-7.0, 1.4, 2.4, 3.6, 99.0])).tolist() == [1, 1, 2, 4, 4]
    mixed = NumberGrid.fit(np.r_[np.zeros(500), 1000 + SHAPES["normal"]])
    assert decoded(mixed, np.array([3.0]))[0] == 0


def test_missing_values():
    grid = NumberGrid.fit(np.array([1.0, np.nan] * 6))
    assert grid.allowed()[0].tolist() == [[True, True]]
    np.testing.assert_array_equal(decoded(grid, np.array([np.nan, 1.0])), [np.nan, 1.0])
    nothing = NumberGrid.fit(np.full(4, np.nan))
    assert nothing.sizes == (1,)
    assert nothing.allowed()[0].tolist() == [[True]]
    assert np.isnan(decoded(nothing, np.array([1.0]))).all()


@pytest.mark.parametrize("n", [1, 2, 4])
def test_so_few_rows_tell_one_digit(n: int):
    numbers = np.array([123.456, 124.789, 125.012, 121.345])[:n]
    grid = NumberGrid.fit(numbers)
    assert decoded(grid, numbers).tolist() == [100.0] * n
    assert not any(value.tobytes() in saved(grid) for value in numbers)


@pytest.mark.parametrize("n", [5, 9, 12, 40])
def test_the_tails_are_means(n: int):
    numbers = np.random.default_rng(n).normal(50, 10, n)
    grid = NumberGrid.fit(numbers)
    low, high = grid.bounds
    assert low == pytest.approx(np.sort(numbers)[:5].mean())
    assert high == pytest.approx(np.sort(numbers)[-5:].mean())
    assert not any(value.tobytes() in saved(grid) for value in numbers)


def test_given_decimals():
    numbers = np.random.default_rng(0).normal(size=500)
    made = decoded(NumberGrid.fit(numbers, decimals=3), numbers)
    np.testing.assert_array_equal(made, made.round(3))


def test_limits_are_kept():
    grid = NumberGrid.fit(SHAPES["normal"], max_coarse=12, max_fine=5)
    assert grid.sizes == (13, 5)
    assert grid.ordered == (True, True)


def test_a_million_numbers_take_a_second_or_so():
    numbers = np.random.default_rng(0).lognormal(3, 1, 1_000_000).round(2)
    start = time.process_time()
    grid = NumberGrid.fit(numbers)
    fitted = time.process_time()
    tokens = grid.encode(numbers)
    encoded = time.process_time()
    grid.decode(tokens, np.random.default_rng(0))
    decoded_at = time.process_time()
    assert fitted - start < 3
    assert encoded - fitted < 3
    assert decoded_at - encoded < 3


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(-20, 20).map(float) | st.floats(-1e6, 1e6) | st.just(np.nan), max_size=60),
    st.integers(1, 9),
    st.integers(1, 8),
    st.sampled_from([2, 5, 150]),
    st.sampled_from([1, 3, 48]),
)
def test_any_numbers(drawn: list[float], repeats: int, min_count: int, max_atoms: int, max_coarse: int):
    numbers = np.array(drawn * repeats)
    grid = NumberGrid.fit(numbers, min_count=min_count, max_atoms=max_atoms, max_coarse=max_coarse)
    tokens = grid.encode(numbers)
    first, *second = grid.allowed()
    assert first[0, tokens[:, 0]].all()
    assert all(table[tokens[:, 0], tokens[:, 1]].all() and table.any(axis=1).all() for table in second)
    made = grid.decode(tokens, np.random.default_rng(0))
    np.testing.assert_array_equal(np.isnan(made), np.isnan(numbers))
    given_numbers = numbers[~np.isnan(numbers)]
    if len(given_numbers) >= min_count:
        unit = grid.resolution.unit
        assert (made[~np.isnan(made)] >= given_numbers.min() - unit).all()
        assert (made[~np.isnan(made)] <= given_numbers.max() + unit).all()
    twin = NumberGrid.from_state(grid.state())
    np.testing.assert_array_equal(twin.encode(numbers), tokens)
    np.testing.assert_array_equal(twin.decode(tokens, np.random.default_rng(0)), made)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 300), st.integers(1, 8), st.integers(0, 12))
def test_no_rare_number_of_any_sample_is_stored(seed: int, n: int, repeats: int, spikes: int):
    rng = np.random.default_rng(seed)
    pool = rng.normal(size=n) * 10.0 ** rng.integers(-2, 3, n)
    numbers = np.r_[np.repeat(pool, rng.integers(1, repeats + 1, n)), np.repeat(rng.normal(size=spikes), 40)]
    values, counts = np.unique(numbers, return_counts=True)
    stored = saved(NumberGrid.fit(numbers))
    assert not any(value.tobytes() in stored for value in values[counts < 5])


def values_of(grid: NumberGrid, numbers: np.ndarray) -> np.ndarray:
    return grid.decode(grid.encode(numbers), np.random.default_rng(0))


def test_frequent_new_values_get_tokens_after_the_old_ones():
    grid = NumberGrid.fit(np.repeat([1.0, 2.0, 4.0], 20))
    grown = grid.grow(np.r_[np.repeat([3.0, 0.0], 20), 77.0])
    assert (grid.sizes, grown.sizes) == ((4,), (6,))
    assert grown.encode(np.array([1.0, 2.0, 4.0, 0.0, 3.0])).ravel().tolist() == [1, 2, 3, 4, 5]
    assert values_of(grown, np.array([3.0, 77.0])).tolist() == [3.0, 4.0]
    np.testing.assert_allclose(grown.ranks()[0], [0, 1 / 3, 2 / 3, 1, 1 / 3, 2.5 / 3])


@pytest.mark.parametrize("n", [300, 20_000])
def test_numbers_beyond_the_cells_get_cells(n: int):
    rng = np.random.default_rng(0)
    old, new = rng.normal(0, 1, n), np.r_[rng.normal(30, 1, n), rng.normal(-20, 1, n)]
    grid = NumberGrid.fit(old)
    grown = NumberGrid.from_state(grid.grow(np.r_[old, new]).state())
    assert len(grown.sizes) == len(grid.sizes)
    assert grown.sizes[1:] == grid.sizes[1:]
    inside = values_of(grid, old)
    np.testing.assert_array_equal(grown.encode(inside), grid.encode(inside))
    np.testing.assert_allclose(values_of(grown, inside), values_of(grid, inside), atol=1e-9)
    assert ks(new, values_of(grown, new)) < 0.05
    assert ks(new, values_of(grid, new)) > 0.4
    first = grown.ranks()[0]
    assert (first[grown.encode(np.array([30.0]))[0, 0]], first[grown.encode(np.array([-20.0]))[0, 0]]) == (
        first[grid.encode(np.array([30.0]))[0, 0]],
        first[grid.encode(np.array([-20.0]))[0, 0]],
    )


def test_a_grown_grid_keeps_to_a_step_of_all():
    grid = NumberGrid.fit(np.arange(0, 5000, 100.0).repeat(3))
    assert (values_of(grid, np.arange(0.0, 5000)) % 100 == 0).all()
    made = values_of(grid.grow(np.arange(5000, 9000, 50.0).repeat(3)), np.arange(5000, 9000, 50.0))
    assert (made % 50 == 0).all()
    assert (made % 100 != 0).any()


def test_what_one_entity_has_gives_a_grid_nothing():
    numbers = np.r_[RNG.normal(size=1000), np.repeat(77.5, 50), RNG.normal(500, 1, 50)]
    owners = np.r_[np.arange(1000), np.repeat(-1, 100)]
    assert NumberGrid.fit(numbers).bounds[1] > 495
    grid = NumberGrid.fit(numbers, entities=owners)
    state = io.BytesIO()
    torch.save(grid.state(), state)
    assert np.float64(77.5).tobytes() not in state.getvalue()
    assert grid.bounds[1] < 110  # the mean over the extremes of five entities
    grown = NumberGrid.fit(numbers[:1000]).grow(numbers, entities=owners)
    assert grown.bounds[1] < 5


def test_few_numbers_leave_only_their_size():
    assert NumberGrid.fit(np.array([321.0, 287.0])).bounds == (100.0, 100.0)
    assert NumberGrid.fit(np.array([100.0, 90.0])).bounds == (200.0, 200.0)  # 100 is someone's
    assert NumberGrid.fit(np.array([-0.002])).bounds == (-0.001, -0.001)
