"""Numbers of children add up without inventing new ones."""

import numpy as np
import pytest

from synth_models.sampling.counts import fit_groups, fit_total


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


def test_few_with_many_stay_few_with_many() -> None:
    """By chance there is one large family too few; another row gets one, and none gets a little."""
    drawn = np.array([0] * 91 + [740] * 2)
    made = fit_total(drawn, 2226, np.array([0, 740]), np.random.default_rng(0))
    assert made.sum() == 2226
    assert (made > 0).sum() == 3
    assert made.max() < 750


def test_none_drawn_is_no_reason_to_give_all_a_little() -> None:
    made = fit_total(np.zeros(93), 2226, np.array([0, 740]), np.random.default_rng(0))
    assert sorted(made)[-4:][0] == 0
    assert made.sum() == 2226


@pytest.mark.parametrize("hubs", [0, 1, 2, 3, 4])
def test_rows_without_children_stay_so_however_many_hubs_are_drawn(hubs: int) -> None:
    counts = np.zeros(93, dtype=np.int64)
    counts[:hubs] = 1000
    made = fit_total(counts, 2226, np.array([0, 1000]), np.random.default_rng(0))
    assert made.sum() == 2226
    assert 1 <= (made > 0).sum() <= max(hubs, 2)


def test_fewer_children_than_any_parent_has_are_those_of_one() -> None:
    made = fit_total(np.zeros(20, dtype=np.int64), 7, np.array([0, 50]), np.random.default_rng(0))
    assert sorted(made)[-2:] == [0, 7]


def test_children_of_parents_that_never_had_any_are_anyones() -> None:
    made = fit_total(np.zeros(20, dtype=np.int64), 60, np.array([0]), np.random.default_rng(0))
    assert made.sum() == 60
    assert (made > 0).sum() > 10


def test_groups_come_to_what_is_wanted() -> None:
    rng = np.random.default_rng(0)
    counts, wanted, group = (rng.integers(0, high, 400) for high in (4, 5, 50))
    group[:10] = -1
    made = fit_groups(counts, wanted, group, rng.integers(0, 3, 400), rng)
    assert (made >= 0).all()
    assert (made[:10] == counts[:10]).all()
    there = group >= 0
    sums = [np.bincount(group[there], values[there]) for values in (made, wanted, counts)]
    assert (sums[0] == sums[1]).all()
    assert np.abs(made - counts).sum() == np.abs(sums[1] - sums[2]).sum()  # no more is moved than need be


def test_who_has_one_more_is_of_a_kind_that_may() -> None:
    """Every third has up to nine children, the others one; each group is one short, or has one too many."""
    rng = np.random.default_rng(0)
    kind, group = np.arange(600) % 3, np.arange(600) // 30
    counts = np.where(kind == 0, rng.integers(0, 10, 600), 1)
    made = fit_groups(
        counts, counts + np.where(np.arange(600) % 30 == 0, group % 2 * 2 - 1, 0), group, kind, rng
    )
    changed = made != counts
    assert changed.sum() == 20
    assert (kind[changed] == 0).all()
