"""How rows with two parents spread over them."""

from typing import NamedTuple

import numpy as np

from synth_models.report.side import Side
from synth_models.report.stats.hops import Crossing
from synth_models.report.stats.shapes import ks_similarity

_PARTS = 5


class _Pairs(NamedTuple):
    """The rows that have both parents.

    Shapes:
        degrees: (2, rows) children of either parent of each row
        repeats: (different pairs,) rows of each pair of parents
        partners: for either key (parents,) different partners of each parent
    """

    degrees: np.ndarray
    repeats: np.ndarray
    partners: tuple[np.ndarray, np.ndarray]


def joint_degrees(real: Side, other: Side, crossing: Crossing) -> dict[str, float]:
    """How alike both sides are in ``degrees``, ``repeats`` and ``partners``; 0 if a side has no such rows."""
    ours, theirs = _pairs(real, crossing), _pairs(other, crossing)
    if not len(ours.repeats) or not len(theirs.repeats):
        alike = float(len(ours.repeats) == len(theirs.repeats))
        return dict.fromkeys(_Pairs._fields, alike)
    codes = [np.zeros(side.degrees.shape[1], dtype=np.int64) for side in (ours, theirs)]
    for number in range(2):
        edges = np.unique(np.quantile(ours.degrees[number], np.linspace(0, 1, _PARTS + 1)[1:-1]))
        for code, side in zip(codes, (ours, theirs), strict=True):
            code += 10**number * np.searchsorted(edges, side.degrees[number], side="right")
    shares = [np.bincount(code, minlength=100) / len(code) for code in codes]
    return {
        "degrees": float(1 - 0.5 * np.abs(shares[0] - shares[1]).sum()),
        "repeats": ks_similarity(ours.repeats, theirs.repeats),
        "partners": sum(map(ks_similarity, ours.partners, theirs.partners)) / 2,
    }


def _pairs(side: Side, crossing: Crossing) -> _Pairs:
    keys = (crossing.left[0], crossing.right[0])
    links = [side.links[crossing.table, key.name] for key in keys]
    both = (links[0] >= 0) & (links[1] >= 0)
    first, second = (link[both] for link in links)
    sizes = [side.n_rows[key.parent] for key in keys]
    degrees = [np.bincount(link, minlength=n)[link] for link, n in zip((first, second), sizes, strict=True)]
    pairs, repeats = np.unique(first * max(1, sizes[1]) + second, return_counts=True)
    ends = (pairs // max(1, sizes[1]), pairs % max(1, sizes[1]))
    partners = [np.bincount(end, minlength=n).astype(float) for end, n in zip(ends, sizes, strict=True)]
    return _Pairs(np.stack(degrees).astype(float), repeats.astype(float), (partners[0], partners[1]))
