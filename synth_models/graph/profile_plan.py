"""How the mean of a family, or an end of its numbers, is drawn. Plain data, kept in checkpoints."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, final

import numpy as np

from synth_models.columns.base import Codec
from synth_models.columns.grid import NumberGrid

MEAN, LEAST, MOST = "mean", "min", "max"


@final
@dataclass(frozen=True)
class ProfilePlan:
    """The mean of a column over the children of a row, the share of one of its values, or the least or the
    most of its numbers.

    Args:
        child: The table of the children.
        column: Their column.
        token: Which value's share, as a token; None for numbers.
        grid: Means or ends to tokens.
        scale: The standard deviation of the children's values; for ends, what distances are measured in.
        how: Mean, least or most.
        key: The key by which they are children; None for their family key.
        least: How many entities a mean must be of to be known of a row that is kept.
    """

    child: str
    column: str
    token: int | None
    grid: NumberGrid
    scale: float
    how: str = MEAN
    key: str | None = None
    least: int = 0

    @property
    def name(self) -> str:
        """Unique within the parent."""
        of = f" {self.how}" if self.how != MEAN else "" if self.token is None else f"={self.token}"
        return f"{self.child}.{self.column}{of}" + (f" by {self.key}" if self.key else "")

    def read(self, numbers: np.ndarray, codec: Codec) -> np.ndarray:
        """What the mean or the end is of, NaN where missing. Shapes: (children,)."""
        if self.token is None:
            return numbers
        return (codec.encode_numbers(numbers)[:, 0] == self.token).astype(np.float64)

    def of_families(self, values: np.ndarray, children: "Children") -> np.ndarray:
        """The mean or the end of every parent's children, NaN without any. Shapes: (children,)."""
        return children.means(values) if self.how == MEAN else children.ends(values, self.how)

    def told(self, tokens: np.ndarray) -> np.ndarray:
        """The means or ends that tokens tell: the middle of their cells.

        Shapes: (parents, 1) -> (parents,)
        """
        return self.grid.middles()[tokens[:, 0]]

    def state(self) -> list[Any]:
        """Plain data; ``from_state`` is the inverse."""
        return [
            self.child,
            self.column,
            self.token,
            self.grid.state(),
            self.scale,
            self.how,
            self.key,
            self.least,
        ]

    @classmethod
    def from_state(cls, state: list[Any]) -> Self:
        """The plan a checkpoint holds."""
        child, column, token, grid, scale, how, key, least = state
        return cls(child, column, token, NumberGrid.from_state(grid), scale, how, key, least)


@final
class Children:
    """The children of the rows of a parent, by one key.

    Shapes:
        link: (children,), -1 for none
    """

    def __init__(self, link: np.ndarray, parents: int) -> None:
        self.link, self.parents = link, parents

    @cached_property
    def there(self) -> np.ndarray:
        """Which of them have a parent. Shapes: (children,) bool."""
        return self.link >= 0

    @cached_property
    def _sizes(self) -> np.ndarray:
        return self._count(self.link[self.there])

    def _count(self, link: np.ndarray) -> np.ndarray:
        counts = np.bincount(link, minlength=self.parents)
        return np.where(counts > 0, counts, np.nan)

    def means(self, values: np.ndarray) -> np.ndarray:
        """The mean of the children of every parent, NaN without one that has a value.

        Shapes: (children,) -> (parents,)
        """
        missing = np.isnan(values)
        given = self.there & ~missing if missing.any() else self.there
        if given.all():
            return np.bincount(self.link, weights=values, minlength=self.parents) / self._sizes
        link = self.link[given]
        return np.bincount(link, weights=values[given], minlength=self.parents) / self._count(link)

    def ends(self, values: np.ndarray, how: str) -> np.ndarray:
        """The least or the most of the children of every parent, NaN without one that has a value.

        Shapes: (children,) -> (parents,)
        """
        given = self.there & ~np.isnan(values)
        ends = np.full(self.parents, np.nan)
        (np.fmin if how == LEAST else np.fmax).at(ends, self.link[given], values[given])
        return ends
