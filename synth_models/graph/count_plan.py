"""How the numbers of children of a row are drawn. Plain data, kept in checkpoints."""

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from synth_models.columns.grid import NumberGrid


@final
@dataclass(frozen=True)
class CountPlan:
    """How many rows of ``child`` have this row as their ``column``: one or two tokens.

    Args:
        child: The table of the children.
        column: Their foreign key.
        grid: Counts to tokens.
        seen: The counts there are, ascending.
        least: From how many entities children must be for their number to be known of a row that is kept.
    """

    child: str
    column: str
    grid: NumberGrid
    seen: np.ndarray
    least: int

    def numbers(self) -> np.ndarray:
        """The numbers of children that first tokens stand for, the middle of their cells. Shapes: (size,)."""
        return np.nan_to_num(self.grid.middles())

    def state(self) -> list[Any]:
        """Plain data; ``from_state`` is the inverse."""
        return [self.child, self.column, self.grid.state(), self.seen.tolist(), self.least]

    @classmethod
    def from_state(cls, state: list[Any]) -> Self:
        """The plan a checkpoint holds."""
        child, column, grid, seen, least = state
        return cls(child, column, NumberGrid.from_state(grid), np.asarray(seen, dtype=np.int64), least)
