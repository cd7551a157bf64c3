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


def without_gaps(levels: np.ndarray) -> np.ndarray:
    """Levels as drawn, moved up where the level above has no row; the highest becomes 0.

    Shapes:
        (rows,) -> (rows,)
    """
    return np.unique(levels, return_inverse=True)[1].astype(levels.dtype)
