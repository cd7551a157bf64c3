"""Which neighbouring values share a quantile cell."""

from dataclasses import dataclass
from typing import final

import numpy as np

from synth_models.columns.support import Support

MIN_ROWS = 6
_GAP = 5.0  # times the span of the rows beside it: such a gap is kept free of values
_HEAVY = 2.0  # times a cell's share of the rows: such a value gets a cell of its own


@final
@dataclass(frozen=True)
class Limits:
    """What cells may be.

    Args:
        n_cells: Cells at most.
        min_count: Entities that must share a value before it may be stored.
        unit: The least distance between two different values.
    """

    n_cells: int
    min_count: int
    unit: float

    @property
    def floor(self) -> int:
        """Rows, and entities, a cell must have, if it is not all that there is."""
        return max(MIN_ROWS, self.min_count)


@final
@dataclass(frozen=True)
class Partition:
    """Values in cells of about equal mass, none across a wide gap, frequent values alone.

    Shapes:
        values: (values,) distinct, rising
        support: who has them
        cell: (values,) the number of its cell, from 0, rising
        open: (values,) whether there is a wide gap below the value
    """

    values: np.ndarray
    support: Support
    cell: np.ndarray
    open: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, support: Support, limits: Limits, apart: np.ndarray) -> "Partition":
        """The partition of distinct values.

        What a few entities have between frequent values gets no cell: the nearest cell stands for it.

        Args:
            values: Distinct values, rising, at least one.
            support: Who has them; at least ``limits.min_count`` entities in all.
            limits: What cells may be.
            apart: (values - 1,) which neighbours must not share a cell; there are at least ``min_count``
                entities between two such places.
        """
        counts = support.rows
        share = max(limits.floor, counts.sum() / limits.n_cells)
        enough = (counts >= _HEAVY * share) & (support.each >= limits.floor)
        heavy = _largest(counts, enough, limits.n_cells // 4)
        wide = _gaps(values, counts, limits, apart)
        while True:
            opened = apart | wide
            piece = np.cumsum(np.r_[False, opened | heavy[1:] | heavy[:-1]])
            behind = support.together(piece, piece[-1] + 1)
            few = behind < limits.min_count
            shut = wide & (few[piece[1:]] | few[piece[:-1]])  # a gap beside too few entities is no gap
            if support.value is None or not shut.any():
                break
            wide &= ~shut
        alone = np.bincount(piece, weights=heavy) > 0
        beside = np.r_[False, alone[:-1]] | np.r_[alone[1:], False]
        kept = ~(~alone & beside & (behind < limits.floor))[piece]
        gaps = np.diff(np.cumsum(np.r_[False, opened])[kept], prepend=-1) > 0
        left = support.kept(kept)
        cell = _merge(left.rows, heavy[kept], piece[kept], limits)
        return cls(values[kept], left, _backed(cell, piece[kept], left, limits), gaps)

    @property
    def counts(self) -> np.ndarray:
        """(values,) rows of every value."""
        return self.support.rows

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
    of_row = np.repeat(values, counts)
    left = values[:-1] - of_row[np.maximum(below, 0)]
    right = of_row[np.minimum(above, ends[-1] - 1)] - values[1:]
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


def _backed(cell: np.ndarray, piece: np.ndarray, support: Support, limits: Limits) -> np.ndarray:
    """The cells, joined with the next ones of their piece until enough entities are behind each."""
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    behind = support.together(cell, len(first))
    if support.value is None or (behind >= limits.floor).all():
        return cell
    ends = np.r_[first[1:], len(cell)]
    forced = np.diff(piece[first], prepend=-1) > 0
    kept: list[int] = []
    full, within, members = True, 0, set[int]()
    for number, start in enumerate(first.tolist()):
        if forced[number] and not full and within > 1:
            kept.pop()
        if forced[number] or full:
            within = 1 if forced[number] else within + 1
            kept.append(start)
            full, members = False, set()
        full = bool(full or behind[number] >= limits.floor)
        if not full:
            members.update(support.members(start, ends[number]).tolist())
            full = len(members) >= limits.floor
    if not full and within > 1:
        kept.pop()
    return np.cumsum(np.isin(np.arange(len(cell)), kept)) - 1
