"""Levels of rows that may be each other's parents leave no gap."""

import numpy as np

from synth_models.graph.levels import without_gaps


def test_levels_move_up_within_their_group() -> None:
    levels = np.array([0, 2, 2, 5, 0, 1, 3])
    group = np.array([0, 0, 0, 0, 1, 1, 1])
    assert without_gaps(levels, group).tolist() == [0, 1, 1, 2, 0, 1, 2]


def test_one_row_of_a_group_without_a_top_becomes_it() -> None:
    levels = np.array([3, 1, 1, 2, 0])
    group = np.array([4, 4, 4, 4, 9])
    assert without_gaps(levels, group).tolist() == [3, 0, 1, 2, 0]


def test_no_rows_have_no_levels() -> None:
    assert without_gaps(np.zeros(0, dtype=np.int16), np.zeros(0, dtype=np.int64)).tolist() == []
