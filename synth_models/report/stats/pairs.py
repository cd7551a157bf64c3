"""How alike the dependence of two columns is on both sides."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from synth_models.report.side import Kind
from synth_models.report.stats.association import correlation
from synth_models.report.stats.coding import Coded, counts_table

Pair = tuple[str, str]
MAX_PAIRS = 400
"""Pairs of one table, or along one key, that are compared at most; drawn at random beyond that."""


def some_pairs(pairs: Sequence[Pair], seed: int, limit: int = MAX_PAIRS) -> list[Pair]:
    """At most ``limit`` of the pairs, drawn with the seed and kept in order."""
    if len(pairs) <= limit:
        return list(pairs)
    picked = np.sort(np.random.default_rng(seed).permutation(len(pairs))[:limit])
    return [pairs[number] for number in picked]


def trends(
    real: pd.DataFrame, other: pd.DataFrame, kinds: Mapping[str, Kind], pairs: Sequence[Pair]
) -> dict[Pair, float | None]:
    """The trend score of each pair; None where the real columns have no correlation to speak of.

    A side without rows has nothing in common with one that has some.
    """
    if not len(other):
        return dict.fromkeys(pairs, 0.0 if len(real) else 1.0)
    names = dict.fromkeys(name for pair in pairs for name in pair)
    coded = {name: Coded(real[name], other[name], kinds[name]) for name in names}
    return {(first, second): trend(coded[first], coded[second]) for first, second in pairs}


def trend(first: Coded, second: Coded) -> float | None:
    """1 for the same dependence.

    Two numbers: one less half the difference of their Pearson correlations. Otherwise the complement of the
    total variation distance of the two-way tables (SDMetrics' ContingencySimilarity), numbers in ten bins of
    the real range. A correlation that only the other side lacks counts as 0.
    """
    if first.kind.is_measure and second.kind.is_measure:
        in_real = correlation(first.real, second.real)
        if in_real is None:
            return None
        return 1 - abs(in_real - (correlation(first.other, second.other) or 0.0)) / 2
    shape = (max(first.size, 1), max(second.size, 1))
    real = counts_table(first.real_codes, second.real_codes, shape) / max(1, len(first.real))
    other = counts_table(first.other_codes, second.other_codes, shape) / max(1, len(first.other))
    return float(min(1.0, max(0.0, 1 - 0.5 * np.abs(real - other).sum())))
