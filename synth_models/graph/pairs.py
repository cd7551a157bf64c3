"""Pairs of parents: two keys that never lead to the same row, and pairs that never come twice.

A bond joins two different atoms, and no other bond the same two; nobody rates a film twice. Drawn key by key,
some would. What never happens is a rule if chance would have it happen often: the same parents dealt out at
random, among rows that may have them.
"""

import numpy as np

from synth_models.columns.support import rising

EXPECTED = 10.0
"""How often chance must make what never happens: such data are as unlikely as exp(-10)."""
_ROWS = 100_000
"""About so many rows, of whole families, are dealt out first: in large tables they mostly tell enough."""


def dealt_out(link: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The same parents at random within groups of rows; those of rows without a group stay.

    Shapes:
        link, group: (rows,), -1 for none
        returns: (rows,)
    """
    rng, dealt = np.random.default_rng(0), link.copy()
    inside = np.flatnonzero((group >= 0) & (link >= 0))
    order = inside[np.argsort(group[inside], kind="stable")]
    dealt[order] = link[inside[np.lexsort([rng.random(len(inside)), group[inside]])]]
    return dealt


def never_the_same(one: np.ndarray, other: np.ndarray, group: np.ndarray) -> bool:
    """Whether two keys to one table never lead to the same row, though by chance they would.

    Shapes:
        each: (rows,), -1 for none; ``group`` as in ``dealt_out``
    """
    there = one >= 0
    same, chance = (one == other)[there].sum(), (one == dealt_out(other, group))[there].sum()
    return same == 0 and chance >= EXPECTED


def never_twice(one: np.ndarray, other: np.ndarray, group: np.ndarray, *, unordered: bool = False) -> bool:
    """Whether no two rows have the same pair of parents, though by chance some would.

    Args:
        one, other: The parents, -1 for none.
        group: As in ``dealt_out``.
        unordered: Whether a pair is the same the other way round; then chance must turn pairs round as well.

    Shapes:
        each: (rows,)
    """
    if repeats(*(_sorted(one, other) if unordered else (one, other))):
        return False
    if not unordered:
        steps = sorted({len(one) // _ROWS + 1, 1}, reverse=True)
        return any(_by_chance(one, other, group, one % step == 0) for step in steps)
    chance = dealt_out(other, group)
    return repeats(*_sorted(one, chance)) - repeats(one, chance) >= EXPECTED


def _by_chance(one: np.ndarray, other: np.ndarray, group: np.ndarray, some: np.ndarray) -> bool:
    """Whether chance makes pairs come twice as often as it must, in some of the rows alone."""
    return repeats(one[some], dealt_out(other[some], group[some])) >= EXPECTED


def _sorted(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.minimum(one, other), np.maximum(one, other)


def repeats(one: np.ndarray, other: np.ndarray) -> int:
    """How many rows repeat the pair of an earlier one."""
    there = (one >= 0) & (other >= 0)
    pairs = one[there].astype(np.int64) * (int(other.max(initial=0)) + 1) + other[there]
    return len(pairs) - len(rising(pairs))
