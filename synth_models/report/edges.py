"""Where the bars of numbers and times begin and end: at round places, never at a value of the data."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from synth_models.report.rare import Owners
from synth_models.report.side import Kind

_WHOLE_BARS = 20
_TAIL = 0.005
_UNITS = (86_400, 3_600, 60, 1)
_COARSER = (20, 14, 10, 7, 5, 3, 2)
_HIDDEN = 0.02  # of the rows


def fine_edges(values: np.ndarray, kind: Kind, whose: Owners, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The finest bars that hide hardly any row.

    Returns:
        The edges, and which bars too few entities are in: of these nothing may be shown.

    Shapes:
        values: (values,), none missing
        edges: (bars + 1,)
        rare: (bars,)
    """
    whole = kind is not Kind.TIME and bool((values % 1 == 0).all())
    finest = max(most, _WHOLE_BARS) if whole else most
    edges, rare, hidden = _barred(values, kind, whose, finest)
    for n_bars in (fewer for fewer in _COARSER if fewer < finest):
        if hidden <= _HIDDEN * len(values):
            break
        edges, rare, hidden = _barred(values, kind, whose, n_bars)
    return edges, rare


def _barred(
    values: np.ndarray, kind: Kind, whose: Owners, n_bars: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """The edges, which bars are rare, and how many values are in them."""
    edges = round_edges(values, kind, n_bars, whose)
    codes = places(values, edges)
    rare = whose.counts(codes, len(edges) - 1) < whose.least
    return edges, rare, float(rare[codes[codes >= 0]].sum())


def places(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The bar that each value is in, -1 for none; the last edge is in the last bar. Shapes: (values,)."""
    codes = np.searchsorted(edges, values, side="right") - 1
    codes = np.where(values == edges[-1], len(edges) - 2, codes)
    return np.where(np.isnan(values) | (codes >= len(edges) - 1), -1, codes)


def clipped_range(values: np.ndarray, whose: Owners) -> tuple[float, float]:
    """From the 0.5 % to the 99.5 % quantile, but no farther than enough entities reach."""
    low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
    least, greatest = whose.ends(values)
    low = float(max(low, least))
    return low, float(max(low, min(high, greatest)))


def round_edges(values: np.ndarray, kind: Kind, n_bars: int, whose: Owners) -> np.ndarray:
    """Round edges of at most about so many equal bars; a whole number each where there are few of them."""
    low, high = clipped_range(values, whose)
    if kind is Kind.TIME:
        return round_times(low, high, n_bars)
    if (values % 1 == 0).all() and high - low < n_bars:
        return np.arange(np.floor(low), np.floor(high) + 2) - 0.5
    return round_numbers(low, high, n_bars)


def round_numbers(low: float, high: float, n_bars: int) -> np.ndarray:
    """At most so many equal bars over the range, with round edges."""
    if not high > low:
        half = max(0.5, abs(low) * 1e-3)
        return np.array([low - half, low + half])
    return np.asarray(MaxNLocator(n_bars, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high), dtype=float)


def round_times(low: float, high: float, n_bars: int) -> np.ndarray:
    """Equal bars over the range in seconds, each a whole number of days, hours, minutes or seconds."""
    width = max(1.0, (high - low) / n_bars)
    unit = next(unit for unit in _UNITS if width >= unit)
    step = np.ceil(width / unit) * unit
    first, last = np.floor(low / step), np.floor(high / step) + 1
    return np.arange(first, last + 1) * step
