"""Shares of rows that have something, by the rows' places among their siblings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from synth_models.graph.pairs import EXPECTED


@final
@dataclass(frozen=True)
class Shares:
    """A share for every stretch of places.

    Args:
        starts: The first place of every stretch, ascending from 0; the last one goes on for ever.
        shares: Of the rows of each.
        alike: Whether all siblings have it, or none of them, though by chance they would differ.
    """

    starts: tuple[int, ...]
    shares: tuple[float, ...]
    alike: bool = False

    @classmethod
    def of(cls, has: np.ndarray, position: np.ndarray, starts: np.ndarray) -> Self:
        """What the rows come to in every stretch.

        Shapes:
            has: (rows,) bool
            position: (rows,), places among siblings, from 0; siblings lie together, in order
            starts: (stretches,)
        """
        stretch = np.searchsorted(starts, position, side="right") - 1
        rows = np.bincount(stretch, minlength=len(starts))
        shares = np.bincount(stretch, weights=has, minlength=len(starts)) / np.maximum(rows, 1)
        first, share = has[np.arange(len(has)) - position], has.mean() if len(has) else 0.0
        chance = 2 * share * (1 - share) * np.count_nonzero(position)
        alike = bool(chance >= EXPECTED and (has == first).all())
        return cls(tuple(starts.tolist()), tuple(shares.tolist()), alike)

    def at(self, places: np.ndarray | Sequence[int]) -> np.ndarray:
        """The shares in these places. Shapes: (places,) -> (places,)."""
        return np.asarray(self.shares)[np.searchsorted(self.starts, places, side="right") - 1]

    @property
    def some(self) -> bool:
        """Whether there are rows that have it and rows that have it not."""
        return any(0 < share < 1 for share in self.shares) or len(set(self.shares)) > 1

    def state(self) -> list[Any]:
        """Plain data; ``from_state`` is the inverse."""
        return [list(self.starts), list(self.shares), self.alike]

    @classmethod
    def from_state(cls, state: Sequence[Any]) -> Self:
        """The shares a checkpoint holds."""
        return cls(tuple(state[0]), tuple(state[1]), state[2])


def stretches(position: np.ndarray, least: int, most: int) -> np.ndarray:
    """The first places of stretches of about as many rows each, every one of which enough families reach.

    Args:
        position: Places among siblings, from 0.
        least: Families that must reach a stretch.
        most: Stretches.

    Shapes:
        position: (rows,)
        returns: (stretches,), ascending from 0
    """
    if not len(position):
        return np.zeros(1, dtype=np.int64)
    families = np.bincount(position)
    before = families.cumsum() - families
    starts = np.unique(np.searchsorted(before, np.arange(most) * len(position) / most))
    starts = starts[starts < len(families)]
    return starts[(families[starts] >= least) | (starts == 0)]
