"""Exact values: those that enough rows share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.decimals import Resolution
from synth_models.columns.partition import MIN_ROWS

_SPIKE = 3.0  # times the usual count: such a value is worth a token of its own among many repeated ones


@final
@dataclass(frozen=True)
class Atoms:
    """Exact values, rising.

    Shapes:
        keys: (atoms,) the values at the resolution of the numbers
        faces: (atoms,) how they were written: the key, or its most frequent variant by a rounding error
    """

    keys: np.ndarray
    faces: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    def nearest(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The nearest atom of every number, and how far off it is; there is at least one atom."""
        found = np.searchsorted(self.keys[:-1] / 2 + self.keys[1:] / 2, numbers, side="right")
        return found, np.abs(numbers - self.keys[found])

    def state(self) -> dict[str, Any]:
        """Tensors for a checkpoint."""
        return {"keys": to_tensor(self.keys), "faces": to_tensor(self.faces)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Atoms":
        """The inverse of ``state``."""
        return cls(to_array(state["keys"]), to_array(state["faces"]))


@final
@dataclass(frozen=True)
class Tally:
    """The distinct numbers of a column, rising, how often each occurs, and how it is written."""

    values: np.ndarray
    counts: np.ndarray
    faces: np.ndarray

    @classmethod
    def of(cls, raw: np.ndarray, rows: np.ndarray, resolution: Resolution, min_count: int) -> "Tally":
        """Count the rows of rising numbers ``raw`` that are the same at this resolution."""
        values, first, group = np.unique(resolution.snap(raw), return_index=True, return_inverse=True)
        if not len(raw):
            return cls(values, rows, values)
        counts = np.add.reduceat(rows, first)
        common = np.lexsort((rows, group))[np.r_[first[1:], len(raw)] - 1]
        faces = np.where(rows[common] >= min_count, raw[common], values)
        return cls(values, counts, faces)

    def atoms(self, min_count: int, max_atoms: int, n_cells: int) -> np.ndarray:
        """(values,) which become atoms: all frequent ones of few values, else those that stand out."""
        counts = self.counts
        frequent = counts >= min_count
        if frequent.sum() <= max_atoms and len(counts) <= 2 * max_atoms:
            return frequent
        share = max(MIN_ROWS, counts.sum() / n_cells)
        spikes = frequent & (counts > share)
        if spikes.sum() > max_atoms:
            spikes &= (counts > 2 * share) & (counts >= _SPIKE * np.median(counts[frequent]))
        if spikes.sum() > max_atoms:
            ranked = np.lexsort((np.arange(len(counts)), -counts))
            spikes = np.isin(np.arange(len(counts)), ranked[:max_atoms])
        return spikes

    def rest(self, is_atom: np.ndarray, min_count: int) -> tuple[np.ndarray, np.ndarray]:
        """The places of the values for cells, and which neighbours of them have too many atoms in between.

        Values left over in a handful of rows beside the atoms get no cell: the nearest atom stands for them.
        """
        rest = np.flatnonzero(~is_atom)
        if not len(rest):
            return rest, np.zeros(0, dtype=bool)
        rows = self.counts[rest]
        between = np.diff(np.cumsum(self.counts * is_atom)[rest])
        part = np.cumsum(np.r_[0, between > rows.sum() / 2])
        kept = np.bincount(part, weights=rows)[part] >= min_count
        return rest[kept], np.diff(part[kept]) > 0
