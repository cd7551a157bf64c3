"""Levels of the rows of a table whose key points at itself: those without a parent, those below them, ..."""

import numpy as np

MAX_LEVELS = 64


def depths(link: np.ndarray) -> np.ndarray | None:
    """How many rows are above each; None if some run in circles.

    By pointer doubling: each round looks twice as far up.

    Shapes:
        link: (rows,), the row above, -1 for none
        returns: (rows,)
    """
    deep, jump = (link >= 0).astype(np.int64), link.copy()
    for _ in range(len(link).bit_length() + 1):
        on = np.flatnonzero(jump >= 0)
        if not len(on):
            return deep
        deep[on], jump[on] = deep[on] + deep[jump[on]], jump[jump[on]]
    return None


def level_of(deep: np.ndarray) -> np.ndarray:
    """Depths as levels: the deepest ones share the last. Shapes: (rows,) -> (rows,)."""
    return np.minimum(deep, MAX_LEVELS - 1)


def without_gaps(levels: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Levels as drawn, moved up where the level above has no row of the group.

    Of a group without any row of level 0, the first of its highest becomes one.

    Args:
        levels: As drawn.
        group: Which rows may be each other's parents, from 0.

    Shapes:
        (rows,), (rows,) -> (rows,)
    """
    order = np.lexsort([levels, group])
    tops = order[np.unique(group[order], return_index=True)[1]]
    levels = levels.copy()
    levels[tops] = 0
    pairs, at = np.unique(np.column_stack([group, levels]), axis=0, return_inverse=True)
    place = np.arange(len(pairs)) - np.searchsorted(pairs[:, 0], pairs[:, 0])
    return place[at.reshape(-1)].astype(levels.dtype)
