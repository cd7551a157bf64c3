"""Shares of rows by their places among siblings."""

import numpy as np

from synth_models.graph.shares import Shares, stretches

POSITION = np.concatenate([np.arange(size) for size in [1, 2, 4, 8, 8, 8, 8, 8, 20]])


def test_stretches_have_about_as_many_rows_each() -> None:
    starts = stretches(np.tile(np.arange(100), 7), least=2, most=4)
    assert starts.tolist() == [0, 25, 50, 75]


def test_no_stretch_begins_where_too_few_families_are() -> None:
    assert stretches(POSITION, least=5, most=50).max() == 7
    assert stretches(POSITION, least=1, most=50).max() == 19
    assert stretches(POSITION, least=10, most=50).tolist() == [0]
    assert stretches(POSITION[:0], least=1, most=50).tolist() == [0]


def test_each_stretch_has_the_share_of_its_rows() -> None:
    found = Shares.of(POSITION % 4 == 0, POSITION, np.array([0, 1, 4]))
    assert found.at([0, 1, 3, 4, 7, 1000]).tolist() == [1, 0, 0, 0.25, 0.25, 0.25]
    assert Shares.from_state(found.state()) == found


def test_what_all_rows_or_none_have_needs_no_holding() -> None:
    assert not Shares((0,), (0.0,)).some
    assert not Shares((0, 3), (1.0, 1.0)).some
    assert Shares((0, 3), (0.0, 1.0)).some
    assert Shares((0,), (0.1,)).some


def test_what_siblings_have_alike_is_told_from_what_only_seems_so() -> None:
    starts, rng = np.array([0]), np.random.default_rng(0)
    position = np.tile(np.arange(4), 40)
    families = np.repeat(rng.random(40) < 0.3, 4)
    assert Shares.of(families, position, starts).alike
    assert Shares.from_state(Shares.of(families, position, starts).state()).alike
    families[3] = ~families[3]
    assert not Shares.of(families, position, starts).alike
    assert not Shares.of(np.repeat([True, False], 4), np.tile(np.arange(4), 2), starts).alike  # too few
    assert not Shares.of(rng.random(40) < 0.3, np.zeros(40, dtype=int), starts).alike  # no siblings
    assert not Shares.of(families[:0], position[:0], starts).alike
