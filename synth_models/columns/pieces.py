"""What a grid is made of: exact values and cells, and the tokens that stand for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from synth_models.columns.atoms import Atoms, Tally
from synth_models.columns.cells import Cells
from synth_models.columns.decimals import Resolution
from synth_models.columns.numbering import Numbering
from synth_models.columns.partition import Limits, Partition
from synth_models.columns.support import Support

_GROWN_ATOMS = 50
_GROWN_COARSE = 16


@final
@dataclass(frozen=True)
class Pieces:
    """Exact values, cells (None for none), and their tokens."""

    atoms: Atoms
    cells: Cells | None
    tokens: Numbering

    @classmethod
    def fit(
        cls,
        raw: np.ndarray,
        support: Support,
        resolution: Resolution,
        min_count: int,
        *,
        max_atoms: int = _GROWN_ATOMS,
        max_coarse: int = _GROWN_COARSE,
        max_fine: int,
        n_fine: int | None = None,
    ) -> "Pieces":
        """The pieces of distinct rising numbers.

        Args:
            raw: The numbers.
            support: Who has them.
            resolution: What tells two of them apart.
            min_count: Entities that must share a value before it may be stored.
            max_atoms: Exact values at most.
            max_coarse: Cells of the first token at most.
            max_fine: Cells of the second token at most.
            n_fine: Cells of the second token; None for as many as it takes.
        """
        tally = Tally.of(raw, support, resolution, min_count)
        limits = Limits(max_coarse * max_fine, min_count, resolution.unit)
        is_atom = tally.atoms(min_count, max_atoms, limits.n_cells)
        atoms, cells = Atoms(tally.values[is_atom], tally.faces[is_atom]), None
        rest, apart = tally.rest(is_atom, min_count)
        if len(rest):
            partition = Partition.of(tally.values[rest], tally.support.kept(rest), limits, apart)
            cells = Cells.fit(partition, limits)
        if n_fine is None:
            n_fine = max(-(-(0 if cells is None else len(cells)) // max_coarse), 1)
        return cls(atoms, cells, Numbering.ranked(atoms, cells, n_fine))

    def extended(self, below: Sequence["Pieces"], above: Sequence["Pieces"]) -> "Pieces":
        """These pieces with others, whose cells are below or above all of these; their tokens come after."""
        parts = [*below, self, *above]
        new = [part.tokens.n_first - 1 for part in parts]
        new[len(below)] = 0
        shift = self.tokens.n_first - 1 + np.cumsum(new) - new
        shift[len(below)] = 0
        keys = np.concatenate([part.atoms.keys for part in parts])
        order = np.argsort(keys, kind="stable")
        faces = np.concatenate([part.atoms.faces for part in parts])
        tokens = replace(
            self.tokens,
            n_first=self.tokens.n_first + sum(new),
            atom=np.concatenate([p.tokens.atom + by for p, by in zip(parts, shift, strict=True)])[order],
            coarse=np.concatenate([p.tokens.coarse + by for p, by in zip(parts, shift, strict=True)]),
            fine=np.concatenate([p.tokens.fine for p in parts]),
        )
        cells = [part.cells for part in parts if part.cells is not None]
        return Pieces(Atoms(keys[order], faces[order]), Cells.beside(cells) if cells else None, tokens)

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        return {
            "atoms": self.atoms.state(),
            "cells": None if self.cells is None else self.cells.state(),
            "tokens": self.tokens.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Pieces":
        """The inverse of ``state``."""
        cells = None if state["cells"] is None else Cells.from_state(state["cells"])
        return cls(Atoms.from_state(state["atoms"]), cells, Numbering.from_state(state["tokens"]))
