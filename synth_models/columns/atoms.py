"""Exact values: those that enough entities share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.decimals import Resolution
from synth_models.columns.partition import MIN_ROWS
from synth_models.columns.support import Support

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

    def hold(self, numbers: np.ndarray) -> np.ndarray:
        """Which of the numbers are atoms. Shapes: (numbers,) -> (numbers,) bool."""
        return self.nearest(numbers)[1] == 0 if len(self) else np.zeros(len(numbers), dtype=bool)

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
    """The distinct numbers of a column, rising, who has them, and how they are written."""

    values: np.ndarray
    support: Support
    faces: np.ndarray

    @classmethod
    def of(cls, raw: np.ndarray, support: Support, resolution: Resolution, min_count: int) -> "Tally":
        """Count the entities of rising numbers ``raw`` that are the same at this resolution."""
        values, first, group = np.unique(resolution.snap(raw), return_index=True, return_inverse=True)
        if not len(raw):
            return cls(values, support, values)
        common = np.lexsort((support.rows, group))[np.r_[first[1:], len(raw)] - 1]
        faces = np.where(support.each[common] >= min_count, raw[common], values)
        return cls(values, support.merged(group, len(values)), faces)

    def atoms(self, min_count: int, max_atoms: int, n_cells: int) -> np.ndarray:
        """(values,) which become atoms: all frequent ones of few values, else those that stand out."""
        counts, frequent = self.support.rows, self.support.each >= min_count
        if frequent.sum() <= max_atoms and len(counts) <= 2 * max_atoms:
            return frequent
        share = max(MIN_ROWS, counts.sum() / n_cells)
        spikes = frequent & (counts > share)
        if spikes.sum() > max_atoms:
            spikes &= (counts > 2 * share) & (counts >= _SPIKE * np.median(counts[frequent]))
        if spikes.sum() > max_atoms:
            ranked = np.lexsort((np.arange(len(counts)), np.where(spikes, -counts, 1)))
            spikes = np.isin(np.arange(len(counts)), ranked[:max_atoms])
        return spikes

    def rest(self, is_atom: np.ndarray, min_count: int) -> tuple[np.ndarray, np.ndarray]:
        """The places of the values for cells, and which neighbours of them have too many atoms in between.

        Values left over to a handful of entities beside the atoms get no cell: the nearest atom stands for
        them.
        """
        rest = np.flatnonzero(~is_atom)
        if not len(rest):
            return rest, np.zeros(0, dtype=bool)
        counts = self.support.rows
        between = np.diff(np.cumsum(counts * is_atom)[rest])
        part = np.cumsum(np.r_[0, between > counts[rest].sum() / 2])
        kept = self.support.kept(rest).together(part, part[-1] + 1)[part] >= min_count
        return rest[kept], np.diff(part[kept]) > 0
