"""Each column on both sides in a few numbers, and as the bars that its picture is made of.

Of the real data only what enough entities share is told: no other category, no other bar (``report.rare``).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from synth_models.columns.base import MIN_COUNT
from synth_models.report.rare import Owners, owners
from synth_models.report.side import Kind, Side, sample

ROWS = 100_000
"""Rows of each side that are counted at most."""
_FEWEST = 20
_CATEGORIES = 8
_WHOLE_BARS = 20
_TAIL = 0.005
_UNITS = (86_400, 3_600, 60, 1)

OTHER = "other"
"""The name under which everything rare is counted."""


@final
@dataclass(frozen=True)
class Bars:
    """Shares of the rows that have a value.

    Args:
        names: Of the categories; None for numbers and times, which have ``edges``.
        edges: Between the bars, one more than bars.
        real: Share of each bar.
        synthetic: Share of each bar.
    """

    names: tuple[str, ...] | None
    edges: tuple[float, ...] | None
    real: tuple[float, ...]
    synthetic: tuple[float, ...]


@final
@dataclass(frozen=True)
class Summary:
    """One side of a column.

    Args:
        rows: Rows, with or without a value.
        missing: Share of rows without a value; None if there are no rows.
        mean: Of numbers (times: seconds since 1970); of the lengths, for text.
        std: Standard deviation.
        distinct: Different values; None for numbers and times.
    """

    rows: int
    missing: float | None
    mean: float | None
    std: float | None
    distinct: int | None


@final
@dataclass(frozen=True)
class Profile:
    """A column on both sides.

    Args:
        column: Its name.
        kind: How it is compared.
        real: The original.
        synthetic: The other side.
        bars: Its picture; None if there are too few rows, or it is text.
    """

    column: str
    kind: Kind
    real: Summary
    synthetic: Summary
    bars: Bars | None


def profiles(real: Side, synthetic: Side, table: str, seed: int, min_count: int = MIN_COUNT) -> list[Profile]:
    """The profiles of all content columns of a table, text included, in the order of the schema."""
    ours, theirs = (side.sample(table, ROWS, seed) for side in (real, synthetic))
    found = []
    for column, kind in real.kinds(table).items():
        if kind is Kind.TEXT:
            first, second = (_text(_raw(side, table, column, seed)) for side in (real, synthetic))
            found.append(Profile(column, kind, first, second, None))
        else:
            first, second = (_summary(frame[column], kind) for frame in (ours, theirs))
            whose = owners(real, table, column, ours.index.to_numpy(), min_count)
            drawn = bars(ours[column], theirs[column], kind, whose)
            found.append(Profile(column, kind, first, second, drawn))
    return found


def _raw(side: Side, table: str, column: str, seed: int) -> pd.Series:
    return sample(side.data[table][[column]], ROWS, seed)[column]


def _summary(values: pd.Series, kind: Kind) -> Summary:
    missing = float(values.isna().mean()) if len(values) else None
    given = values.dropna()
    if not kind.is_measure:
        return Summary(len(values), missing, None, None, int(given.nunique()))
    return Summary(len(values), missing, *_moments(given), None)


def _text(values: pd.Series) -> Summary:
    missing = float(values.isna().mean()) if len(values) else None
    given = values.dropna().astype(str)
    return Summary(len(values), missing, *_moments(given.str.len()), int(given.nunique()))


def _moments(values: pd.Series) -> tuple[float | None, float | None]:
    """Mean and standard deviation, not of fewer rows than may be shown."""
    if len(values) < MIN_COUNT:
        return None, None
    return float(values.mean()), float(values.std())


def bars(real: pd.Series, synthetic: pd.Series, kind: Kind, whose: Owners) -> Bars | None:
    """The bars of a column; None if fewer than 20 real rows, or too few entities, have one."""
    whose = whose.of(real.notna().to_numpy())
    ours, theirs = real.dropna(), synthetic.dropna()
    if len(ours) < _FEWEST or not whose.enough():
        return None
    if not kind.is_measure:
        return _categories(ours, theirs, whose)
    values = ours.to_numpy(dtype=float)
    edges = round_edges(values, kind, whose.bars(int(np.clip(len(ours) / 15, 5, 30))), whose)
    rare = whose.counts(places(values, edges), len(edges) - 1) < whose.least
    counts = np.where(rare, 0, np.histogram(values, edges)[0])
    if not counts.any():
        return None
    return Bars(
        None,
        tuple(edges.tolist()),
        _shares(counts, len(ours)),
        _shares(np.histogram(theirs, edges)[0], len(theirs)),
    )


def places(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The bar that each value is in, -1 for none. Shapes: (values,)."""
    codes = np.searchsorted(edges, values, side="right") - 1
    return np.where(np.isnan(values) | (codes >= len(edges) - 1), -1, codes)


def common_categories(labels: pd.Series, top: int, whose: Owners) -> list[str]:
    """The commonest labels that enough entities share, commonest first."""
    codes, names = pd.factorize(labels)
    shared = whose.counts(codes, len(names)) >= whose.least
    rows = np.bincount(codes[codes >= 0], minlength=len(names))
    found = {str(name): int(n) for name, n, may in zip(names, rows, shared, strict=True) if may}
    return sorted(found, key=lambda name: (-found[name], name))[:top]


def _categories(real: pd.Series, synthetic: pd.Series, whose: Owners) -> Bars:
    names = common_categories(real, _CATEGORIES, whose)
    counts = [side.value_counts().reindex(names, fill_value=0).to_numpy() for side in (real, synthetic)]
    rest = [len(side) - int(count.sum()) for side, count in zip((real, synthetic), counts, strict=True)]
    if any(rest):
        names = [*names, OTHER]
        counts = [np.r_[count, left] for count, left in zip(counts, rest, strict=True)]
    return Bars(tuple(names), None, _shares(counts[0], len(real)), _shares(counts[1], len(synthetic)))


def _shares(counts: np.ndarray, rows: int) -> tuple[float, ...]:
    return tuple((counts / max(1, rows)).tolist())


def clipped_range(values: np.ndarray, whose: Owners) -> tuple[float, float]:
    """From the 0.5 % to the 99.5 % quantile, but no farther than enough entities reach."""
    low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
    least, greatest = whose.ends(values)
    low = float(max(low, least))
    return low, float(max(low, min(high, greatest)))


def round_edges(values: np.ndarray, kind: Kind, n_bars: int, whose: Owners) -> np.ndarray:
    """Round edges of about so many equal bars; a whole number each where there are few of them."""
    low, high = clipped_range(values, whose)
    if kind is Kind.TIME:
        return round_times(low, high, n_bars)
    if (values % 1 == 0).all() and high - low < whose.bars(max(n_bars, _WHOLE_BARS)):
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
