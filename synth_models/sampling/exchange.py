"""Parents exchanged among the rows of a family until they fit.

Chosen one row after the other, what is left for the last ones hardly fits: the last bond of a molecule would
go back to its own atom, or to one that has all its bonds. Exchanges between two rows change no parent's
number of children. Accepted as Metropolis et al. (1953) do, they lead to assignments that are as likely as
the sum of their scores says, whichever row came first.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from synth_models.graph.agreements import agreements_of_children
from synth_models.graph.blueprint import TableBlueprint
from synth_models.sampling.fks import Chooser, occurrence
from synth_models.sampling.parents import owners
from synth_models.sampling.sample import Sample

_SWEEPS = 60
"""How often every row is offered an exchange."""
_AGAIN = 20.0
"""Nats that a pair costs which may not come twice and does."""

Score = Callable[[Tensor, Tensor], Tensor]
"""Nats of rows and parents side by side. Shapes: (n,), (n,) -> (n,)."""
Pair = Callable[[Tensor, Tensor], Tensor]
"""One number for each row and parent side by side. Shapes: (n,), (n,) -> (n,)."""


def exchange_parents(sample: Sample, blueprint: TableBlueprint, column: str, chooser: Chooser) -> bool:
    """Let the rows of a family exchange the parents of a key among it until they fit; whether any did."""
    key = next(key for key in blueprint.drawn_keys if key.column == column)
    at, table = key.within(blueprint.family), sample.tables[blueprint.name]
    rows = torch.nonzero(table.block.links[column] >= 0)[:, 0]
    if at is None or not len(rows):
        return False
    known = agreements_of_children(sample.blueprints, sample.blocks, blueprint.name, key, rows)
    rows, known = rows[known[at] >= 0], [reached[known[at] >= 0] for reached in known]
    asked, taken = chooser.asked[rows.to(sample.device)], owners(blueprint, sample.tables, column, rows)
    before, dice = table.block.links[column][rows], sample.roll(blueprint.name, "exchange", column).torch
    budget = torch.from_numpy(chooser.budget)
    links = within_budgets(before, budget, known[at], chooser.theirs[at], dice)
    score, pair = fit_of(chooser, asked, known, taken)
    links = exchanged(links, score, known[at], dice, pair)
    table.block.links[column][rows] = links
    return not torch.equal(before, links)


def fit_of(
    chooser: Chooser, asked: Tensor, known: Sequence[Tensor], taken: Tensor
) -> tuple[Score, Pair | None]:
    """How well parents fit the rows of a choice, and one number for each pair, if none may come twice.

    Args:
        chooser: Whose choice it was.
        asked: What is known of the rows.
        known: Per way to agree what is reached from each.
        taken: What a parent may be paired with only once.

    Shapes:
        asked: (rows, width)
        known: each (rows,)
        taken: (rows,)
    """

    def score(which: Tensor, parents: Tensor) -> Tensor:
        mine, theirs = [reached[which] for reached in known], [reached[parents] for reached in chooser.theirs]
        queries, keys = asked[which.to(chooser.device)], chooser.keys[parents.to(chooser.device)]
        return chooser.linker.pair_scores(queries, keys, mine, theirs).cpu() / chooser.temp

    def pair(which: Tensor, parents: Tensor) -> Tensor:
        return chooser.pairs(taken[which], parents)

    return score, pair if chooser.unique else None


def within_budgets(
    links: Tensor, budget: Tensor, group: Tensor, of_parent: Tensor, generator: torch.Generator
) -> Tensor:
    """Parents with more children than they should have pass some on to those of the group with fewer.

    Args:
        links: The parent of every row.
        budget: How many children each parent should have.
        group: Of every row, that of its parent.
        of_parent: The group of every parent.
        generator: Where the choice of who is passed on, and to whom, comes from.

    Shapes:
        links, group: (rows,); budget, of_parent: (parents,)
        returns: (rows,)
    """
    mixed = torch.randperm(len(links), generator=generator)
    over = mixed[occurrence(links[mixed]) >= budget[links[mixed]]]
    missing = (budget - torch.bincount(links, minlength=len(budget))).clamp(min=0)
    free = torch.repeat_interleave(torch.arange(len(budget)), missing)
    free = free[torch.randperm(len(free), generator=generator)]
    ends = torch.stack([group[over], occurrence(group[over])], 1)
    slots = torch.stack([of_parent[free], occurrence(of_parent[free])], 1)
    both, which = torch.unique(torch.cat([ends, slots]), dim=0, return_inverse=True)
    slot_of = torch.full((len(both),), -1)
    slot_of[which[len(over) :]] = torch.arange(len(free))
    slot = slot_of[which[: len(over)]]
    fitted = links.clone()
    fitted[over[slot >= 0]] = free[slot[slot >= 0]]
    return fitted


def exchanged(
    links: Tensor,
    score: Score,
    group: Tensor,
    generator: torch.Generator,
    pair: Pair | None = None,
) -> Tensor:
    """The same parents, each row's one that fits.

    Args:
        links: The parent of every row.
        score: How well parents fit rows.
        group: Of every row; only rows of the same group exchange parents.
        generator: Where offers and their acceptance come from.
        pair: One number for a row with a parent that no other may have; None where pairs may repeat.

    Shapes:
        links, group: (rows,)
        returns: (rows,)
    """
    links, everyone = links.clone(), torch.arange(len(links))
    now = score(everyone, links)
    for _ in range(_SWEEPS):
        order = torch.randperm(len(links), generator=generator)
        order = order[torch.argsort(group[order], stable=True)]
        one, other = order[:-1], order[1:]
        offered = (group[one] == group[other]) & (occurrence(group[order])[:-1] % 2 == 0)
        offered &= links[one] != links[other]
        one, other = one[offered], other[offered]
        then = score(one, links[other]), score(other, links[one])
        gain = then[0] + then[1] - now[one] - now[other]
        if pair is not None:
            there, counts = torch.unique(pair(everyone, links), return_counts=True)
            for row, kept, taken in ((one, links[one], links[other]), (other, links[other], links[one])):
                new, old = (_count(there, counts, pair(row, parent)) for parent in (taken, kept))
                gain = gain - _AGAIN * ((new > 0).float() - (old > 1).float())
        luck = torch.rand(len(one), generator=generator).log()
        yes = luck < gain
        one, other = one[yes], other[yes]
        now[one], now[other] = then[0][yes], then[1][yes]
        links[one], links[other] = links[other], links[one]
    return links


def _count(known: Tensor, counts: Tensor, values: Tensor) -> Tensor:
    """How often each value is among those known. Shapes: (m,) ascending, (m,), (n,) -> (n,)."""
    at = torch.searchsorted(known, values).clamp(max=len(known) - 1)
    return torch.where(known[at] == values, counts[at], 0)
