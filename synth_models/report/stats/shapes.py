"""How alike two distributions of one column are."""

import warnings

import numpy as np
import pandas as pd

from synth_models.report.side import Kind

_MISSING = "\0missing"


def similarity(real: pd.Series, other: pd.Series, kind: Kind) -> float:
    """1 for the same distribution, 0 for distributions that have nothing in common.

    The complement of the Kolmogorov-Smirnov distance for numbers and times, missing values left out; of the
    total variation distance for labels, a missing value being a label. Both as in SDMetrics.
    """
    if kind.is_measure:
        return ks_similarity(real.to_numpy(dtype=float), other.to_numpy(dtype=float))
    if not len(real) or not len(other):
        return float(len(real) == len(other))
    from sdmetrics.single_column import TVComplement

    return _bounded(TVComplement.compute(real.fillna(_MISSING), other.fillna(_MISSING)))


def ks_similarity(real: np.ndarray, other: np.ndarray) -> float:
    """The complement of the Kolmogorov-Smirnov distance; 1 if neither side has a value, 0 if only one has."""
    real, other = real[~np.isnan(real)], other[~np.isnan(other)]
    if not len(real) or not len(other):
        return float(len(real) == len(other))
    from sdmetrics.single_column import KSComplement

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy's p-value, which is not used
        return _bounded(KSComplement.compute(pd.Series(real), pd.Series(other)))


def _bounded(score: float) -> float:
    return float(min(1.0, max(0.0, score)))
