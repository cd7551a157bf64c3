"""Two columns as a table of shares on both sides, for a picture."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.profile import MIN_ROWS, OTHER, common_categories, round_edges
from synth_models.report.side import Kind

_CATEGORIES = 7
_FEWEST = 40


@final
@dataclass(frozen=True)
class Axis:
    """One side of a table: categories, or bars of a measure.

    Args:
        column: Its name.
        kind: How it is compared.
        names: Of the categories; None for a measure.
        edges: Between the bars; those of categories lie half-way between whole numbers.
    """

    column: str
    kind: Kind
    names: tuple[str, ...] | None
    edges: np.ndarray

    @property
    def size(self) -> int:
        """How many categories or bars."""
        return len(self.edges) - 1

    def codes(self, values: pd.Series) -> np.ndarray:
        """Which one each value is in, -1 for none."""
        if self.names is None:
            codes = np.searchsorted(self.edges, values.to_numpy(dtype=float), side="right") - 1
            return np.where(values.isna() | (codes >= self.size), -1, codes)
        codes = pd.Index(self.names).get_indexer(pd.Index(values, dtype=object))
        if OTHER in self.names[-1:]:
            codes = np.where(codes < 0, self.size - 1, codes)
        return np.where(values.isna(), -1, codes)


@final
@dataclass(frozen=True)
class Cells:
    """The joint distribution of two columns on both sides.

    Args:
        across: The columns of the table.
        down: Its rows.
        real: Shares, NaN where fewer than ``MIN_ROWS`` real rows are.
        synthetic: Shares.
        by_row: Whether each row adds up to one (else the whole table does).
    """

    across: Axis
    down: Axis
    real: np.ndarray
    synthetic: np.ndarray
    by_row: bool


def cells(
    real: pd.DataFrame, synthetic: pd.DataFrame, pair: tuple[str, str], kinds: dict[str, Kind]
) -> Cells | None:
    """The table of a pair; None if too few real rows have both values; categories go down."""
    across, down = sorted(pair, key=lambda column: not kinds[column].is_measure)
    ours, theirs = (frame[[across, down]].dropna() for frame in (real, synthetic))
    if len(ours) < _FEWEST:
        return None
    axes = [_axis(ours[column], kinds[column]) for column in (across, down)]
    if any(axis.size == 0 for axis in axes):
        return None
    counts = [_counts(frame, *axes) for frame in (ours, theirs)]
    by_row = axes[1].names is not None
    shares = [_shares(count, by_row) for count in counts]
    return Cells(axes[0], axes[1], np.where(counts[0] < MIN_ROWS, np.nan, shares[0]), shares[1], by_row)


def _axis(values: pd.Series, kind: Kind) -> Axis:
    if not kind.is_measure:
        names = common_categories(values, _CATEGORIES)
        rest = not values.isin(names).all()
        shown = (*names, OTHER) if rest else tuple(names)
        return Axis(str(values.name), kind, shown, np.arange(len(shown) + 1) - 0.5)
    bars = int(np.clip(np.sqrt(len(values) / 10), 6, 24))
    return Axis(str(values.name), kind, None, round_edges(values.to_numpy(dtype=float), kind, bars))


def _counts(frame: pd.DataFrame, across: Axis, down: Axis) -> np.ndarray:
    columns, rows = across.codes(frame[across.column]), down.codes(frame[down.column])
    inside = (columns >= 0) & (rows >= 0)
    flat = rows[inside] * across.size + columns[inside]
    return np.bincount(flat, minlength=down.size * across.size).reshape(down.size, across.size).astype(float)


def _shares(counts: np.ndarray, by_row: bool) -> np.ndarray:
    total = counts.sum(axis=1, keepdims=True) if by_row else counts.sum(keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
