"""Numbers as one or two ordered tokens: exact values where many rows share them, quantile cells between."""

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np

from synth_models.columns.atoms import Atoms, Tally
from synth_models.columns.base import MIN_COUNT
from synth_models.columns.cells import Cells
from synth_models.columns.decimals import Resolution
from synth_models.columns.partition import Limits, Partition

_ATTEMPTS = 64  # to draw a number of a cell that is not one of the exact values


@final
class NumberGrid:
    """Numbers <-> tokens.

    The first token is 0 for missing, else an exact value ('atom') or a coarse cell, in value order; a second
    token, if there is one, names the fine cell within the coarse one. A number that is no atom goes to its
    cell, or to the nearest atom if there are no cells there.

    Shapes:
        numbers: (rows,) float64, NaN where missing
        tokens: (rows, len(sizes)) int64

    Example:
        >>> grid = NumberGrid.fit(np.repeat([1.5, 2.0, 7.25], 10))
        >>> grid.sizes, grid.encode(np.array([2.0, 7.25])).tolist()
        ((4,), [[2], [3]])
    """

    def __init__(
        self, resolution: Resolution, missing: bool, atoms: Atoms, cells: Cells | None, max_coarse: int
    ) -> None:
        self.resolution = resolution
        self._missing, self._atoms, self._cells, self._max_coarse = missing, atoms, cells, max_coarse
        n_cells = 0 if cells is None else len(cells)
        n_fine = max(-(-n_cells // max_coarse), 1)
        coarse, self._fine = np.divmod(np.arange(n_cells), n_fine)
        centres = np.zeros(0) if cells is None else cells.middles()[n_fine // 2 :: n_fine]
        if len(centres) < -(-n_cells // n_fine):  # the last coarse cell has fewer fine ones
            centres = np.r_[centres, cells.high if cells is not None else []]
        rank = np.empty(len(atoms) + len(centres), dtype=np.int64)
        rank[np.argsort(np.r_[atoms.keys, centres], kind="stable")] = np.arange(1, len(rank) + 1)
        self._atom_token, self._coarse_token = rank[: len(atoms)], rank[len(atoms) :][coarse]
        n_first = len(rank) + 1
        self._n_fine = np.maximum(np.bincount(self._coarse_token, minlength=n_first), 1)
        self._start = np.full(n_first, -1)  # the first cell of a coarse token
        self._start[self._coarse_token[::n_fine]] = np.arange(n_cells)[::n_fine]
        self._value = np.full(n_first, np.nan)  # the value of an atom's token
        self._value[self._atom_token] = atoms.faces
        self.sizes: tuple[int, ...] = (n_first,) if n_fine == 1 else (n_first, n_fine)
        self.ordered: tuple[bool, ...] = (True,) * len(self.sizes)

    @classmethod
    def fit(
        cls,
        numbers: np.ndarray,
        *,
        decimals: int | None = None,
        min_count: int = MIN_COUNT,
        max_atoms: int = 150,
        max_coarse: int = 48,
        max_fine: int = 24,
        precision: float = 1e-11,
    ) -> Self:
        """A grid for these numbers.

        Args:
            numbers: (rows,) NaN where missing.
            decimals: Decimals of the numbers; None detects them.
            min_count: Rows that must share a value before it may be stored.
            max_atoms: Exact values at most.
            max_coarse: Cells of the first token at most.
            max_fine: Cells of the second token at most.
            precision: Relative error of the numbers (more for single precision).
        """
        numbers = np.asarray(numbers, dtype=np.float64)
        given = numbers[np.isfinite(numbers)]
        raw, rows = np.unique(given, return_counts=True)
        resolution = Resolution.of(raw, decimals, precision)
        tally = Tally.of(raw, rows, resolution, min_count)
        limits = Limits(max_coarse * max_fine, min_count, resolution.unit)
        is_atom = tally.atoms(min_count, max_atoms, limits.n_cells)
        atoms, cells = Atoms(tally.values[is_atom], tally.faces[is_atom]), None
        rest, apart = tally.rest(is_atom, min_count)
        if len(rest):
            cells = Cells.fit(Partition.of(tally.values[rest], tally.counts[rest], limits, apart), limits)
        elif len(given) and not len(atoms):
            centre = resolution.snap(_one_digit(np.array([given.mean()])))
            atoms = Atoms(centre, centre)
        return cls(resolution, bool(np.isnan(numbers).any()), atoms, cells, max_coarse)

    @property
    def exact(self) -> bool:
        """Whether there are no cells."""
        return self._cells is None

    @property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest number ``decode`` gives; NaN if there is none."""
        ends = [*self._atoms.faces[:1], *self._atoms.faces[-1:]]
        if self._cells is not None:
            ends += [self._cells.low, self._cells.high]
        return (float(min(ends)), float(max(ends))) if ends else (np.nan, np.nan)

    def tidy(self, numbers: np.ndarray) -> np.ndarray:
        """The numbers at the resolution, and in the notation, of the fitted ones."""
        snapped = self.resolution.snap(np.asarray(numbers, dtype=np.float64))
        if len(self._atoms) and (self._atoms.keys != self._atoms.faces).any():
            found, off = self._atoms.nearest(snapped)
            snapped = np.where(off == 0, self._atoms.faces[found], snapped)
        return snapped

    def encode(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers to tokens."""
        numbers = np.asarray(numbers, dtype=np.float64)
        tokens = np.zeros((len(numbers), len(self.sizes)), dtype=np.int64)
        snapped = self.resolution.snap(numbers)
        if self._cells is not None:
            cell = self._cells.find(snapped)
            tokens[:, 0] = self._coarse_token[cell]
            if len(self.sizes) == 2:
                tokens[:, 1] = self._fine[cell]
        if len(self._atoms):
            found, off = self._atoms.nearest(snapped)
            taken = np.ones(len(numbers), dtype=bool)
            if self._cells is not None:
                beyond = np.maximum(self._cells.low - snapped, snapped - self._cells.high)
                taken = (off == 0) | (off < beyond)
            tokens[taken] = 0
            tokens[taken, 0] = self._atom_token[found[taken]]
        tokens[np.isnan(numbers)] = 0
        return tokens

    def decode(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Tokens to numbers; a fine token that does not exist counts as the last one that does."""
        first = tokens[:, 0]
        numbers = self._value[first]
        start = self._start[first]
        rows = np.flatnonzero(start >= 0)
        if self._cells is not None and len(rows):
            cell = start[rows]
            if len(self.sizes) == 2:
                cell = cell + np.minimum(tokens[rows, 1], self._n_fine[first[rows]] - 1)
            numbers[rows] = self._draw(self._cells, cell, rng)
        return numbers

    def _draw(self, cells: Cells, cell: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A number of each of these cells that is no atom, if it can be."""
        numbers = self.resolution.snap(cells.draw(cell, rng))
        again = np.arange(len(cell) if len(self._atoms) else 0)
        for _ in range(_ATTEMPTS):
            if not len(again):
                break
            again = again[self._atoms.nearest(numbers[again])[1] == 0]
            numbers[again] = self.resolution.snap(cells.draw(cell[again], rng))
        return numbers

    def draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers roughly distributed as the fitted ones, were they all rare."""
        first = (
            rng.integers(1, max(self.sizes[0], 2), size) if self.sizes[0] > 1 else np.zeros(size, dtype=int)
        )
        tokens = np.zeros((size, len(self.sizes)), dtype=np.int64)
        tokens[:, 0] = first
        if len(self.sizes) == 2:
            tokens[:, 1] = (rng.random(size) * self._n_fine[first]).astype(np.int64)
        return self.decode(tokens, rng)

    def allowed(self) -> tuple[np.ndarray, ...]:
        """See ``Codec.allowed``."""
        first = np.ones((1, self.sizes[0]), dtype=bool)
        first[0, 0] = self._missing or self.sizes[0] == 1
        if len(self.sizes) == 1:
            return (first,)
        return first, np.arange(self.sizes[1])[None, :] < self._n_fine[:, None]

    def state(self) -> dict[str, Any]:
        """Plain data and tensors that ``from_state`` makes the same grid of."""
        return {
            "decimals": self.resolution.decimals,
            "step": self.resolution.step,
            "missing": self._missing,
            "atoms": self._atoms.state(),
            "cells": None if self._cells is None else self._cells.state(),
            "max_coarse": self._max_coarse,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of ``state``."""
        resolution = Resolution(state["decimals"], state["step"])
        cells = None if state["cells"] is None else Cells.from_state(state["cells"])
        return cls(resolution, state["missing"], Atoms.from_state(state["atoms"]), cells, state["max_coarse"])


def _one_digit(numbers: np.ndarray) -> np.ndarray:
    """Rounded to one significant digit: all that so few rows may tell."""
    size = 10.0 ** np.floor(np.log10(np.maximum(np.abs(numbers), 1e-300)))
    return np.rint(numbers / size) * size
