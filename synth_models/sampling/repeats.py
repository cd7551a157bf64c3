"""Pairs of keys that may come once and came twice are parted: a row exchanges its parent with one anywhere.

A playlist that holds nearly every song is left over at the end for songs that it holds already. So a row
whose pair repeats takes what there is too little of, and then exchanges parents with a row of another owner
if both pairs are new (a step of the degree-preserving chain of Rao, Jana and Bandyopadhyay 1996).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.sampling.fks import Chooser, occurrence
from synth_models.sampling.parents import owners
from synth_models.sampling.sample import Sample

_ROUNDS = 200
_STUCK = 20
"""Rounds without any exchange after which what still repeats is left to be dropped."""
_OFFERS = 32
"""Rows that are offered to each at once, at least."""
_AT_ONCE = 20_000
"""Offers to all, if they are few."""


def part_repeats(sample: Sample, blueprint: TableBlueprint, column: str, chooser: Chooser) -> bool:
    """Let rows whose pair of keys repeats have other parents of one key; whether any did."""
    key = next(key for key in blueprint.drawn_keys if key.column == column)
    tied = any(match.certain for match in key.matches)  # whom they exchange with may not fit
    followed = any(other.follows(column) for other in blueprint.drawn_keys)
    if not chooser.unique or key.again or key.implied or tied or followed:
        return False
    block = sample.tables[blueprint.name].block
    rows = torch.nonzero(block.links[column] >= 0)[:, 0]
    owner, before = owners(blueprint, sample.tables, column, rows), block.links[column][rows]
    dice = sample.roll(blueprint.name, "repeats", column).torch
    links = parted(before, owner, torch.from_numpy(chooser.budget), chooser.pairs, dice)
    block.links[column][rows] = links
    return not torch.equal(before, links)


def parted(
    links: Tensor,
    owner: Tensor,
    budget: Tensor,
    pairs: Callable[[Tensor, Tensor], Tensor],
    generator: torch.Generator,
) -> Tensor:
    """The parents of rows such that pairs of owner and parent do not repeat, as far as can be.

    Args:
        links: The parent of every row.
        owner: What a parent may come with only once.
        budget: How many children each parent should have.
        pairs: One number for each pair of them.
        generator: Where the choice of who exchanges with whom comes from.

    Shapes:
        links, owner: (rows,); budget: (parents,)
        returns: (rows,)
    """
    repeated = torch.nonzero(occurrence(pairs(owner, links)) > 0)[:, 0]
    if not len(repeated):
        return links
    links = links.clone()
    alone = torch.bincount(links, minlength=len(budget)) - torch.bincount(
        links[repeated], minlength=len(budget)
    )
    room = torch.repeat_interleave(torch.arange(len(budget)), (budget - alone).clamp(min=0))
    room = room[torch.randperm(len(room), generator=generator)[: len(repeated)]]
    links[repeated[: len(room)]] = room
    stuck = 0
    for _ in range(_ROUNDS):
        now = pairs(owner, links)
        repeated, there = torch.nonzero(occurrence(now) > 0)[:, 0], now.sort().values
        if not len(repeated) or stuck == _STUCK:
            break
        one = repeated.repeat_interleave(max(_OFFERS, _AT_ONCE // len(repeated)))
        other = torch.randint(len(links), one.shape, generator=generator)
        new = torch.stack([pairs(owner[one], links[other]), pairs(owner[other], links[one])])
        fits = ~_among(new, there).any(0) & (new[0] != new[1])
        one, other, new = one[fits], other[fits], new[:, fits]
        first = (occurrence(one) == 0) & (occurrence(torch.cat([one, other]))[len(one) :] == 0)
        one, other, new = one[first], other[first], new[:, first]
        once = (occurrence(new.flatten()) == 0).view(2, -1).all(0)
        one, other = one[once], other[once]
        links[one], links[other] = links[other], links[one]
        stuck = 0 if len(one) else stuck + 1
    return links


def _among(values: Tensor, known: Tensor) -> Tensor:
    """Which values are among those known. Shapes: (...,), (m,) ascending -> (...,) bool."""
    return known[torch.searchsorted(known, values).clamp(max=len(known) - 1)] == values
