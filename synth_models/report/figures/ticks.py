"""Numbers, shares and dates along an axis."""

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axis import XAxis, YAxis
from matplotlib.ticker import FuncFormatter, MaxNLocator

from synth_models.report.side import Kind

_LONG = 1000
"""Whole numbers from here on are too long to stand close together."""
_YEAR = 365.2425 * 86_400
_FIRST, _LAST = (-1960 * _YEAR, 7900 * _YEAR)  # matplotlib knows the years 1 to 9999


def measure_ticks(
    line: XAxis | YAxis, edges: np.ndarray, kind: Kind, *, most: int, offset: bool
) -> np.ndarray:
    """Label an axis of numbers or times.

    Args:
        line: The axis.
        edges: Of the bars along it; times in seconds since 1970.
        kind: Number or time.
        most: About how many labels there may be at most.
        offset: Whether what all dates have in common may stand at the end.

    Returns:
        Where the edges lie on the axis. Dates that are too far away to be dates are years.
    """
    if kind is not Kind.TIME:
        _number_ticks(line, edges, most)
        return edges
    if edges[0] < _FIRST or edges[-1] > _LAST:
        years = 1970 + edges / _YEAR
        _number_ticks(line, years, most)
        return years
    locator = mdates.AutoDateLocator(minticks=2, maxticks=most)
    line.set_major_locator(locator)
    line.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=offset))
    line.get_offset_text().set_fontsize(6)
    return np.asarray(mdates.date2num((edges * 1e6).astype("datetime64[us]")))


def share_ticks(line: XAxis | YAxis, most: int = 3) -> None:
    """Label an axis of shares."""
    line.set_major_locator(MaxNLocator(most))
    line.set_major_formatter(FuncFormatter(percent))


def percent(value: float, _position: int | None = None) -> str:
    """A share for an axis."""
    return f"{100 * value:.3g}%" if value else "0"


def short_number(value: float, _position: int | None = None) -> str:
    """A number for an axis: 1500000 as 1.5M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:.4g}"


def _number_ticks(line: XAxis | YAxis, edges: np.ndarray, most: int) -> None:
    """Ticks at round numbers; in the middle of bars that are a whole number each."""
    whole = bool((edges % 1 == 0.5).all())
    short = whole and np.abs(edges).max() < _LONG
    if whole and len(edges) - 1 <= (2 * most if short else most):
        line.set_ticks(edges[:-1] + 0.5)
    else:
        line.set_major_locator(MaxNLocator(most, integer=whole))
    line.set_major_formatter(FuncFormatter(short_number))
