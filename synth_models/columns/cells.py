"""Quantile cells: the part of a number's distribution that no exact value stands for.

No stored number is a value of the data: inner edges and knots lie half-way between neighbouring distinct
values, edges to the outside and to wide gaps are means over the ``min_count`` outermost entities. The one
exception is a cell of a single value that at least ``min_count`` entities share, which is kept as that value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.partition import Limits, Partition

_SEGMENTS = 8  # pieces of equal mass in a cell, at most
_TAIL_SEGMENTS = 256  # the same in a cell at an end of the numbers, where they thin out


@final
@dataclass(frozen=True)
class Cells:
    """Cells in value order, and the inverse of the distribution function within each.

    Shapes:
        edges: (cells - 1,) where one cell ends and the next begins
        places: (knots,) cell number + share of the cell's rows below the knot, not falling
        knots: (knots,) the number at that place
    """

    edges: np.ndarray
    places: np.ndarray
    knots: np.ndarray

    @classmethod
    def fit(cls, partition: Partition, limits: Limits) -> "Cells":
        """The cells of a partition."""
        values, support, first = partition.values, partition.support, partition.first
        after = np.r_[first[1:], len(values)]
        edges = _edges(values[first[1:] - 1], values[first[1:]], limits.unit)
        low, high = np.r_[np.nan, edges], np.r_[edges, np.nan]
        for j in np.flatnonzero(np.r_[partition.open[first], True]):
            if j < len(first):
                low[j] = support.end(values, slice(first[j], after[j]), limits.min_count, top=False)
            if j:
                high[j - 1] = support.end(
                    values, slice(first[j - 1], after[j - 1]), limits.min_count, top=True
                )
        alone = (after - first == 1) & (support.each[first] >= limits.min_count)
        low, high = np.where(alone, values[first], low), np.where(alone, values[first], high)
        return cls(edges, *_inverse(partition, low, high, limits.floor))

    def __len__(self) -> int:
        return len(self.edges) + 1

    @property
    def low(self) -> float:
        """The smallest number a draw can give."""
        return float(self.knots[0])

    @property
    def high(self) -> float:
        """The largest number a draw can give."""
        return float(self.knots[-1])

    @classmethod
    def beside(cls, parts: Sequence["Cells"]) -> "Cells":
        """The cells of all parts, each of which is above the one before."""
        between = [halfway(np.array([a.high]), np.array([b.low])) for a, b in pairwise(parts)]
        edges = [edge for part, gap in zip(parts, [*between, []], strict=True) for edge in (part.edges, gap)]
        before = np.cumsum([0, *map(len, parts)])
        places = [part.places + start for part, start in zip(parts, before, strict=False)]
        return cls(np.concatenate(edges), np.concatenate(places), np.concatenate([p.knots for p in parts]))

    def middles(self) -> np.ndarray:
        """The median of every cell."""
        return np.interp(np.arange(len(self)) + 0.5, self.places, self.knots)

    def find(self, numbers: np.ndarray) -> np.ndarray:
        """The cell of every number."""
        return np.searchsorted(self.edges, numbers, side="right")

    def draw(self, cell: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A number of each of these cells."""
        return np.interp(cell + rng.random(len(cell)), self.places, self.knots)

    def state(self) -> dict[str, Any]:
        """Tensors for a checkpoint."""
        return {
            "edges": to_tensor(self.edges),
            "places": to_tensor(self.places),
            "knots": to_tensor(self.knots),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Cells":
        """The inverse of ``state``."""
        return cls(*(to_array(state[name]) for name in ("edges", "places", "knots")))


def halfway(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The numbers in the middle, without overflow."""
    return left / 2 + right / 2


def _edges(left: np.ndarray, right: np.ndarray, unit: float) -> np.ndarray:
    """Between the numbers; half a unit off the grid of the numbers, so that rounding does not cross it."""
    edges = halfway(left, right)
    if not unit:
        return edges
    off = (np.floor(edges / unit) + 0.5) * unit
    return np.where((left < off) & (off < right), off, edges)


def _inverse(
    partition: Partition, low: np.ndarray, high: np.ndarray, floor: int
) -> tuple[np.ndarray, np.ndarray]:
    """Places and knots: the ends of every cell, and knots between that part its rows evenly."""
    values, cell, inside, rows = partition.values, partition.cell, partition.inside, partition.rows
    at_end = partition.open[partition.first]
    at_end |= np.r_[at_end[1:], True]
    segments = np.clip(rows // floor, 1, np.where(at_end, _TAIL_SEGMENTS, _SEGMENTS))
    part = (segments[cell] * (inside + partition.counts / 2) / rows[cell]).astype(np.int64)
    cut = np.flatnonzero((np.diff(cell) == 0) & (np.diff(part) != 0)) + 1
    number = np.arange(len(rows), dtype=np.float64)
    places = np.r_[number, cell[cut] + inside[cut] / rows[cell[cut]], number + 1]
    inner = np.clip(halfway(values[cut - 1], values[cut]), low[cell[cut]], high[cell[cut]])
    knots = np.r_[low, inner, high]
    kind = np.repeat([0, 1, 2], [len(rows), len(cut), len(rows)])
    order = np.lexsort((places, kind, np.r_[number, cell[cut], number]))
    return places[order], knots[order]
