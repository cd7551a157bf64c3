"""How the mean of a family is drawn. Plain data, kept in checkpoints."""

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from synth_models.columns.base import Codec
from synth_models.columns.grid import NumberGrid


@final
@dataclass(frozen=True)
class ProfilePlan:
    """The mean of a column over the children of a row, or the share of one of its values.

    Args:
        child: The table of the children, whose family key leads here.
        column: Their column.
        token: Which value's share, as a token; None for the mean of numbers.
        grid: Means to tokens.
        scale: The standard deviation of the children's values.
    """

    child: str
    column: str
    token: int | None
    grid: NumberGrid
    scale: float

    @property
    def name(self) -> str:
        """Unique within the parent."""
        return f"{self.child}.{self.column}" + ("" if self.token is None else f"={self.token}")

    def read(self, numbers: np.ndarray, codec: Codec) -> np.ndarray:
        """What the mean is of, NaN where missing. Shapes: (children,)."""
        if self.token is None:
            return numbers
        return (codec.encode_numbers(numbers)[:, 0] == self.token).astype(np.float64)

    def told(self, tokens: np.ndarray) -> np.ndarray:
        """The means that tokens tell: the middle of their cells. Shapes: (parents, 1) -> (parents,)."""
        return self.grid.middles()[tokens[:, 0]]

    def state(self) -> list[Any]:
        """Plain data; ``from_state`` is the inverse."""
        return [self.child, self.column, self.token, self.grid.state(), self.scale]

    @classmethod
    def from_state(cls, state: list[Any]) -> Self:
        """The plan a checkpoint holds."""
        child, column, token, grid, scale = state
        return cls(child, column, token, NumberGrid.from_state(grid), scale)


def family_means(values: np.ndarray, link: np.ndarray, parents: int) -> np.ndarray:
    """The mean of the children of every parent, NaN without one that has a value.

    Shapes:
        values, link: (children,), link -1 for none
        returns: (parents,)
    """
    there = (link >= 0) & ~np.isnan(values)
    if not there.all():
        values, link = values[there], link[there]
    counts = np.bincount(link, minlength=parents)
    return np.bincount(link, weights=values, minlength=parents) / np.where(counts > 0, counts, np.nan)
