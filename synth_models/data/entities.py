"""Whose row is it: the root row of every row's family, the unit that rare values are counted in."""

from collections.abc import Mapping

import numpy as np

from synth_models.columns.support import Support
from synth_models.data.relational import RelationalData
from synth_models.data.topology import parent_of, table_order

FEW = 50
"""Fewer roots than this are no population."""


def entities(data: RelationalData, families: Mapping[str, str | None]) -> dict[str, np.ndarray]:
    """For every row of every table the number of its entity: its root row, or itself if it has no family.

    Where the rows of a table belong to very few roots (three airports with a long series of weather each),
    the roots are no population that rare values could hide in: every row counts for itself.

    Args:
        data: The rows.
        families: For every table the foreign key that makes its families; None for the roots.

    Shapes:
        returns: per table (rows,) int64
    """
    found: dict[str, np.ndarray] = {}
    for name in table_order(data):
        family, own = families[name], np.arange(len(data[name]))
        if family is None:
            found[name] = own
            continue
        above, link = found[parent_of(data.schema, name, family)], data.links[name, family]
        alone = int(above.max(initial=-1)) + 1 + own
        found[name] = np.where(link >= 0, above[link], alone) if len(above) else alone
    return {
        name: whose if np.count_nonzero(np.bincount(whose)) >= min(FEW, len(whose)) else np.arange(len(whose))
        for name, whose in found.items()
    }


def sharing(link: np.ndarray, whose: np.ndarray, parents: int) -> np.ndarray:
    """From how many entities the children of every parent are.

    Shapes:
        link, whose: (children,), parents (-1 for none) and entities
        returns: (parents,) int64
    """
    there = link >= 0
    return Support.of(link[there], parents, whose[there]).each
