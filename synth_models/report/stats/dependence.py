"""How much of a real dependence is there on the other side, chance taken out."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from synth_models.report.side import Kind
from synth_models.report.stats.coding import binned, counts_table, named, top_labels
from synth_models.report.stats.keys import intraclass_correlation
from synth_models.report.stats.pairs import Pair

_PARTS, _TOP = 5, 8
_WEAKEST = 0.05
_BEYOND_CHANCE = 4
_FEWEST_GROUPS = 3

Codes = tuple[np.ndarray, np.ndarray, int]
"""Codes of the real rows, of the other rows, and how many codes there are."""


Clustering = Callable[[Pair, tuple[np.ndarray, np.ndarray]], float]
"""By how much chance is larger than the number of real rows says (the design effect), given a pair and the
codes of its real rows."""


def dependences(
    real: pd.DataFrame,
    other: pd.DataFrame,
    kinds: Mapping[str, Kind],
    pairs: Sequence[Pair],
    clustering: Clustering,
) -> dict[Pair, float | None]:
    """The dependence score of each pair; None where the real columns hardly depend on each other.

    Args:
        real: The real rows.
        other: The rows of the other side.
        kinds: Of the columns.
        pairs: Which to score.
        clustering: How much chance there is.
    """
    if not len(other):
        return dict.fromkeys(pairs, 0.0 if len(real) else None)
    names = dict.fromkeys(name for pair in pairs for name in pair)
    codes = {name: _coded(real[name], other[name], kinds[name]) for name in names}
    return {
        pair: dependence(
            codes[pair[0]], codes[pair[1]], clustering(pair, (codes[pair[0]][0], codes[pair[1]][0]))
        )
        for pair in pairs
    }


def within_families(group: np.ndarray | None) -> Clustering:
    """The clustering of two columns of one table.

    Rows of one family are not independent of each other, so that chance makes more of a dependence than their
    number says.

    Args:
        group: The family of each real row; None if there are none.
    """
    alike: dict[str, float] = {}
    seen = 0.0 if group is None else siblings_seen(group)

    def effect(pair: Pair, codes: tuple[np.ndarray, np.ndarray]) -> float:
        if group is None:
            return 1.0
        for name, values in zip(pair, codes, strict=True):
            if name not in alike:
                alike[name] = likeness(values, group)
        return 1 + seen * alike[pair[0]] * alike[pair[1]]

    return effect


def likeness(codes: np.ndarray, group: np.ndarray) -> float:
    """How alike the rows of one group are in this column, 0 to 1; 1 if there are too few groups to tell.

    Shapes:
        codes: (rows,) whole numbers
        group: (rows,) 0 to groups - 1, each with at least one row
    """
    groups = int(group.max(initial=-1)) + 1
    if groups < _FEWEST_GROUPS or len(group) <= groups:
        return 1.0
    return intraclass_correlation(np.eye(int(codes.max()) + 1)[codes], group)


def dependence(first: Codes, second: Codes, clustering: float) -> float | None:
    """1 for the same departure from independence, 0 for none (or one that has nothing to do with it).

    What is compared is the two-way table less the product of its margins; from the distance is taken what
    chance alone would make of it with so many rows.

    Args:
        first: One column.
        second: The other.
        clustering: By how much chance is larger than the number of real rows says (the design effect).
    """
    shape = (first[2], second[2])
    ours, chance = _departure(first[0], second[0], shape, clustering)
    strength = 0.5 * np.abs(ours).sum()
    if strength < max(_WEAKEST, _BEYOND_CHANCE * chance):
        return None
    theirs, their_chance = _departure(first[1], second[1], shape, clustering)
    gap = max(0.0, 0.5 * np.abs(ours - theirs).sum() - float(np.hypot(chance, their_chance)))
    return max(0.0, 1 - float(gap / strength))


def _departure(
    first: np.ndarray, second: np.ndarray, shape: tuple[int, int], clustering: float
) -> tuple[np.ndarray, float]:
    """The table less its margins' product, and the total variation that chance alone makes."""
    table = counts_table(first, second, shape) / len(first)
    chance = 0.5 * np.sqrt(2 * table * (1 - table) * clustering / (np.pi * len(first))).sum()
    return table - np.outer(table.sum(axis=1), table.sum(axis=0)), float(chance)


def _coded(real: pd.Series, other: pd.Series, kind: Kind) -> Codes:
    """Numbers in five parts of as many real rows each, or the commonest labels; the missing ones apart."""
    ours, theirs = real.to_numpy(), other.to_numpy()
    if not kind.is_measure:
        names = top_labels(real, _TOP)
        return named(ours, names), named(theirs, names), len(names) + 2
    ours, theirs = ours.astype(float), theirs.astype(float)
    given = ours[~np.isnan(ours)]
    places = np.linspace(0, 1, _PARTS + 1)[1:-1]
    edges = np.unique(np.quantile(given, places)) if len(given) else np.empty(0)
    return binned(ours, edges), binned(theirs, edges), len(edges) + 2


def siblings_seen(group: np.ndarray) -> float:
    """How many siblings a row has, as rows see it."""
    if not len(group):
        return 0.0
    rows = np.bincount(group).astype(float)
    return float((rows**2).sum() / rows.sum() - 1)
