"""What the links of rows to their parents tell: places in families, numbers of children."""

from collections.abc import Mapping, Sequence

import numpy as np

MIX = 6364136223846793005
"""Makes one number of several that hardly ever equals another, whatever wraps around (Knuth's MMIX)."""


def joined_links(
    links: Mapping[str, np.ndarray], keys: Sequence[str], rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One number for the parents that rows have by some keys, and which rows have all of them.

    Shapes:
        links: per key (all rows,), -1 for none
        rows: (n,)
        returns: (n,) int64, (n,) bool
    """
    joined, there = np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=bool)
    for key in keys:
        link = links[key][rows]
        joined, there = joined * np.int64(MIX) + link, there & (link >= 0)  # wraps around
    return joined, there


def first_alike(joined: np.ndarray, there: np.ndarray) -> np.ndarray:
    """For every row the first one with the same number; a row that is not there is alone.

    Shapes:
        joined, there: (n,)
        returns: (n,)
    """
    first, some = np.arange(len(joined)), np.flatnonzero(there)
    _, place, which = np.unique(joined[some], return_index=True, return_inverse=True)
    first[some] = some[place[which]]
    return first


def family_places(parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place in the family and size of it, for rows sorted by parent; a row without one is alone.

    Shapes:
        parent: (rows,)
        returns: (rows,), (rows,)
    """
    n = len(parent)
    if not n:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    new = np.r_[True, (parent[1:] != parent[:-1]) | (parent[1:] < 0)]
    starts = np.flatnonzero(new)
    family = np.cumsum(new) - 1
    sizes = np.diff(np.r_[starts, n])
    return np.arange(n) - starts[family], sizes[family]


def count_children(link: np.ndarray, n: int) -> np.ndarray:
    """How often each of ``n`` rows is linked to, NaN for never.

    That a row has no children is no rare number that would have to be protected: it is 'missing'.

    Shapes:
        link: (rows,)
        returns: (n,)
    """
    counts = np.bincount(link[link >= 0], minlength=n).astype(float)
    return np.where(counts > 0, counts, np.nan)
