import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_models.columns.cells import Cells
from synth_models.columns.partition import MIN_ROWS, Limits, Partition
from synth_models.columns.support import Support


def part(values: np.ndarray, counts: np.ndarray, n_cells: int = 1152, unit: float = 0.0) -> Partition:
    apart = np.zeros(len(values) - 1, dtype=bool)
    return Partition.of(values, Support(counts), Limits(n_cells, 5, unit), apart)


def test_cells_have_rows_enough():
    values = np.sort(np.random.default_rng(0).normal(size=1000))
    partition = part(values, np.ones(1000, dtype=int))
    assert (partition.rows >= MIN_ROWS).all()
    assert 1000 // MIN_ROWS - 10 <= len(partition.rows) <= 1000 // MIN_ROWS


def test_at_most_so_many_cells_of_about_equal_mass():
    values = np.sort(np.random.default_rng(0).normal(size=10_000))
    partition = part(values, np.ones(10_000, dtype=int), n_cells=20)
    assert 19 <= len(partition.rows) <= 20
    assert partition.rows.max() < 1100


def test_frequent_values_are_alone():
    counts = np.ones(500, dtype=int)
    counts[[100, 250]] = 60
    partition = part(np.arange(500.0), counts)
    for value in (100, 250):
        cell = partition.cell[partition.values == value]
        assert (partition.cell == cell).sum() == 1


def test_a_few_rows_between_frequent_values_get_no_cell():
    partition = part(np.array([0.0, 1.0, 2.0]), np.array([50, 3, 50]))
    assert partition.values.tolist() == [0.0, 2.0]


def test_enough_entities_are_behind_every_cell():
    rng = np.random.default_rng(0)
    values = np.arange(3000.0)
    entities = rng.integers(0, 40, 3000)
    entities[1000:1500] = 7  # five hundred numbers of one person
    limits = Limits(1152, 5, 0.0)
    support = Support.of(np.arange(3000), 3000, entities)
    partition = Partition.of(values, support, limits, np.zeros(2999, dtype=bool))
    behind = partition.support.together(partition.cell, int(partition.cell.max()) + 1)
    assert behind.min() >= limits.floor
    assert len(behind) > 100
    assert (np.diff(partition.cell[1010:1500]) == 0).all()


def test_a_gap_beside_a_single_entity_is_no_gap():
    values = np.r_[np.arange(100.0), 1000 + np.arange(100.0), 5000 + np.arange(100.0)]
    entities = np.r_[np.arange(100), np.repeat(777, 100), 200 + np.arange(100)]
    apart = np.zeros(299, dtype=bool)
    alone = Partition.of(values, Support.of(np.arange(300), 300, entities), Limits(1152, 5, 0.0), apart)
    assert np.flatnonzero(alone.open).tolist() == [0]
    several = Partition.of(values, Support.of(np.arange(300), 300, None), Limits(1152, 5, 0.0), apart)
    assert np.flatnonzero(several.open).tolist() == [0, 100, 200]


def test_a_wide_gap_is_open():
    values = np.r_[np.arange(100.0), 1000 + np.arange(100.0)] + np.random.default_rng(0).random(200) / 10
    partition = part(values, np.ones(200, dtype=int))
    assert partition.open[100]
    assert partition.cell[100] > partition.cell[99]
    cells = Cells.fit(partition, Limits(1152, 5, 0.0))
    made = cells.draw(np.repeat(np.arange(len(cells)), 50), np.random.default_rng(0))
    assert not ((made > 101) & (made < 999)).any()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-(10**9), 10**9).map(lambda n: n / 7), st.integers(1, 40)),
        min_size=1,
        max_size=80,
        unique_by=lambda x: x[0],
    ),
    st.sampled_from([4, 30, 1152]),
)
def test_any_values(pairs: list[tuple[float, int]], n_cells: int):
    values, counts = (np.array(column) for column in zip(*sorted(pairs), strict=True))
    if counts.sum() < 5:
        counts = counts + 5
    partition = part(values, counts, n_cells)
    assert (np.diff(partition.cell) >= 0).all()
    assert partition.cell[0] == 0
    assert (partition.rows >= 5).all()
    cells = Cells.fit(partition, Limits(n_cells, 5, 0.0))
    assert len(cells) == len(partition.rows)
    np.testing.assert_array_equal(cells.find(partition.values), partition.cell)
    made = cells.draw(partition.cell, np.random.default_rng(0))
    assert (made >= values.min()).all()
    assert (made <= values.max()).all()
    assert (np.diff(cells.places) >= 0).all()
    assert (np.diff(cells.knots) >= 0).all()
