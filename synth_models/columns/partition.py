"""Which neighbouring values share a quantile cell."""

from dataclasses import dataclass
from typing import final

import numpy as np

MIN_ROWS = 6
_GAP = 5.0  # times the span of the rows beside it: such a gap is kept free of values
_HEAVY = 2.0  # times a cell's share of the rows: such a value gets a cell of its own


@final
@dataclass(frozen=True)
class Limits:
    """What cells may be.

    Args:
        n_cells: Cells at most.
        min_count: Rows that must share a value before it may be stored.
        unit: The least distance between two different values.
    """

    n_cells: int
    min_count: int
    unit: float

    @property
    def floor(self) -> int:
        """Rows a cell must have, if it is not all that there is."""
        return max(MIN_ROWS, self.min_count)


@final
@dataclass(frozen=True)
class Partition:
    """Values in cells of about equal mass, none across a wide gap, frequent values alone.

    Shapes:
        values: (values,) distinct, rising
        counts: (values,) rows of each
        cell: (values,) the number of its cell, from 0, rising
        open: (values,) whether there is a wide gap below the value
    """

    values: np.ndarray
    counts: np.ndarray
    cell: np.ndarray
    open: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, counts: np.ndarray, limits: Limits, apart: np.ndarray) -> "Partition":
        """The partition of distinct values.

        A few rows that lie between frequent values get no cell: the nearest cell stands for them.

        Args:
            values: Distinct values, rising, at least one.
            counts: Rows per value; at least ``limits.min_count`` in all.
            limits: What cells may be.
            apart: (values - 1,) which neighbours must not share a cell; there are at least ``min_count``
                rows between two such places.
        """
        share = max(limits.floor, counts.sum() / limits.n_cells)
        heavy = _largest(counts, counts >= _HEAVY * share, limits.n_cells // 4)
        opened = apart | _gaps(values, counts, limits, apart)
        piece = np.cumsum(np.r_[False, opened | heavy[1:] | heavy[:-1]])
        alone = np.bincount(piece, weights=heavy) > 0
        beside = np.r_[False, alone[:-1]] | np.r_[alone[1:], False]
        stray = ~alone & beside & (np.bincount(piece, weights=counts) < limits.floor)
        kept = ~stray[piece]
        gaps = np.diff(np.cumsum(np.r_[False, opened])[kept], prepend=-1) > 0
        cell = _merge(counts[kept], heavy[kept], piece[kept], limits)
        return cls(values[kept], counts[kept], cell, gaps)

    @property
    def first(self) -> np.ndarray:
        """(cells,) the place of the first value of every cell."""
        return np.flatnonzero(np.diff(self.cell, prepend=-1))

    @property
    def rows(self) -> np.ndarray:
        """(cells,) rows of every cell."""
        return np.add.reduceat(self.counts, self.first)

    @property
    def inside(self) -> np.ndarray:
        """(values,) rows of the value's cell below the value."""
        below = np.cumsum(self.counts) - self.counts
        return below - below[self.first][self.cell]


def _largest(weights: np.ndarray, chosen: np.ndarray, most: int) -> np.ndarray:
    """Of the chosen, the ``most`` of the largest weight."""
    if chosen.sum() <= most:
        return chosen
    ranked = np.flatnonzero(chosen)[np.argsort(-weights[chosen], kind="stable")[:most]]
    return np.isin(np.arange(len(chosen)), ranked)


def _gaps(values: np.ndarray, counts: np.ndarray, limits: Limits, apart: np.ndarray) -> np.ndarray:
    """Which neighbours are much farther apart than the rows on either side span."""
    if len(values) < 2:
        return np.zeros(0, dtype=bool)
    ends = np.cumsum(counts)
    part = np.cumsum(np.r_[False, apart])
    part_end = ends[np.r_[np.flatnonzero(apart), len(values) - 1]][part]
    part_start = np.r_[0, part_end[:-1][apart]][part]
    below, above = ends[:-1] - limits.floor, ends[:-1] + limits.floor - 1  # rows at the far ends of the spans
    inside = (below >= part_start[:-1]) & (above < part_end[:-1]) & ~apart
    left = values[:-1] - values[np.searchsorted(ends, np.maximum(below, 0), side="right")]
    right = values[np.searchsorted(ends, np.minimum(above, ends[-1] - 1), side="right")] - values[1:]
    width = np.diff(values)
    wide = inside & (width > _GAP * np.maximum(left, right)) & (width > 1.5 * limits.unit)
    return _largest(width, wide, limits.n_cells // 4)


def _merge(counts: np.ndarray, heavy: np.ndarray, piece: np.ndarray, limits: Limits) -> np.ndarray:
    """The cell of every value: quantiles within each piece, merged until they have rows enough."""
    light = np.where(heavy, 0, counts)
    total, n_pieces = light.sum(), piece[-1] + 1
    n_cells = max(min(total // limits.floor, limits.n_cells - n_pieces + 1), 1)
    fine = ((np.cumsum(light) - light / 2) / max(total, 1) * n_cells).astype(np.int64)
    forced = np.diff(piece, prepend=-1) > 0
    starts = np.flatnonzero(forced | (np.diff(fine, prepend=-1) > 0))
    kept, filled, within = [], limits.floor, 0
    rows_of = np.add.reduceat(counts, starts)
    for start, force, rows in zip(starts.tolist(), forced[starts].tolist(), rows_of.tolist(), strict=True):
        if force and filled < limits.floor and within > 1:
            kept.pop()  # the last cell of a piece is too small: it joins the one before
        if force or filled >= limits.floor:
            within = 1 if force else within + 1
            kept.append(start)
            filled = 0
        filled += rows
    if filled < limits.floor and within > 1:
        kept.pop()
    return np.cumsum(np.isin(np.arange(len(counts)), kept)) - 1
