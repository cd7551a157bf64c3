"""Parents that come again in a family: who bought something buys it again.

Whether a row has a parent that one of its earlier siblings has, and if so that of the sibling before, is a
token of its own, drawn before the parent. Scores of rows and parents cannot tell it: they know kinds of
things, not which one it was.
"""

import numpy as np

from synth_models.graph.pairs import EXPECTED, dealt_out, repeats

NEW, LAST, EARLIER = 0, 1, 2
"""A parent that no earlier sibling has, that of the sibling before, that of another one."""
OUTCOMES = 3
_ROWS = 100_000
"""About so many rows, of whole families, are looked at."""
_SHARE = 0.01
_DEVIATIONS = 4.0


def comes_again(family: np.ndarray, link: np.ndarray, group: np.ndarray) -> bool:
    """Whether siblings have the same parent more often, or more rarely, than chance would have it.

    Args:
        family, link: The parents by the family key and by the other one, -1 for none.
        group: Rows among which chance deals the parents out; see ``pairs.dealt_out``.

    Shapes:
        each: (rows,)
    """
    some = (family >= 0) & (link >= 0) & (family % (len(link) // _ROWS + 1) == 0)
    family, link, group = family[some], link[some], group[some]
    found, chance = repeats(family, link), repeats(family, dealt_out(link, group))
    apart = abs(found - chance)
    return bool(found > 0 and apart > max(EXPECTED, _SHARE * len(link), _DEVIATIONS * chance**0.5))


def again(link: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Which of the outcomes each row has.

    Args:
        link: The parents, -1 for none.
        position: The rows' places in their families.

    Shapes:
        each: (rows,), families together and in order
        returns: (rows,)
    """
    found = np.full(len(link), NEW, dtype=np.int64)
    there = np.flatnonzero(link >= 0)
    pairs = (np.cumsum(position == 0)[there] * (int(link.max(initial=0)) + 1)) + link[there]
    first = np.zeros(len(there), dtype=bool)
    first[np.unique(pairs, return_index=True)[1]] = True
    found[there[~first]] = EARLIER
    before = np.r_[-1, link[:-1]][: len(link)]
    found[(position > 0) & (link >= 0) & (link == before)] = LAST
    return found
