"""Families that are one piece: over the rows that join two of its members, each member is reached from each.

The bonds of a molecule hold all of its atoms together. Drawn bond by bond, one molecule in four falls apart.
"""

import numpy as np

from synth_models.data.entities import FEW
from synth_models.graph.pairs import EXPECTED, dealt_out


def one_piece(one: np.ndarray, other: np.ndarray, group: np.ndarray) -> bool:
    """Whether what rows join is one piece in every group, though by chance it would not be.

    Args:
        one, other: The two that a row joins, -1 for none.
        group: Of every row, that of both; -1 for none.

    Shapes:
        each: (rows,)
    """
    there = (one >= 0) & (other >= 0) & (group >= 0)
    one, other, group = one[there], other[there], group[there]
    groups = len(np.unique(group))
    if groups < FEW or apart(one, other, group):
        return False
    return apart(one, dealt_out(other, group), group) >= EXPECTED


def apart(one: np.ndarray, other: np.ndarray, group: np.ndarray) -> int:
    """How many groups are in more than one piece. Shapes: each (rows,)."""
    pairs = np.unique(np.column_stack([group, pieces(one, other)[one]]), axis=0)[:, 0]
    return int((np.unique(pairs, return_counts=True)[1] > 1).sum()) if len(pairs) else 0


def pieces(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The connected component of everything that is joined. Shapes: (rows,), (rows,) -> (highest + 1,)."""
    from scipy.sparse import coo_matrix  # here, as most data have no such keys
    from scipy.sparse.csgraph import connected_components

    n = int(max(one.max(initial=-1), other.max(initial=-1))) + 1
    joined = coo_matrix((np.ones(len(one)), (one, other)), shape=(n, n))
    return connected_components(joined, directed=False)[1]


def loose(one: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows without which everything that is joined stays so: all that are not in some spanning forest.

    Shapes:
        one, other: (rows,)
        returns: (rows,) bool
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import minimum_spanning_tree

    n = int(max(one.max(initial=-1), other.max(initial=-1))) + 1
    order = rng.permutation(len(one))
    ends = np.sort(np.column_stack([one, other])[order], axis=1)
    first = np.unique(ends, axis=0, return_index=True)[1]
    first = first[ends[first, 0] != ends[first, 1]]
    weights = (first + 1.0, (ends[first, 0], ends[first, 1]))
    tree = minimum_spanning_tree(coo_matrix(weights, shape=(n, n)).tocsr())
    free = np.ones(len(one), dtype=bool)
    free[order[tree.data.astype(np.int64) - 1]] = False
    return free
