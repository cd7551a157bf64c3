"""What the links of rows to their parents tell: places in families, numbers of children."""

import numpy as np


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
