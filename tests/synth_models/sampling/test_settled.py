"""Rows that come to one number stay within the ends of their column."""

import numpy as np

from synth_models.graph.totals import SUM, Total
from synth_models.sampling.totals import settled


def test_families_add_up_within_the_ends() -> None:
    rng = np.random.default_rng(0)
    link = np.repeat(np.arange(200), 10)
    numbers = np.round(np.clip(rng.normal(0.05, 0.3, 2000), -0.5, 0.5), 3)
    for unit in (0.001, 0.0):
        made = settled(numbers, link, Total("key", SUM, "charge", None, 0.0, unit, 0.3, (-0.5, 0.5)))
        assert np.abs(np.bincount(link, made)).max() < 1e-9
        assert made.min() >= -0.5 - 1e-9
        assert made.max() <= 0.5 + 1e-9
        if unit:
            assert np.abs(made / unit - np.rint(made / unit)).max() < 1e-6


def test_where_there_is_no_room_all_go_beyond_alike() -> None:
    made = settled(np.zeros(4), np.zeros(4, dtype=int), Total("k", SUM, "c", None, 8.0, 1.0, 1.0, (0.0, 1.0)))
    assert made.sum() == 8
    assert np.ptp(made) <= 2


def test_without_ends_the_last_makes_up_the_difference() -> None:
    made = settled(np.array([1.0, 2.0, 3.0, 5.0]), np.array([0, 0, 0, -1]), Total("k", SUM, "c", None, 0.0))
    assert made.tolist() == [1.0, 2.0, -3.0, 5.0]
