"""Each column on both sides in a few numbers, and as the bars that its picture is made of.

Of the real data only what enough entities share is told: no other category, no other bar (``report.rare``).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns.base import MIN_COUNT
from synth_models.report.edges import fine_edges
from synth_models.report.rare import Owners, owners
from synth_models.report.side import Kind, Side, sample

ROWS = 100_000
"""Rows of each side that are counted at most."""
_FEWEST = 20
_ROWS_PER_BAR, _FEWEST_BARS, _MOST_BARS = 15, 5, 30
_CATEGORIES = 8

OTHER = "other"
"""The name under which everything rare is counted."""


@final
@dataclass(frozen=True)
class Bars:
    """Shares of the rows that have a value.

    Args:
        names: Of the categories; None for numbers and times, which have ``edges``.
        edges: Between the bars, one more than bars.
        real: Share of each bar; None where too few entities, or none, are.
        synthetic: Share of each bar.
    """

    names: tuple[str, ...] | None
    edges: tuple[float, ...] | None
    real: tuple[float | None, ...]
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
            mine, other = (_raw(side, table, column, seed) for side in (real, synthetic))
            whose = owners(real, table, column, mine.index.to_numpy(), min_count)
            told = whose.of(mine.notna().to_numpy()).enough()
            found.append(Profile(column, kind, _text(mine, told=told), _text(other), None))
        else:
            whose = owners(real, table, column, ours.index.to_numpy(), min_count)
            told = whose.of(ours[column].notna().to_numpy()).enough()
            first, second = _summary(ours[column], kind, told=told), _summary(theirs[column], kind)
            drawn = bars(ours[column], theirs[column], kind, whose)
            found.append(Profile(column, kind, first, second, drawn))
    return found


def _raw(side: Side, table: str, column: str, seed: int) -> pd.Series:
    return sample(side.data[table][[column]], ROWS, seed)[column]


def _summary(values: pd.Series, kind: Kind, *, told: bool = True) -> Summary:
    """``told``: whether enough entities have a value for a mean to be no one's."""
    missing = float(values.isna().mean()) if len(values) else None
    given = values.dropna()
    if not kind.is_measure:
        return Summary(len(values), missing, None, None, int(given.nunique()))
    return Summary(len(values), missing, *_moments(given, told=told), None)


def _text(values: pd.Series, *, told: bool = True) -> Summary:
    missing = float(values.isna().mean()) if len(values) else None
    given = values.dropna().astype(str)
    return Summary(len(values), missing, *_moments(given.str.len(), told=told), int(given.nunique()))


def _moments(values: pd.Series, *, told: bool) -> tuple[float | None, float | None]:
    """Mean and standard deviation."""
    if not told or len(values) < MIN_COUNT:
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
    most = int(np.clip(len(values) / _ROWS_PER_BAR, _FEWEST_BARS, _MOST_BARS))
    edges, rare = fine_edges(values, kind, whose, most)
    if rare.all():
        return None
    counts = [np.histogram(side.to_numpy(dtype=float), edges)[0] for side in (ours, theirs)]
    shares = [_shares(count, len(side)) for count, side in zip(counts, (ours, theirs), strict=True)]
    told = tuple(None if few else share for few, share in zip(rare, shares[0], strict=True))
    return Bars(None, tuple(edges.tolist()), told, shares[1])


def common_categories(labels: pd.Series, top: int, whose: Owners) -> list[str]:
    """The commonest labels that enough entities share, commonest first."""
    codes, names = pd.factorize(labels)
    shared = whose.counts(codes, len(names)) >= whose.least
    rows = np.bincount(codes[codes >= 0], minlength=len(names))
    found = {str(name): int(n) for name, n, may in zip(names, rows, shared, strict=True) if may}
    return sorted(found, key=lambda name: (-found[name], name))[:top]


def _categories(real: pd.Series, synthetic: pd.Series, whose: Owners) -> Bars | None:
    names = common_categories(real, _CATEGORIES, whose)
    if not names:
        return None
    counts = [side.value_counts().reindex(names, fill_value=0).to_numpy() for side in (real, synthetic)]
    rest = [len(side) - int(count.sum()) for side, count in zip((real, synthetic), counts, strict=True)]
    if any(rest):
        names = [*names, OTHER]
        counts = [np.r_[count, left] for count, left in zip(counts, rest, strict=True)]
    return Bars(tuple(names), None, _shares(counts[0], len(real)), _shares(counts[1], len(synthetic)))


def _shares(counts: np.ndarray, rows: int) -> tuple[float, ...]:
    return tuple((counts / max(1, rows)).tolist())
