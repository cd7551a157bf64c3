import numpy as np

from synth_models.columns.cells import Cells
from synth_models.columns.partition import Limits, Partition
from synth_models.columns.support import Support

LIMITS = Limits(1152, 5, 0.0)


def cells(numbers: np.ndarray, limits: Limits = LIMITS) -> Cells:
    values, counts = np.unique(numbers, return_counts=True)
    apart = np.zeros(len(values) - 1, dtype=bool)
    return Cells.fit(Partition.of(values, Support(counts), limits, apart), limits)


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


def test_cells_beside_each_other():
    rng = np.random.default_rng(0)
    parts = [cells(rng.normal(centre, 1, 200)) for centre in (0, 50, 90)]
    joined = Cells.beside(parts)
    assert len(joined) == sum(map(len, parts))
    assert (np.diff(joined.edges) > 0).all()
    assert (np.diff(joined.middles()) > 0).all()
    at = len(parts[0]) + parts[1].find(np.array([49.0, 50.5]))
    np.testing.assert_array_equal(joined.find(np.array([49.0, 50.5])), at)
    drawn = joined.draw(np.repeat(at, 50), np.random.default_rng(0))
    assert ((drawn > 40) & (drawn < 60)).all()


def test_middles_rise():
    made = cells(np.random.default_rng(0).standard_cauchy(5000))
    assert (np.diff(made.middles()) > 0).all()


def test_the_state_makes_the_same_cells():
    made = cells(np.random.default_rng(0).normal(size=500))
    twin = Cells.from_state(made.state())
    np.testing.assert_array_equal(twin.knots, made.knots)
    np.testing.assert_array_equal(twin.edges, made.edges)
