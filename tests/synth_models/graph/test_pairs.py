"""What never happens to pairs of parents, though by chance it would."""

import numpy as np

from synth_models.graph.pairs import dealt_out, never_the_same, never_twice


def rings(n: int, size: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbours in rings of rows, and which ring."""
    ring, at = np.repeat(np.arange(n), size), np.tile(np.arange(size), n)
    return ring * size + at, ring * size + (at + 1) % size, ring


def test_parents_are_dealt_out_within_their_groups() -> None:
    _, other, ring = rings(50)
    other[3], ring[10] = -1, -1
    dealt = dealt_out(other, ring)
    assert (dealt == other).mean() < 0.5
    assert (dealt[[3, 10]] == other[[3, 10]]).all()
    for group in range(50):
        assert sorted(dealt[ring == group]) == sorted(other[ring == group])


def test_neighbours_in_rings_are_two() -> None:
    one, other, ring = rings(100)
    assert never_the_same(one, other, ring)
    assert not never_the_same(one, np.r_[one[:1], other[1:]], ring)


def test_what_comes_twice_is_not_once() -> None:
    one, other, ring = rings(100)
    assert not never_twice(np.r_[one, one], np.r_[other, other], np.r_[ring, ring])


def test_once_is_once_in_one_direction_or_in_both() -> None:
    """Every member of a group points at two others: always at those after it, or at both neighbours."""
    one, after, ring = rings(100)
    before, beyond = rings(100)[0][np.r_[-1:599]], after[after]
    start, group = np.r_[one, one], np.r_[ring, ring]
    ahead = np.r_[after, beyond]
    around = np.r_[after, np.where(one % 6 == 0, one + 5, before)]
    for ends in (ahead, around):
        assert never_twice(start, ends, group)
    assert never_twice(start, ahead, group, unordered=True)
    assert not never_twice(start, around, group, unordered=True)


def test_few_rows_are_no_rule() -> None:
    one, other, ring = rings(1)
    assert not never_the_same(one, other, ring)
