"""What the rows of a table add up to: columns of their parents (an order's total), or one number (zero)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec
from synth_models.graph.protection import Protection, limits
from synth_models.graph.readings import Readings
from synth_models.graph.rules import EXACT, tolerance

SUM, COUNT = "sum", "count"
_HOWS = (SUM, "max", "min", "mean")
_NUMBERS = {"integer", "numeric"}
_MIN_PARENTS = 30
_PROBE = 1000
"""Parents that totals are looked for in first: nearly all that do not hold are ruled out by these."""
_LIKELY = 0.99
"""Of these that must agree."""


@final
@dataclass(frozen=True)
class Total:
    """What the children of a row come to.

    Args:
        key: Their foreign key.
        how: count, sum, max, min or mean.
        column: Of which of their columns; None for a count.
        parent_column: The column of the parent that says so; None if it is one number for all parents.
        value: That number.
        unit: The least distance of two numbers of the children's column; 0 for any.
        scale: The standard deviation of the children's column.
        bounds: The ends of the children's column, as far as they may be known.
    """

    key: str
    how: str
    column: str | None
    parent_column: str | None
    value: float = 0.0
    unit: float = 0.0
    scale: float = 1.0
    bounds: tuple[float, float] = (-np.inf, np.inf)

    def state(self) -> dict[str, Any]:
        """Plain data; ``from_state`` is the inverse."""
        return {**asdict(self), "bounds": list(self.bounds)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Total":
        """The total a checkpoint holds."""
        return cls(**{**state, "bounds": tuple(state["bounds"])})


def total_of(how: str, numbers: np.ndarray, link: np.ndarray, parents: int) -> np.ndarray:
    """What the children of every parent come to, NaN for those without a number.

    Shapes:
        numbers, link: (children,), link -1 for none
        returns: (parents,)
    """
    there = (link >= 0) & ~np.isnan(numbers)
    found = pd.Series(numbers[there]).groupby(link[there]).agg(how)
    totals = np.full(parents, np.nan)
    totals[found.index] = found
    return totals


def owed(
    told: np.ndarray,
    mean: np.ndarray,
    siblings: np.ndarray,
    so_far: np.ndarray,
    share: np.ndarray,
    scale: float,
) -> None:
    """Tell what is still missing of a sum, per sibling that is left; the share of one; and the mean.

    The first and the last in standard deviations. A row that knows this can see to it that a family adds up.

    Args:
        told: Where to.
        mean: What the siblings must come to on average; NaN if that is not known.
        siblings: The size of the family.
        so_far: The sum of the earlier siblings.
        share: One over the siblings that are left, this one included.
        scale: The standard deviation of what is summed up.

    Shapes:
        told: (3, rows) float32, the last NaN where the mean is not known
        mean, siblings, so_far, share: (rows,)
    """
    unit = scale or 1.0
    missing = mean * siblings
    missing -= so_far  # in place: these are the largest arrays of all
    missing *= share / unit
    missing[np.isnan(missing)] = 0.0
    told[0] = missing
    told[1] = share
    told[2] = mean / unit


def headroom(told: np.ndarray, level: np.ndarray, end: np.ndarray, scale: float) -> None:
    """Tell how far a number that runs on from sibling to sibling is from an end it never goes beyond in its
    family, whether it has begun, and where the end is. A row that knows this can see to it that the number
    stays within.

    Args:
        told: Where to.
        level: Where the number is before the row; NaN if it has not begun.
        end: Where the end is; NaN if that is not known.
        scale: What a distance is measured in.

    Shapes:
        told: (3, rows) float32, the last NaN where the end is not known
        level, end: (rows,)
    """
    told[0] = np.nan_to_num((level - end) / scale)
    told[1] = ~np.isnan(level)
    told[2] = end / scale


def find_totals(
    readings: Readings,
    parents: Mapping[str, tuple[str, Mapping[str, Codec]]],
    fixed: Collection[str],
    protection: Protection,
) -> tuple[Total, ...]:
    """What the rows of a table come to, exactly, for all parents.

    Args:
        readings: The table.
        parents: Per foreign key the parent and the codecs of those of its columns that are drawn.
        fixed: The columns of the table that other numbers depend on, or that follow from others.
        protection: What a number that all families come to is protected by, and the ends of its column.
    """
    data, name = readings.data, readings.name
    columns = data.schema.tables[name].columns
    numbers = {c: readings.numbers[c] for c in readings.codecs if columns[c].type in _NUMBERS}
    free = {column: values for column, values in numbers.items() if column not in fixed}
    found: list[Total] = []
    for key, (parent, theirs) in parents.items():
        link, spec = data.links[name, key], data.schema.tables[parent].columns
        several = np.bincount(link[link >= 0], minlength=len(data[parent])) > 1
        if several.sum() < _MIN_PARENTS:
            continue
        children = _Children(link, several)
        wanted = {
            c: codec.to_numbers(data[parent][c]) for c, codec in theirs.items() if spec[c].type in _NUMBERS
        }
        found += children.totals(key, numbers, wanted)
        if key == readings.family:
            owners = len(np.unique(protection.entities[parent][several]))
            for column, value, unit in children.constants(free):
                values = numbers[column]
                least = protection.least(values, column)
                ends = limits(values, least, protection.entities[name])
                made = Total(key, SUM, column, None, value, unit, float(np.nanstd(values)), ends)
                found += [made] if owners >= least else []  # else it tells of a few
    return tuple(found)


@final
class _Children:
    """The rows of one key: a few parents are looked at first, all only where these agree.

    Shapes:
        link: (children,)
        several: (parents,) which have more than one child
    """

    def __init__(self, link: np.ndarray, several: np.ndarray) -> None:
        self.link, self.several = link, several
        self.some = np.zeros(len(several), dtype=bool)
        self.some[np.random.default_rng(0).permutation(np.flatnonzero(several))[:_PROBE]] = True
        self.theirs = np.flatnonzero((link >= 0) & self.some[link])

    def totals(
        self, key: str, numbers: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]
    ) -> list[Total]:
        """What the parents' columns are the totals of."""
        found, left, n = (
            [],
            {c: (known, tolerance(known)[0]) for c, known in wanted.items()},
            len(self.several),
        )
        forms: list[tuple[str, str | None, np.ndarray]] = [(COUNT, None, np.ones(len(self.link)))]
        forms += [(how, column, values) for column, values in numbers.items() for how in _HOWS]
        for how, column, values in forms if wanted else []:
            guess = total_of(how, values[self.theirs], self.link[self.theirs], n)
            likely = [other for other, known in left.items() if _equal(guess, *known, self.some, _LIKELY)]
            totals = total_of(how, values, self.link, n) if likely else guess
            for other in likely:
                if _equal(totals, *left[other], self.several, EXACT):
                    found.append(Total(key, how, column, other, scale=float(np.nanstd(values))))
                    del left[other]
        return found

    def constants(self, numbers: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
        """Columns that always come to one number, that number, and the columns' unit."""
        for column, values in numbers.items():
            if _constant(values[self.theirs], self.link[self.theirs], self.some, _LIKELY) is None:
                continue
            if (constant := _constant(values, self.link, self.several, EXACT)) is not None:
                yield column, *constant


def _equal(
    totals: np.ndarray, known: np.ndarray, slack: np.ndarray, several: np.ndarray, share: float
) -> bool:
    """Whether the totals are what the parents' column says, where there is more than one child."""
    there = several & ~np.isnan(totals) & ~np.isnan(known)
    if there.sum() < max(_MIN_PARENTS, share * (several & ~np.isnan(known)).sum()):
        return False
    if len(np.unique(known[there])) < 2:  # what is always the same follows from nothing
        return False
    return bool((np.abs(totals - known)[there] <= slack[there]).mean() >= share)


def _constant(
    values: np.ndarray, link: np.ndarray, several: np.ndarray, share: float
) -> tuple[float, float] | None:
    """The number that a column always comes to, if there is one, and the column's unit."""
    sums = total_of(SUM, values, link, len(several))
    there = several & ~np.isnan(sums)
    if there.sum() < _MIN_PARENTS or np.nanstd(values) == 0:
        return None
    size, unit = total_of(SUM, np.abs(values), link, len(several)), tolerance(values)[1]
    value = float(np.median(sums[there]))
    value = round(value / unit) * unit if unit else value
    agrees = (np.abs(sums - value)[there] <= 1e-9 * (1 + size[there])).mean() >= share
    return (value, unit) if agrees else None
