"""How alike two distributions of one column are."""

import numpy as np
import pandas as pd

from synth_models.report.side import Kind

_MISSING = "\0missing"


def similarity(real: pd.Series, other: pd.Series, kind: Kind) -> float:
    """1 for the same distribution, 0 for distributions that have nothing in common.

    The complement of the Kolmogorov-Smirnov distance for numbers and times, missing values left out; of the
    total variation distance for labels, a missing value being a label. Both as in
    SDMetrics (https://docs.sdv.dev/sdmetrics), without its imports, which take seconds.
    """
    if kind.is_measure:
        return ks_similarity(real.to_numpy(dtype=float), other.to_numpy(dtype=float))
    if not len(real) or not len(other):
        return float(len(real) == len(other))
    shares = (side.fillna(_MISSING).value_counts(normalize=True) for side in (real, other))
    return _bounded(1 - next(shares).sub(next(shares), fill_value=0).abs().sum() / 2)


def ks_similarity(real: np.ndarray, other: np.ndarray) -> float:
    """The complement of the Kolmogorov-Smirnov distance; 1 if neither side has a value, 0 if only one has."""
    real, other = real[~np.isnan(real)], other[~np.isnan(other)]
    if not len(real) or not len(other):
        return float(len(real) == len(other))
    steps = np.concatenate([real, other])
    below = [np.searchsorted(np.sort(side), steps, side="right") / len(side) for side in (real, other)]
    return _bounded(1 - np.abs(below[0] - below[1]).max())


def _bounded(score: float) -> float:
    return float(min(1.0, max(0.0, score)))
