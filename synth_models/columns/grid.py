"""Numbers as one or two ordered tokens: exact values where many rows share them, quantile cells between."""

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.atoms import Atoms
from synth_models.columns.base import MIN_COUNT, even_ranks
from synth_models.columns.cells import Cells
from synth_models.columns.decimals import Resolution
from synth_models.columns.numbering import Numbering
from synth_models.columns.partition import MIN_ROWS
from synth_models.columns.pieces import Pieces
from synth_models.columns.support import Support

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

    def __init__(self, resolution: Resolution, missing: bool, pieces: Pieces) -> None:
        self.resolution = resolution
        self._missing, self._pieces = missing, pieces
        self._atoms, self._cells, self._tokens = pieces.atoms, pieces.cells, pieces.tokens
        self._start, self._n_fine = self._tokens.start, self._tokens.n_fine_of
        self._value = np.full(self._tokens.n_first, np.nan)  # the value of an atom's token
        self._value[self._tokens.atom] = self._atoms.faces
        self.sizes: tuple[int, ...] = (self._tokens.n_first, self._tokens.n_fine)
        self.sizes = self.sizes[: 1 + (self._tokens.n_fine > 1)]
        self.ordered: tuple[bool, ...] = (True,) * len(self.sizes)

    @classmethod
    def fit(
        cls,
        numbers: np.ndarray,
        *,
        decimals: int | None = None,
        min_count: int = MIN_COUNT,
        entities: np.ndarray | None = None,
        max_atoms: int = 150,
        max_coarse: int = 48,
        max_fine: int = 24,
        precision: float = 1e-11,
    ) -> Self:
        """A grid for these numbers.

        Args:
            numbers: (rows,) NaN where missing.
            decimals: Decimals of the numbers; None detects them.
            min_count: Entities that must share a value before it may be stored.
            entities: (rows,) whose row it is; None for every row its own.
            max_atoms: Exact values at most.
            max_coarse: Cells of the first token at most.
            max_fine: Cells of the second token at most.
            precision: Relative error of the numbers (more for single precision).
        """
        numbers = np.asarray(numbers, dtype=np.float64)
        raw, support = _count(numbers, entities)
        resolution = Resolution.of(raw, decimals, precision)
        pieces = Pieces.fit(
            raw,
            support,
            resolution,
            min_count,
            max_atoms=max_atoms,
            max_coarse=max_coarse,
            max_fine=max_fine,
        )
        if len(raw) and pieces.cells is None and not len(pieces.atoms):
            size = _magnitude(raw)
            atoms = Atoms(size, size)
            pieces = Pieces(atoms, None, Numbering.ranked(atoms, None, 1))
        return cls(resolution, bool(np.isnan(numbers).any()), pieces)

    def grow(
        self, numbers: np.ndarray, *, min_count: int = MIN_COUNT, entities: np.ndarray | None = None
    ) -> "NumberGrid":
        """A grid that also knows these numbers; see ``Codec.grow``.

        New frequent values between exact ones, and what lies beyond the cells on either side, get tokens
        after the old ones; what lies within a cell stays there.

        Args:
            numbers: (rows,) NaN where missing.
            min_count: As in ``fit``.
            entities: As in ``fit``.
        """
        numbers = np.asarray(numbers, dtype=np.float64)
        raw, support = _count(numbers, entities)
        resolution, cells = self.resolution.finer(raw), self._cells
        new = ~self._atoms.hold(resolution.snap(raw))

        def pieces(chosen: np.ndarray) -> list[Pieces]:
            chosen, n_fine = chosen & new, self._tokens.n_fine
            if not chosen.any():
                return []
            part, least = support.kept(chosen), max(min_count, MIN_ROWS)  # fewer had no cell in a fit either
            return [Pieces.fit(raw[chosen], part, resolution, least, max_fine=n_fine, n_fine=n_fine)]

        if cells is None:
            grown = self._pieces.extended([], pieces(new))
        else:
            grown = self._pieces.extended(pieces(raw < cells.low), pieces(raw > cells.high))
        return NumberGrid(resolution, self._missing or bool(np.isnan(numbers).any()), grown)

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

    def middles(self) -> np.ndarray:
        """What each first token stands for, the middle of its cells; NaN for missing. Shapes: (sizes[0],)."""
        numbers, parts = self._value.copy(), self._start >= 0
        if self._cells is not None:
            half = self._n_fine[parts] // 2
            numbers[parts] = self.resolution.snap(self._cells.middles()[self._start[parts] + half])
        return numbers

    def landmarks(self) -> np.ndarray:
        """Numbers all over the grid that are known to be no single entity's: (n,) rising."""
        numbers = [self._atoms.keys]
        if self._cells is not None:
            numbers += [self._cells.middles(), np.array([self._cells.low, self._cells.high])]
        return np.unique(self.resolution.snap(np.concatenate(numbers)))

    def tidy(self, numbers: np.ndarray) -> np.ndarray:
        """The numbers at the resolution, and in the notation, of the fitted ones."""
        snapped = self.resolution.snap(np.asarray(numbers, dtype=np.float64))
        if len(self._atoms) and (self._atoms.keys != self._atoms.faces).any():
            found, off = self._atoms.nearest(snapped)
            snapped = np.where(off == 0, self._atoms.faces[found], snapped)
        return snapped

    def encode(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers to tokens."""
        place, kinds = pd.factorize(np.asarray(numbers, dtype=np.float64))  # many are the same
        missing = np.zeros((1, len(self.sizes)), dtype=np.int64)
        return np.concatenate([self._encode_kinds(kinds), missing])[place]

    def _encode_kinds(self, numbers: np.ndarray) -> np.ndarray:
        tokens = np.zeros((len(numbers), len(self.sizes)), dtype=np.int64)
        snapped = self.resolution.snap(numbers)
        if self._cells is not None:
            cell = self._cells.find(snapped)
            tokens[:, 0] = self._tokens.coarse[cell]
            if len(self.sizes) == 2:
                tokens[:, 1] = self._tokens.fine[cell]
        if len(self._atoms):
            found, off = self._atoms.nearest(snapped)
            taken = np.ones(len(numbers), dtype=bool)
            if self._cells is not None:
                beyond = np.maximum(self._cells.low - snapped, snapped - self._cells.high)
                taken = (off == 0) | (off < beyond)
            tokens[taken] = 0
            tokens[taken, 0] = self._tokens.atom[found[taken]]
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
            again = again[self._atoms.hold(numbers[again])]
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

    def ranks(self) -> tuple[np.ndarray, ...]:
        """See ``Codec.ranks``."""
        return (self._tokens.ranks(self._atoms, self._cells), *map(even_ranks, self.sizes[1:]))

    def state(self) -> dict[str, Any]:
        """Plain data and tensors that ``from_state`` makes the same grid of."""
        return {
            "decimals": self.resolution.decimals,
            "step": self.resolution.step,
            "missing": self._missing,
            **self._pieces.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of ``state``."""
        resolution = Resolution(state["decimals"], state["step"])
        return cls(resolution, state["missing"], Pieces.from_state(state))


def _count(numbers: np.ndarray, entities: np.ndarray | None) -> tuple[np.ndarray, Support]:
    """The finite numbers, each once and rising, and who has them."""
    finite = np.isfinite(numbers)
    if finite.all():
        return Support.count(numbers, entities)
    return Support.count(numbers[finite], None if entities is None else np.asarray(entities)[finite])


def _magnitude(numbers: np.ndarray) -> np.ndarray:
    """A power of ten of about their size, or twice one: all that so few entities may tell."""
    mean = float(numbers.mean())
    size = 10.0 ** np.rint(np.log10(abs(mean))) if mean else 1.0
    size = np.copysign(2 * size if size in np.abs(numbers) else size, mean)
    return np.array([size])
