"""Parents exchanged within families are as likely as their scores say, and keep their numbers of children."""

from collections import Counter
from itertools import permutations

import numpy as np
import torch

from synth_models.sampling.exchange import exchanged, within_budgets

SCORES = 1.5 * torch.randn(4, 4, generator=torch.Generator().manual_seed(1))


def test_assignments_come_as_often_as_the_sum_of_their_scores_says() -> None:
    """Four rows and four parents, in two thousand groups at once."""
    n = 2000
    everyone, group = torch.arange(4 * n), torch.arange(n).repeat_interleave(4)
    made = exchanged(
        everyone,
        lambda rows, parents: SCORES[rows % 4, parents % 4],
        group,
        torch.Generator().manual_seed(0),
    )
    assert torch.equal(made // 4, group)
    drawn = Counter(tuple(row) for row in (made % 4).view(n, 4).tolist())
    weights = {p: float(SCORES[range(4), list(p)].sum().exp()) for p in permutations(range(4))}
    whole = sum(weights.values())
    chi_square = sum((drawn[p] - n * w / whole) ** 2 / (n * w / whole) for p, w in weights.items())
    assert chi_square < 23 + 4 * 46**0.5
    assert max(weights.values()) / whole > 3 / 24  # the scores do tell


def test_pairs_that_may_come_once_do() -> None:
    """Six rows of two owners who rather have the same three parents twice."""
    owner = torch.arange(6) // 3
    made = exchanged(
        torch.tensor([0, 0, 1, 1, 2, 2]),
        lambda rows, parents: 3.0 * (owner[rows] == parents).float(),
        torch.zeros(6, dtype=torch.long),
        torch.Generator().manual_seed(0),
        lambda rows, parents: owner[rows] * 3 + parents,
    )
    assert sorted(made[:3].tolist()) == sorted(made[3:].tolist()) == [0, 1, 2]


def test_who_has_too_many_passes_on_within_its_group() -> None:
    rng = np.random.default_rng(0)
    of_parent = torch.from_numpy(np.repeat(np.arange(30), 10))
    wanted = torch.from_numpy(rng.permutation(np.repeat(np.arange(300), rng.integers(0, 5, 300))))
    group = of_parent[wanted]
    anyone = torch.from_numpy(rng.integers(0, 10, len(wanted))) + 10 * group
    budget = torch.bincount(wanted, minlength=300)
    made = within_budgets(anyone, budget, group, of_parent, torch.Generator().manual_seed(0))
    assert torch.equal(of_parent[made], group)
    assert torch.equal(torch.bincount(made, minlength=300), budget)
    moved = (made != anyone).sum()
    assert moved == (torch.bincount(anyone, minlength=300) - budget).clamp(min=0).sum()


def test_where_there_is_no_room_in_the_group_things_stay() -> None:
    made = within_budgets(
        torch.tensor([0, 0, 0]),
        torch.tensor([1, 1, 5]),
        torch.tensor([0, 0, 0]),
        torch.tensor([0, 0, 1]),
        torch.Generator().manual_seed(0),
    )
    assert sorted(made.tolist()) == [0, 0, 1]
