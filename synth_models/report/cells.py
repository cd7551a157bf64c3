"""Two columns as a table of shares on both sides, for a picture."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.profile import OTHER, common_categories, places, round_edges
from synth_models.report.rare import Owners
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
            return places(values.to_numpy(dtype=float), self.edges)
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
        real: Shares, NaN where too few entities are.
        synthetic: Shares.
        by_row: Whether each row adds up to one (else the whole table does).
    """

    across: Axis
    down: Axis
    real: np.ndarray
    synthetic: np.ndarray
    by_row: bool


def cells(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    pair: tuple[str, str],
    kinds: dict[str, Kind],
    whose: Owners,
) -> Cells | None:
    """The table of a pair; None if too few real rows have both values; categories go down."""
    across, down = sorted(pair, key=lambda column: not kinds[column].is_measure)
    ours, theirs = (frame[[across, down]].dropna() for frame in (real, synthetic))
    whose = whose.of(real[[across, down]].notna().all(axis=1).to_numpy())
    if len(ours) < _FEWEST or not whose.enough():
        return None
    axes = [_axis(ours[column], kinds[column], whose) for column in (across, down)]
    if any(axis.size == 0 for axis in axes):
        return None
    shape = (axes[1].size, axes[0].size)
    codes = [_codes(frame, *axes) for frame in (ours, theirs)]
    counts = [np.bincount(code[code >= 0], minlength=shape[0] * shape[1]).reshape(shape) for code in codes]
    rare = whose.counts(codes[0], shape[0] * shape[1]).reshape(shape) < whose.least
    by_row = axes[1].names is not None
    shares = [_shares(count.astype(float), by_row) for count in counts]
    return Cells(axes[0], axes[1], np.where(rare, np.nan, shares[0]), shares[1], by_row)


def _axis(values: pd.Series, kind: Kind, whose: Owners) -> Axis:
    if not kind.is_measure:
        names = common_categories(values, _CATEGORIES, whose)
        rest = not values.isin(names).all()
        shown = (*names, OTHER) if rest else tuple(names)
        return Axis(str(values.name), kind, shown, np.arange(len(shown) + 1) - 0.5)
    bars = max(3, int(whose.bars(24**2) ** 0.5))  # of each axis: cells are shared by enough entities
    edges = round_edges(values.to_numpy(dtype=float), kind, bars, whose)
    return Axis(str(values.name), kind, None, edges)


def _codes(frame: pd.DataFrame, across: Axis, down: Axis) -> np.ndarray:
    """The cell that each row is in, row by row of the table, -1 for none."""
    columns, rows = across.codes(frame[across.column]), down.codes(frame[down.column])
    return np.where((columns >= 0) & (rows >= 0), rows * across.size + columns, -1)


def _shares(counts: np.ndarray, by_row: bool) -> np.ndarray:
    total = counts.sum(axis=1, keepdims=True) if by_row else counts.sum(keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
