"""Pairs of keys that may come once and came twice are parted, as are those that may never be.

A playlist that holds nearly every song is left over at the end for songs that it holds already, and the last
bond of a molecule would go back to its own atom. So a row whose pair is wrong takes what there is too little
of, and then exchanges parents with a row that may have its own, if both pairs are new (a step of the
degree-preserving chain of Rao, Jana and Bandyopadhyay 1996).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from synth_models.graph.agreements import agreements_of_children, alike
from synth_models.graph.blueprint import TableBlueprint
from synth_models.sampling.fks import Chooser, occurrence
from synth_models.sampling.parents import owners
from synth_models.sampling.sample import Sample

_ROUNDS = 200
_STUCK = 20
"""Rounds without any exchange after which no more are tried."""
_OFFERS = 32
"""Rows that are offered to each at once, at least."""
_AT_ONCE = 20_000
"""Offers to all, if they are few."""


def part_repeats(sample: Sample, blueprint: TableBlueprint, column: str, chooser: Chooser) -> bool:
    """Let rows whose pair of keys may not be have other parents of one key; whether any did."""
    key = next(key for key in blueprint.drawn_keys if key.column == column)
    followed = any(other.follows(column) for other in blueprint.drawn_keys)
    if not chooser.unique or key.again or key.implied or followed:
        return False
    block = sample.tables[blueprint.name].block
    rows = torch.nonzero(block.links[column] >= 0)[:, 0]
    owner, before = owners(blueprint, sample.tables, column, rows), block.links[column][rows]
    known = agreements_of_children(sample.blueprints, sample.blocks, blueprint.name, key, rows)
    ways = list(zip(key.matches, known, chooser.theirs, strict=False))
    never = [(mine, theirs) for match, mine, theirs in ways if match.certain and not match.exact]

    def allowed(which: Tensor, parents: Tensor) -> Tensor:
        found = torch.ones(len(which), dtype=torch.bool)
        for mine, theirs in never:
            found &= (mine[which] != theirs[parents]) | (mine[which] < 0)
        return found

    exact = [match.exact for match in key.matches]
    group = alike(rows, known, exact) if any(exact) else None
    dice = sample.roll(blueprint.name, "repeats", column).torch
    budget = torch.from_numpy(chooser.budget)
    links = parted(before, owner, budget, chooser.pairs, dice, group=group, allowed=allowed)
    block.links[column][rows] = links
    return not torch.equal(before, links)


def parted(
    links: Tensor,
    owner: Tensor,
    budget: Tensor,
    pairs: Callable[[Tensor, Tensor], Tensor],
    generator: torch.Generator,
    *,
    group: Tensor | None = None,
    allowed: Callable[[Tensor, Tensor], Tensor] = lambda rows, _: torch.ones(len(rows), dtype=torch.bool),
) -> Tensor:
    """The parents of rows such that pairs of owner and parent do not repeat, as far as can be.

    Args:
        links: The parent of every row.
        owner: What a parent may come with only once.
        budget: How many children each parent should have.
        pairs: One number for each pair of them.
        generator: Where the choice of who exchanges with whom comes from.
        group: Of every row, where only rows of the same group exchange parents.
        allowed: Which rows may have which parents.

    Shapes:
        links, owner, group: (rows,); budget: (parents,)
        returns: (rows,)
    """
    everyone = torch.arange(len(links))
    wrong = _wrong(pairs(owner, links), allowed(everyone, links))
    if not len(wrong):
        return links
    links = links.clone() if group is not None else _with_room(links, wrong, budget, generator)
    group = torch.zeros_like(links) if group is None else group
    order = torch.argsort(group, stable=True)
    ranked, stuck = group[order], 0
    for left in reversed(range(_ROUNDS)):
        now = pairs(owner, links)
        wrong, there = _wrong(now, allowed(everyone, links)), now.sort().values
        if not len(wrong):
            break
        one = wrong.repeat_interleave(max(_OFFERS, _AT_ONCE // len(wrong)))
        low, high = (torch.searchsorted(ranked, group[one], right=right) for right in (False, True))
        luck = torch.rand(len(one), generator=generator, dtype=torch.float64)
        other = order[low + (luck * (high - low)).long()]
        new = torch.stack([pairs(owner[one], links[other]), pairs(owner[other], links[one])])
        if stuck == _STUCK or not left:  # rather one child too many than a pair that may not be
            fits = ~_among(new[0], there) & allowed(one, links[other])
            one, other, new = one[fits], other[fits], new[0, fits]
            first = (occurrence(one) == 0) & (occurrence(new) == 0)
            links[one[first]] = links[other[first]]
            break
        fits = ~_among(new, there).any(0) & (new[0] != new[1])
        fits &= allowed(one, links[other]) & allowed(other, links[one])
        one, other, new = one[fits], other[fits], new[:, fits]
        first = (occurrence(one) == 0) & (occurrence(torch.cat([one, other]))[len(one) :] == 0)
        one, other, new = one[first], other[first], new[:, first]
        once = (occurrence(new.flatten()) == 0).view(2, -1).all(0)
        one, other = one[once], other[once]
        links[one], links[other] = links[other], links[one]
        stuck = 0 if len(one) else stuck + 1
    return links


def _wrong(pairs: Tensor, allowed: Tensor) -> Tensor:
    """Rows that repeat a pair, or may not have their parent. Shapes: (rows,), (rows,) -> (some,)."""
    return torch.nonzero((occurrence(pairs) > 0) | ~allowed)[:, 0]


def _with_room(links: Tensor, wrong: Tensor, budget: Tensor, generator: torch.Generator) -> Tensor:
    """Parents of rows, some of which have what there is too little of. Shapes: (rows,), (n,) -> (rows,)."""
    links, size = links.clone(), len(budget)
    rest = torch.bincount(links, minlength=size) - torch.bincount(links[wrong], minlength=size)
    room = torch.repeat_interleave(torch.arange(size), (budget - rest).clamp(min=0))
    room = room[torch.randperm(len(room), generator=generator)[: len(wrong)]]
    links[wrong[: len(room)]] = room
    return links


def _among(values: Tensor, known: Tensor) -> Tensor:
    """Which values are among those known. Shapes: (...,), (m,) ascending -> (...,) bool."""
    return known[torch.searchsorted(known, values).clamp(max=len(known) - 1)] == values
