"""How strongly two columns of one side depend on each other, as one number for any mixture of types."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from synth_models.report.side import Kind
from synth_models.report.stats.coding import counts_table, named, top_labels

_TOP = 20
_FEWEST = 3


def correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Pearson's correlation over the rows that have both values; None if it is not defined."""
    both = ~(np.isnan(first) | np.isnan(second))
    first, second = first[both], second[both]
    if len(first) < _FEWEST or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    with np.errstate(all="ignore"):
        value = float(np.corrcoef(first, second)[0, 1])
    return None if np.isnan(value) else value


def association_matrix(frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """One number for every pair of columns, NaN where it is not defined (a constant column).

    Pearson's correlation for two measures (-1 to 1), the correlation ratio for a measure and a label,
    Cramér's V for two labels (both 0 to 1). Rows that lack one of the two values are left out.
    """
    names = list(kinds)
    columns = {name: _prepared(frame[name], kinds[name]) for name in names}
    matrix = np.full((len(names), len(names)), np.nan)
    for i, first in enumerate(names):
        matrix[i, i] = 1.0
        for j in range(i):
            value = _association(columns[first], columns[names[j]], kinds[first], kinds[names[j]])
            matrix[i, j] = matrix[j, i] = np.nan if value is None else value
    return pd.DataFrame(matrix, index=names, columns=names)


def _prepared(values: pd.Series, kind: Kind) -> np.ndarray:
    """Floats with NaN, or codes with -1 for a missing value."""
    if kind.is_measure:
        return values.to_numpy(dtype=float)
    codes = named(values.to_numpy(), top_labels(values, _TOP))
    return np.where(values.isna().to_numpy(), -1, codes)


def _association(first: np.ndarray, second: np.ndarray, kind: Kind, second_kind: Kind) -> float | None:
    if kind.is_measure and second_kind.is_measure:
        return correlation(first, second)
    if kind.is_measure:
        return _correlation_ratio(second, first)
    if second_kind.is_measure:
        return _correlation_ratio(first, second)
    return _cramers_v(first, second)


def _correlation_ratio(codes: np.ndarray, values: np.ndarray) -> float | None:
    both = (codes >= 0) & ~np.isnan(values)
    codes, values = codes[both], values[both]
    if len(values) < _FEWEST or np.ptp(values) == 0:
        return None
    centred = values - values.mean()
    rows = np.bincount(codes)
    if (rows > 0).sum() < 2:
        return None
    sums = np.bincount(codes, weights=centred)
    between = (sums[rows > 0] ** 2 / rows[rows > 0]).sum()
    return float(np.sqrt(min(1.0, between / (centred**2).sum())))


def _cramers_v(first: np.ndarray, second: np.ndarray) -> float | None:
    both = (first >= 0) & (second >= 0)
    first, second = first[both], second[both]
    if len(first) < _FEWEST:
        return None
    table = counts_table(first, second, (int(first.max()) + 1, int(second.max()) + 1))
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return None
    from scipy.stats.contingency import association

    return float(association(table, method="cramer"))
