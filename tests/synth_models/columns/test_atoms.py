import numpy as np

from synth_models.columns.atoms import Atoms, Tally
from synth_models.columns.decimals import Resolution
from synth_models.columns.support import Support


def tally(numbers: np.ndarray, decimals: int | None = None) -> Tally:
    raw, rows = np.unique(numbers, return_counts=True)
    return Tally.of(raw, Support(rows), Resolution(decimals), 5)


def test_the_same_number_is_counted_once():
    counted = tally(np.r_[np.repeat(0.3, 6), np.repeat(0.1 + 0.2, 9), 7.0], 1)
    assert counted.values.tolist() == [0.3, 7.0]
    assert counted.support.rows.tolist() == [15, 1]
    assert counted.faces.tolist() == [0.1 + 0.2, 7.0]


def test_the_notation_of_rare_numbers_is_not_kept():
    counted = tally(np.r_[np.repeat(0.3, 3), np.repeat(0.1 + 0.2, 4)], 1)
    assert counted.faces.tolist() == [0.3]


def test_all_frequent_values_of_few_are_atoms():
    counted = tally(np.r_[np.repeat(np.arange(4.0), 5), 99.0])
    assert counted.atoms(5, 150, 1152).tolist() == [True] * 4 + [False]


def test_what_one_entity_repeats_is_no_atom():
    numbers, entities = np.repeat([1.0, 2.0], 20), np.r_[np.arange(20), np.repeat(3, 20)]
    raw, support = Support.count(numbers, entities)
    assert Tally.of(raw, support, Resolution(0), 5).atoms(5, 150, 1152).tolist() == [True, False]


def test_only_spikes_of_many_are_atoms():
    counted = tally(np.r_[np.repeat(np.arange(1000.0), 20), np.repeat([17.0, 400.0], 900)])
    assert np.flatnonzero(counted.atoms(5, 150, 1152)).tolist() == [17, 400]


def test_at_most_so_many():
    spikes = np.repeat(np.arange(0.0, 1000.0, 5), 500 + np.arange(200))
    counted = tally(np.r_[spikes, np.repeat(np.arange(1000.0), 5)])
    assert counted.atoms(5, 30, 1152).sum() == 30


def test_strays_beside_atoms_get_no_cell():
    counted = tally(np.r_[np.repeat(np.arange(10.0, 20.0), 100), [1.0, 2.0], np.arange(50.0, 60.0)])
    rest, apart = counted.rest(counted.atoms(5, 150, 1152), 5)
    assert counted.values[rest].tolist() == list(range(50, 60))
    assert not apart.any()


def test_tails_on_both_sides_are_kept_apart():
    counted = tally(np.r_[np.arange(0.0, 9.0), np.repeat(np.arange(10.0, 20.0), 100), np.arange(50.0, 60.0)])
    _, apart = counted.rest(counted.atoms(5, 150, 1152), 5)
    assert np.flatnonzero(apart).tolist() == [8]


def test_the_nearest_atom():
    atoms = Atoms(np.array([1.0, 5.0]), np.array([1.0, 5.0]))
    found, off = atoms.nearest(np.array([-3.0, 2.0, 4.0, 5.0]))
    assert found.tolist() == [0, 0, 1, 1]
    assert off.tolist() == [4, 1, 1, 0]
    twin = Atoms.from_state(atoms.state())
    np.testing.assert_array_equal(twin.keys, atoms.keys)
