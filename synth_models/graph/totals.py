"""What the rows of a table add up to: columns of their parents (an order's total), or one number (zero)."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec
from synth_models.data.relational import RelationalData
from synth_models.graph.protection import Protection, limits
from synth_models.graph.rules import EXACT, tolerance

SUM, COUNT = "sum", "count"
_HOWS = (SUM, "max", "min", "mean")
_NUMBERS = {"integer", "numeric"}
_MIN_PARENTS = 30


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
    grouped = pd.Series(numbers[there]).groupby(link[there])
    return grouped.agg(how).reindex(np.arange(parents)).to_numpy(dtype=np.float64)


def owed(total: Total, target: np.ndarray, so_far: np.ndarray, left: np.ndarray) -> np.ndarray:
    """What is still missing of a sum, per sibling that is left, in standard deviations; and the share of one.

    A row that knows this can see to it that a family adds up.

    Args:
        total: Which sum.
        target: What it must come to; NaN if that is not known.
        so_far: The sum of the earlier siblings.
        left: How many siblings are left, this one included.

    Shapes:
        each: (rows,)
        returns: (rows, 2)
    """
    missing = np.nan_to_num((target - so_far) / left / (total.scale or 1.0))
    return np.stack([missing, 1.0 / left], axis=1).astype(np.float32)


def find_totals(
    data: RelationalData,
    name: str,
    family: str | None,
    codecs: Mapping[str, Codec],
    parents: Mapping[str, tuple[str, Mapping[str, Codec]]],
    fixed: Collection[str],
    protection: Protection,
) -> tuple[Total, ...]:
    """What the rows of a table come to, exactly, for all parents.

    Args:
        data: All tables.
        name: The table.
        family: Its family key.
        codecs: Of its columns.
        parents: Per foreign key the parent and the codecs of those of its columns that are drawn.
        fixed: The columns of the table that other numbers depend on, or that follow from others.
        protection: What a number that all families come to is protected by, and the ends of its column.
    """
    table, frame = data.schema.tables[name], data[name]
    numbers = {c: codecs[c].to_numbers(frame[c]) for c in codecs if table.columns[c].type in _NUMBERS}
    found: list[Total] = []
    for key, (parent, theirs) in parents.items():
        link, n = data.links[name, key], len(data[parent])
        several = np.bincount(link[link >= 0], minlength=n) > 1
        if several.sum() < _MIN_PARENTS:
            continue
        spec = data.schema.tables[parent].columns
        wanted = {
            c: codec.to_numbers(data[parent][c]) for c, codec in theirs.items() if spec[c].type in _NUMBERS
        }
        forms = [(COUNT, None, np.ones(len(frame)))]
        forms += [(how, column, values) for column, values in numbers.items() for how in _HOWS]
        for how, column, values in forms:
            found_here = total_of(how, values, link, n)
            for other, known in list(wanted.items()):
                if _equal(found_here, known, several):
                    found.append(Total(key, how, column, other, scale=float(np.nanstd(values))))
                    del wanted[other]
        if key == family:
            free = {column: values for column, values in numbers.items() if column not in fixed}
            owners = len(np.unique(protection.entities[parent][several]))
            for column, value, unit in _constants(free, link, several):
                values, least = numbers[column], protection.least(numbers[column], column)
                ends = limits(values, least, protection.entities[name])
                made = Total(key, SUM, column, None, value, unit, float(np.nanstd(values)), ends)
                found += [made] if owners >= least else []  # else it tells of a few
    return tuple(found)


def _equal(totals: np.ndarray, known: np.ndarray, several: np.ndarray) -> bool:
    """Whether the totals are what the parents' column says, where there is more than one child."""
    there = several & ~np.isnan(totals) & ~np.isnan(known)
    if there.sum() < max(_MIN_PARENTS, EXACT * (several & ~np.isnan(known)).sum()):
        return False
    if len(np.unique(known[there])) < 2:  # what is always the same follows from nothing
        return False
    return bool((np.abs(totals - known)[there] <= tolerance(known)[0][there]).mean() >= EXACT)


def _constants(
    numbers: Mapping[str, np.ndarray], link: np.ndarray, several: np.ndarray
) -> list[tuple[str, float, float]]:
    """Columns that always come to one number, that number, and the columns' unit."""
    found = []
    for column, values in numbers.items():
        sums, unit = total_of(SUM, values, link, len(several)), tolerance(values)[1]
        there = several & ~np.isnan(sums)
        if there.sum() < _MIN_PARENTS or np.nanstd(values) == 0:
            continue
        size = total_of(SUM, np.abs(values), link, len(several))
        value = float(np.median(sums[there]))
        value = round(value / unit) * unit if unit else value
        if (np.abs(sums - value)[there] <= 1e-9 * (1 + size[there])).mean() >= EXACT:
            found.append((column, value, unit))
    return found
