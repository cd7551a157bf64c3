"""Numbers of children that add up."""

import numpy as np

_SINGLE = 3
"""Children that a key to few at a time has at most."""
_CHANCE = 3.0
"""Standard deviations of the sum of counts within which they are moved one by one."""

_UNHEARD = 0.01
"""Stands for the number of those of a kind that have what none has."""


def fit_total(counts: np.ndarray, total: int, seen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Counts changed as little as need be so that they sum to ``total``.

    Every change moves a count to the next number that was seen in the data, so that a key with at most one
    child keeps at most one. Only when no such move is left are other numbers used: what is then over or short
    is that of the parents with children, each in proportion. Of a few hubs among many rows none need draw
    that it is one, or one too few; dealt out to all, no row would be without children any more.

    Args:
        counts: Children per parent as drawn.
        total: What they must sum to.
        seen: The counts there are in the data, ascending.
        rng: Where the choices come from.

    Shapes:
        counts: (parents,), int64
        returns: (parents,), int64
    """
    counts = counts.astype(np.int64).copy()
    if not len(counts) or total < 0:
        return counts
    missing, by_chance = abs(total - counts.sum()), counts.std() * len(counts) ** 0.5
    if counts.sum() > 0 and missing > max(0.2 * counts.sum(), _CHANCE * by_chance) and seen[-1] > _SINGLE:
        scaled = counts * (total / counts.sum())
        counts = (np.floor(scaled) + (rng.random(len(counts)) < scaled % 1)).astype(np.int64)
    for _ in range(200):
        missing = total - int(counts.sum())
        if missing == 0:
            return counts
        moved = _next(counts, seen, missing > 0)
        step = np.abs(moved - counts)
        able = np.flatnonzero((step > 0) & (step <= abs(missing)))
        if not len(able):
            break
        weight = (counts[able] + 0.05).astype(float)
        picked = rng.choice(
            able, size=min(len(able), max(1, abs(missing) // 2)), replace=False, p=weight / weight.sum()
        )
        fits = np.cumsum(step[picked]) <= abs(missing)
        picked = picked[fits] if fits.any() else picked[:1]
        counts[picked] = moved[picked]
    missing = total - int(counts.sum())
    owners = np.repeat(np.arange(len(counts)), counts)
    if missing < 0:
        return counts - np.bincount(rng.permutation(owners)[:-missing], minlength=len(counts))
    if not len(owners):  # all are one parent's, where none has so few; where none has any, anyone's
        owners = rng.integers(0, len(counts), 1 if seen[-1] > 0 else missing)
    return counts + np.bincount(rng.choice(owners, missing), minlength=len(counts))


def fit_groups(
    counts: np.ndarray, wanted: np.ndarray, group: np.ndarray, kind: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Counts changed as little as need be so that they come to what is wanted in every group.

    Who has one more, or one less, is rather one of a kind of which others have as many: no hydrogen atom gets
    a second bond while there is a carbon atom.

    Args:
        counts: Children per parent by one key.
        wanted: The same by another key, which leads to as many in every group.
        group: Of every parent, -1 for none: these stay as they are.
        kind: Of every parent, from 0.
        rng: Where the choice comes from.

    Shapes:
        counts, wanted, group, kind: (parents,), int64
        returns: (parents,), int64
    """
    counts, inside = counts.copy(), np.flatnonzero(group >= 0)
    missing = np.bincount(group[inside], (wanted - counts)[inside]).astype(np.int64)
    known = np.zeros((kind.max(initial=0) + 1, counts.max(initial=0) + 1))
    np.add.at(known, (kind, counts), 1.0)
    for sign in (-1, 1):
        while (sign * missing > 0).any():
            able = inside[(sign * missing)[group[inside]] > 0]
            able = able[counts[able] + sign >= 0]
            odds = (_of(known, kind, counts + sign) + _UNHEARD) / (_of(known, kind, counts) + _UNHEARD)
            able = able[np.lexsort([rng.exponential(size=len(able)) / odds[able], group[able]])]
            place = np.arange(len(able)) - np.searchsorted(group[able], group[able])
            moved = able[place < (sign * missing)[group[able]]]
            counts += sign * np.bincount(moved, minlength=len(counts))
            missing -= sign * np.bincount(group[moved], minlength=len(missing))
    return counts


def _of(known: np.ndarray, kind: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """How many of the same kind have these counts. Shapes: (kinds, counts), (n,), (n,) -> (n,)."""
    inside = (counts >= 0) & (counts < known.shape[1])
    return np.where(inside, known[kind, np.where(inside, counts, 0)], 0.0)


def _next(counts: np.ndarray, seen: np.ndarray, up: bool) -> np.ndarray:
    """The nearest larger (or smaller) number seen; the count itself where there is none."""
    if up:
        at = np.searchsorted(seen, counts, side="right")
        return np.where(at < len(seen), seen[np.minimum(at, len(seen) - 1)], counts)
    at = np.searchsorted(seen, counts, side="left") - 1
    return np.where(at >= 0, seen[np.maximum(at, 0)], counts)
