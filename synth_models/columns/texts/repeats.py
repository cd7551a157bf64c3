"""How often made-up values repeat: as often as the real ones they stand for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor


@final
@dataclass(frozen=True)
class Repeats:
    """How many rows share a value.

    Shapes:
        sizes: (sizes,) numbers of rows, rising, the first is 1 unless more is usual
        shares: (sizes,) the share of the values that so many rows have
    """

    sizes: np.ndarray
    shares: np.ndarray

    @classmethod
    def fit(cls, rows: np.ndarray, k: int) -> "Repeats":
        """The sizes of groups of equal values; a size of too few groups counts as the next smaller.

        Args:
            rows: (values,) how many rows have each value.
            k: How many values must share a size.
        """
        sizes, place = np.unique(np.r_[1, rows], return_inverse=True)
        counts = np.bincount(place[1:], minlength=len(sizes))
        kept = (counts >= k) | (sizes == 1)
        group = np.cumsum(kept) - 1
        shares = np.bincount(group, weights=counts) / max(len(rows), 1)
        return cls(sizes[kept], shares if len(rows) else np.ones(1))

    @property
    def unique(self) -> bool:
        """Whether no value repeats."""
        return bool(self.shares[self.sizes == 1].sum() == 1)

    def draw(self, group: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Deals out values to rows.

        Shapes:
            group: (rows,) rows of different groups get different values
            returns: (rows,) the number of each row's value; (values,) the group of each value
        """
        order = rng.permutation(len(group))
        order = order[np.argsort(group[order], kind="stable")]
        sizes = rng.choice(self.sizes, len(group), p=self.shares)
        begins = np.zeros(len(group) + 1, dtype=bool)
        ends = np.cumsum(sizes)
        begins[np.r_[0, ends[ends < len(group)]]] = True
        begins = begins[:-1]
        rising = group[order]
        begins[1:] |= rising[1:] != rising[:-1]
        number = np.empty(len(group), dtype=np.int64)
        number[order] = np.cumsum(begins) - 1
        return number, rising[begins]

    def state(self) -> dict[str, Any]:
        """Tensors."""
        return {"sizes": to_tensor(self.sizes), "shares": to_tensor(self.shares)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Repeats":
        """The inverse of ``state``."""
        return cls(to_array(state["sizes"]), to_array(state["shares"]))
