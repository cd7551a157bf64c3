"""Parents that come again in a family, while its rows are drawn; see ``graph.again``."""

from typing import final

import torch
from torch import Tensor

from synth_models.graph.again import EARLIER, LAST, NEW, OUTCOMES
from synth_models.graph.blueprint import TableBlueprint
from synth_models.sampling.exchange import within_budgets
from synth_models.sampling.fks import Chooser, occurrence, running_total
from synth_models.sampling.sample import Sample
from synth_models.sampling.state import Table

_ROUNDS = 10
"""How often parents with too many children pass some on."""
_BACK = 256
"""So many earlier siblings at most are among those whose parent may come again."""


@final
class Siblings:
    """What earlier siblings have by one key of a table; its rows come family by family, in order.

    Args:
        table: The table, while it is drawn.
        key: The key.
    """

    def __init__(self, table: Table, key: str) -> None:
        self._block, self._key = table.block, key
        self._some, self._several = (torch.zeros(len(table), dtype=torch.bool) for _ in range(2))

    def possible(self, rows: Tensor) -> Tensor:
        """Which outcomes rows can have: it takes siblings with a parent, or with two.

        Shapes:
            (n,) -> (n, 3)
        """
        last = self._last(rows) >= 0
        some, several = (self._before(before, rows) for before in (self._some, self._several))
        found = torch.ones(len(rows), OUTCOMES, dtype=torch.bool)
        found[:, LAST] = last
        found[:, EARLIER] = torch.where(last, several, some)
        return found

    def parents(self, rows: Tensor, which: Tensor, generator: torch.Generator) -> Tensor:
        """The parent of rows that have a sibling's: in proportion to how many of them have it.

        Shapes:
            rows, which: (n,), the latter an outcome but for ``NEW``
            returns: (n,)
        """
        links, found = self._block.links[self._key], self._last(rows)
        some = torch.nonzero(which == EARLIER)[:, 0]
        if not len(some):
            return found
        place = self._block.position[rows[some]]
        back = torch.arange(1, 1 + min(_BACK, int(place.max())))
        theirs = links[(rows[some][:, None] - back).clamp(min=0)]
        fits = (back <= place[:, None]) & (theirs >= 0) & (theirs != found[some][:, None])
        luck = torch.rand(theirs.shape, generator=generator).masked_fill(~fits, -1.0)
        at = luck.argmax(1, keepdim=True)
        found[some] = torch.where(fits.any(1), theirs.gather(1, at)[:, 0], found[some])
        return found

    def note(self, rows: Tensor, links: Tensor, which: Tensor) -> None:
        """What these rows have got. Shapes: (n,) each."""
        some, there = self._before(self._some, rows), links >= 0
        self._several[rows] = self._before(self._several, rows) | (some & there & (which == NEW))
        self._some[rows] = some | there

    def _last(self, rows: Tensor) -> Tensor:
        links = self._block.links[self._key][(rows - 1).clamp(min=0)]
        return torch.where(self._block.position[rows] > 0, links, -1)

    def _before(self, found: Tensor, rows: Tensor) -> Tensor:
        return found[(rows - 1).clamp(min=0)] & (self._block.position[rows] > 0)


def settle_degrees(sample: Sample, blueprint: TableBlueprint, column: str, chooser: Chooser) -> bool:
    """Let parents that came again too often have the number of children they should; whether any had not."""
    key = next(key for key in blueprint.drawn_keys if key.column == column)
    tied = any(match.certain for match in key.matches)  # whom they are passed on to may not fit
    if not key.again or tied or any(other.follows(column) for other in blueprint.drawn_keys):
        return False
    block = sample.tables[blueprint.name].block
    rows = torch.nonzero(block.links[column] >= 0)[:, 0]
    family, before = rows - block.position[rows], block.links[column][rows]
    dice = sample.roll(blueprint.name, "settle", column).torch
    budget = torch.from_numpy(chooser.budget)
    links = settled(before, family, budget, dice)
    anyone = torch.zeros_like(links), torch.zeros_like(budget)
    links = within_budgets(links, budget, *anyone, dice)  # the last ones, one by one
    block.links[column][rows] = links
    return not torch.equal(before, links)


def settled(links: Tensor, family: Tensor, budget: Tensor, generator: torch.Generator) -> Tensor:
    """Parents with too many children pass on all that they have in some families, to some with too few.

    So as many rows as before have a sibling's parent.

    Args:
        links: The parent of every row.
        family: Of every row, a number.
        budget: How many children each parent should have.
        generator: Where the choice of who is passed on, and to whom, comes from.

    Shapes:
        links, family: (rows,); budget: (parents,)
        returns: (rows,)
    """
    links, n = links.clone(), len(budget)
    for _ in range(_ROUNDS):
        surplus = torch.bincount(links, minlength=n) - budget
        if not (surplus > 0).any() or not (surplus < 0).any():
            break
        pairs, group, sizes = torch.unique(family * n + links, return_inverse=True, return_counts=True)
        parent = pairs % n
        mine = torch.randperm(len(pairs), generator=generator)
        mine = mine[_fitting(parent[mine], sizes[mine], surplus.clamp(min=0))]
        wanted = (-surplus).clamp(min=0)
        to = torch.multinomial(wanted.double(), max(1, len(mine)), replacement=True, generator=generator)
        to = to[: len(mine)]
        moved = pairs[mine] - parent[mine] + to
        new = (occurrence(moved) == 0) & ~torch.isin(moved, pairs)
        mine, to = mine[new], to[new]
        fits = _fitting(to, sizes[mine], wanted)
        parent[mine[fits]] = to[fits]
        links = parent[group]
    return links


def _fitting(parent: Tensor, sizes: Tensor, most: Tensor) -> Tensor:
    """Which groups of children there is room for, one after the other.

    Shapes:
        (n,), (n,), (parents,) -> (n,)
    """
    return running_total(parent, sizes) <= most[parent]
