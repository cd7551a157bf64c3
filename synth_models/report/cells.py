"""Two columns as a table of shares on both sides, for a picture."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
import pandas as pd

from synth_models.report.edges import places, round_edges
from synth_models.report.profile import OTHER, common_categories
from synth_models.report.rare import Owners
from synth_models.report.side import Kind

_CATEGORIES = 7
_FEWEST = 40
_BARS = (24, 16, 12, 8, 6, 4, 3)
_HIDDEN = 0.1  # of the rows


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
    """The table of a pair, categories down, in the finest bars that hide few rows.

    Returns:
        None if too few real rows have both values, or most of what there is to see is rare.
    """
    across, down = sorted(pair, key=lambda column: not kinds[column].is_measure)
    ours, theirs = (frame[[across, down]].dropna() for frame in (real, synthetic))
    whose = whose.of(real[[across, down]].notna().all(axis=1).to_numpy())
    if len(ours) < _FEWEST or not whose.enough():
        return None
    cut = _cut(ours, kinds, whose, _BARS[0])
    for bars in _BARS[1:] if kinds[across].is_measure else ():
        if cut.hidden <= _HIDDEN * len(ours):
            break
        cut = _cut(ours, kinds, whose, bars)
    axes = cut.across, cut.down
    if cut.hidden > len(ours) / 2 or any(axis.names == (OTHER,) for axis in axes):
        return None
    shape = (cut.down.size, cut.across.size)
    codes = [_codes(frame, *axes) for frame in (ours, theirs)]
    counts = [np.bincount(code[code >= 0], minlength=len(cut.rare)).reshape(shape) for code in codes]
    by_row = cut.down.names is not None
    shares = [_shares(count.astype(float), by_row) for count in counts]
    return Cells(*axes, np.where(cut.rare.reshape(shape), np.nan, shares[0]), shares[1], by_row)


class _Cut(NamedTuple):
    """Both axes, which cells too few entities are in, and how many rows these have."""

    across: Axis
    down: Axis
    rare: np.ndarray
    hidden: float


def _cut(real: pd.DataFrame, kinds: dict[str, Kind], whose: Owners, bars: int) -> _Cut:
    across, down = (_axis(real[str(column)], kinds[str(column)], whose, bars) for column in real)
    codes = _codes(real, across, down)
    rare = whose.counts(codes, across.size * down.size) < whose.least
    return _Cut(across, down, rare, float(rare[codes[codes >= 0]].sum()))


def _axis(values: pd.Series, kind: Kind, whose: Owners, bars: int) -> Axis:
    if not kind.is_measure:
        names = common_categories(values, _CATEGORIES, whose)
        rest = not values.isin(names).all()
        shown = (*names, OTHER) if rest else tuple(names)
        return Axis(str(values.name), kind, shown, np.arange(len(shown) + 1) - 0.5)
    edges = round_edges(values.to_numpy(dtype=float), kind, bars, whose)
    return Axis(str(values.name), kind, None, edges)


def _codes(frame: pd.DataFrame, across: Axis, down: Axis) -> np.ndarray:
    """The cell that each row is in, row by row of the table, -1 for none."""
    columns, rows = across.codes(frame[across.column]), down.codes(frame[down.column])
    return np.where((columns >= 0) & (rows >= 0), rows * across.size + columns, -1)


def _shares(counts: np.ndarray, by_row: bool) -> np.ndarray:
    total = counts.sum(axis=1, keepdims=True) if by_row else counts.sum(keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
