"""Two keys to one table that meet in the same family: its rows have as many children by one as by the other.

The two ends of a bond are atoms of the same molecule. So as many bonds begin in a molecule as end there, but
not at every atom. Drawn atom by atom it would not be so, and bonds would have to end where none should.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import final

import numpy as np

from synth_models.data.relational import RelationalData
from synth_models.graph.count_plan import CountPlan
from synth_models.graph.rules import EXACT

_MIN_FAMILIES = 30


@final
@dataclass(frozen=True)
class Balance:
    """Two numbers of children of a row that are the same in sum in every family.

    Args:
        child: The table of the children.
        keys: Their two foreign keys.
        scale: The standard deviation of the difference.
    """

    child: str
    keys: tuple[str, str]
    scale: float

    def names(self) -> tuple[str, str]:
        """What the tokens of the two numbers are called."""
        first, second = self.keys
        return f"{self.child}.{first}", f"{self.child}.{second}"


def find_balances(
    data: RelationalData, name: str, family: str | None, counts: Sequence[CountPlan]
) -> tuple[Balance, ...]:
    """The numbers of children that balance in the families of a table.

    Args:
        data: All tables.
        name: The table.
        family: Its family key.
        counts: Its numbers of children; only those that are stored exactly can balance.
    """
    if family is None:
        return ()
    exact = [plan for plan in counts if plan.grid.exact and len(plan.grid.sizes) == 1 and plan.child != name]
    pairs = [(one, other) for one, other in combinations(exact, 2) if one.child == other.child]
    if not pairs:
        return ()
    link, found = data.links[name, family], []
    there, families = link >= 0, len(np.unique(link[link >= 0]))
    for one, other in pairs if families >= _MIN_FAMILIES else ():
        more = np.zeros(len(link))
        for plan, sign in ((one, 1.0), (other, -1.0)):
            theirs = data.links[plan.child, plan.column]
            more += sign * np.bincount(theirs[theirs >= 0], minlength=len(link))
        off = np.bincount(link[there], more[there]) != 0
        if more.any() and off.sum() <= (1 - EXACT) * families:
            found.append(Balance(one.child, (one.column, other.column), float(more.std())))
    return tuple(found)
