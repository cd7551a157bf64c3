"""Whom rows with the same parent usually have for another: a driver's team, the depot of a van, the home of a
boat. Not always, or it would be told for certain (``graph.implied``); but much oftener than by chance.
"""

from collections.abc import Sequence

import numpy as np

from synth_models.columns.support import rising
from synth_models.data.entities import FEW
from synth_models.graph.links import joined_links
from synth_models.graph.pairs import EXPECTED, dealt_out

_ROWS = 100_000
"""About so many rows, all of the same parents, are looked at."""
_SHARE = 0.1
_DEVIATIONS = 4.0
_GROUP = 8
"""Rows that have a parent in common must be so many on the average: dealt out among few, much stays."""


def usual_parents(by: np.ndarray, link: np.ndarray, parents: int) -> np.ndarray:
    """For each parent by one key whom most of its rows have by the other, -1 where none comes twice.

    Args:
        by, link: The rows' parents by either key, -1 for none.
        parents: How many there are by the first.

    Shapes:
        by, link: (rows,)
        returns: (parents,)
    """
    one, other, counts = _pairs(by, link)
    several = np.flatnonzero(counts > 1)
    several = several[np.argsort(counts[several], kind="stable")]  # of equal indices the last one stays
    found = np.full(parents, -1)
    found[one[several]] = other[several]
    return found


def gain(by: np.ndarray, link: np.ndarray, others: Sequence[np.ndarray], whose: np.ndarray) -> float:
    """How much oftener than by chance rows have whom most other rows with the same parent have.

    By chance: the same parents by the other key dealt out at random, among all rows or among those that have
    another parent in common, whichever explains more. What rows of one entity have in common counts once.

    Args:
        by, link: As in ``usual_parents``.
        others: The parents by further keys of the rows.
        whose: The entity of every row.

    Shapes:
        each: (rows,)
        returns: a share of the rows; 0 where chance explains it, or it is too little to tell
    """
    some = np.flatnonzero((by >= 0) & (link >= 0) & (by % (len(by) // _ROWS + 1) == 0))
    joined, _ = joined_links({"whose": whose, "by": by, "link": link}, ("whose", "by", "link"), some)
    some = some[np.unique(joined, return_index=True)[1]]
    by, link, n = by[some], link[some], len(some)
    if len(rising(by)) < FEW:
        return 0.0
    found, chance = _agreeing(by, link), 0
    for group in (np.zeros(n, dtype=np.int64), *(other[some] for other in others)):
        if n >= _GROUP * len(rising(group[group >= 0])):
            chance = max(chance, _agreeing(by, dealt_out(link, group)))
    enough = found - chance >= max(EXPECTED, _SHARE * n, _DEVIATIONS * chance**0.5)
    return (found - chance) / n if enough else 0.0


def _agreeing(by: np.ndarray, link: np.ndarray) -> int:
    """How many rows have whom most of the others have that share the first parent.

    Shapes:
        each: (rows,), none missing
    """
    one, _, counts = _pairs(by, link)
    order = np.lexsort([counts, one])
    one, counts = one[order], counts[order]
    same = np.r_[False, one[1:] == one[:-1]]  # as in the pair before, which comes as often or less
    rest = np.where(same, np.r_[0, counts[:-1]], 0)
    most = np.r_[one[1:] != one[:-1], True]
    return int(counts[most & (counts > 1) & (counts > rest)].sum())


def _pairs(by: np.ndarray, link: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of parents there are, rising, and how often each comes."""
    there = (by >= 0) & (link >= 0)
    width = int(link.max(initial=0)) + 1
    pairs, counts = np.unique(by[there].astype(np.int64) * width + link[there], return_counts=True)
    return pairs // width, pairs % width, counts
