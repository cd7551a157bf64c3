"""Keys that number rows through: whole numbers, and days or times at equal steps."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns.support import entity_ends, rising

_MANY = 20  # distinct numbers before a common step is believed
_DENSE = 0.5  # of the numbers from the first to the last there are: else they are no serial numbers
_LEAP_YEAR = 366 * 86_400
_NUMBERED = 0.95  # of the rows are numbered through within their group


@final
@dataclass(frozen=True)
class Serial:
    """Numbers from a start at equal steps.

    Args:
        start: The first number.
        step: Between two.
        grouped: Whether every group of rows is numbered anew.
    """

    start: int
    step: int
    grouped: bool = False

    @classmethod
    def of(cls, numbers: np.ndarray, groups: np.ndarray | None = None, unit: int = 1) -> "Serial | None":
        """How whole numbers count through; None if they do not.

        Args:
            numbers: (rows,) int64.
            groups: (rows,) int, the group of every row, if it is told apart from others by the number only
                within a group.
            unit: What all numbers are known to be multiples of.
        """
        if not len(numbers):
            return cls(1, unit)
        if groups is not None:
            start = _numbered(numbers, groups)
            if start is not None:
                return cls(start, 1, True)
        values = rising(numbers)
        step = _step(values, unit)
        if len(values) < _DENSE * ((int(values[-1]) - int(values[0])) // step + 1):
            return None
        return cls(_round(int(values[0]), step), step)

    def make(self, n: int, groups: np.ndarray | None = None) -> np.ndarray:
        """(n,) int64; numbers within the groups of the rows, if these are given and it is so."""
        place = np.arange(n)
        if self.grouped and groups is not None:
            place = pd.Series(groups).groupby(groups, sort=False).cumcount().to_numpy()
        return self.start + self.step * place


@final
@dataclass(frozen=True)
class Spread:
    """Days or times here and there: ``start`` and up to ``span`` steps of so many seconds more."""

    start: int
    step: int
    span: int

    @classmethod
    def of(cls, seconds: np.ndarray, unit: int, min_count: int, entities: np.ndarray | None) -> "Spread":
        """Over the years that enough entities are in, from the first day of the first. Shapes: (rows,)."""
        step = _step(np.unique(seconds), unit)
        low, high = entity_ends(seconds.astype(np.float64), min_count, entities)
        start = new_year(int(low), int(seconds[0]), step)
        return cls(start, step, max((new_year(int(high) + _LEAP_YEAR, start, step) - start) // step, 1))

    def wider(self) -> "Spread":
        """Over twice the time."""
        return Spread(self.start, self.step, 2 * self.span)

    def draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Seconds since 1970, as texts: (size,) objects."""
        return (self.start + self.step * rng.integers(0, self.span, size)).astype(str).astype(object)


def new_year(second: int, aligned: int, step: int) -> int:
    """The first second of its year that is some steps from ``aligned``."""
    year = np.datetime64(second, "s").astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64)
    return int(year) + (aligned - int(year)) % step


def _step(values: np.ndarray, unit: int) -> int:
    """What lies between distinct rising numbers: ``unit``, or more if there are enough to tell."""
    return max(int(np.gcd.reduce(np.diff(values))), unit) if len(values) >= _MANY else unit


def _round(start: int, step: int) -> int:
    """Where to begin: as near to nought, or at the power of ten: the first number itself is someone's."""
    if start in (0, 1, step):
        return start
    return 10 ** max(0, len(str(abs(start))) - 1)


def _numbered(numbers: np.ndarray, groups: np.ndarray) -> int | None:
    """The number the rows of every group are counted from (0 or 1); None if they are not."""
    order = np.lexsort((numbers, groups))
    sorted_groups, sorted_numbers = groups[order], numbers[order]
    first = np.r_[True, sorted_groups[1:] != sorted_groups[:-1]]
    if first.all():
        return None
    rank = np.arange(len(order)) - np.flatnonzero(first)[np.cumsum(first) - 1]
    start = int(np.median(sorted_numbers[first]))
    return start if start in (0, 1) and (sorted_numbers == start + rank).mean() >= _NUMBERED else None
