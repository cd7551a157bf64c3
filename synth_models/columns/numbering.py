"""Which tokens stand for which exact values and cells of a grid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.atoms import Atoms
from synth_models.columns.base import even_ranks, to_array, to_tensor
from synth_models.columns.cells import Cells


@final
@dataclass(frozen=True)
class Numbering:
    """The tokens of atoms and cells; first tokens start at 1, the cells of a first token are neighbours.

    Args:
        n_first: Size of the first token.
        n_fine: Size of the second; 1 if there is none.
        n_ranked: The first tokens up to here are in value order; later ones were appended.

    Shapes:
        atom: (atoms,) first token
        coarse: (cells,) first token
        fine: (cells,) second token
    """

    n_first: int
    n_fine: int
    n_ranked: int
    atom: np.ndarray
    coarse: np.ndarray
    fine: np.ndarray

    @classmethod
    def ranked(cls, atoms: Atoms, cells: Cells | None, n_fine: int) -> "Numbering":
        """First tokens in value order, coarse cells of ``n_fine`` fine ones each."""
        n_cells = 0 if cells is None else len(cells)
        coarse, fine = np.divmod(np.arange(n_cells), n_fine)
        where = np.r_[atoms.keys, _centres(cells, coarse)]
        rank = np.empty(len(where), dtype=np.int64)
        rank[np.argsort(where, kind="stable")] = np.arange(1, len(rank) + 1)
        n_first = len(rank) + 1
        return cls(n_first, n_fine, n_first, rank[: len(atoms)], rank[len(atoms) :][coarse], fine)

    @property
    def n_fine_of(self) -> np.ndarray:
        """(n_first,) the cells of every first token, 1 for an atom's."""
        return np.maximum(np.bincount(self.coarse, minlength=self.n_first), 1)

    @property
    def start(self) -> np.ndarray:
        """(n_first,) the first cell of every first token, -1 if it has none."""
        start = np.full(self.n_first, -1)
        start[self.coarse[::-1]] = np.arange(len(self.coarse))[::-1]
        return start

    def ranks(self, atoms: Atoms, cells: Cells | None) -> np.ndarray:
        """See ``Codec.ranks``: appended tokens stand where their values lie among those in order."""
        ranks = np.zeros(self.n_first)
        ranks[: self.n_ranked] = even_ranks(self.n_ranked)
        where = np.zeros(self.n_first)
        where[self.atom] = atoms.keys
        where[self.coarse] = _centres(cells, self.coarse)[np.unique(self.coarse, return_inverse=True)[1]]
        if self.n_first > self.n_ranked > 1:
            new, old = slice(self.n_ranked, None), slice(1, self.n_ranked)
            ranks[new] = np.interp(where[new], where[old], ranks[old])
        return ranks

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        arrays = {name: to_tensor(getattr(self, name)) for name in ("atom", "coarse", "fine")}
        return {"n_first": self.n_first, "n_fine": self.n_fine, "n_ranked": self.n_ranked, **arrays}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Numbering":
        """The inverse of ``state``."""
        arrays = {name: to_array(state[name]) for name in ("atom", "coarse", "fine")}
        return cls(state["n_first"], state["n_fine"], state["n_ranked"], **arrays)


def _centres(cells: Cells | None, coarse: np.ndarray) -> np.ndarray:
    """The middle of every coarse cell, by rising number. Shapes: (cells,) -> (coarse cells,)."""
    if cells is None:
        return np.zeros(0)
    order = np.argsort(coarse, kind="stable")
    first = np.unique(coarse[order], return_index=True)[1]
    count = np.diff(np.r_[first, len(coarse)])
    return cells.middles()[order[first + count // 2]]
