"""Numbers of children add up without inventing new ones."""

import numpy as np
import pytest

from synth_models.sampling.counts import fit_total


@pytest.mark.parametrize("total", [0, 50, 100, 137, 400])
def test_they_sum_to_the_total(total: int) -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 6, 60)
    assert fit_total(counts, total, np.arange(6), rng).sum() == total


def test_at_most_one_child_stays_at_most_one() -> None:
    rng = np.random.default_rng(0)
    made = fit_total(rng.integers(0, 2, 100), 70, np.array([0, 1]), rng)
    assert made.sum() == 70
    assert made.max() == 1


def test_only_seen_numbers_where_possible() -> None:
    rng = np.random.default_rng(0)
    made = fit_total(np.array([0, 2, 4] * 20), 130, np.array([0, 2, 4]), rng)
    assert set(made.tolist()) <= {0, 2, 4}
    assert made.sum() == 130
