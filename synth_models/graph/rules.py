"""Rules by which the number of a column is computed from other numbers. Plain data, kept in checkpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.decimals import Resolution

LINEAR, PRODUCT, RATIO, SIGNED, LOOKUP = "linear", "product", "ratio", "signed", "lookup"
EXACT = 0.999
"""The share of rows in which a relation must hold to be taken as a rule."""
MISSING = -np.inf
"""How a table of values writes 'missing': NaN equals nothing and has no order."""
_MONTHS = 12


@final
@dataclass(frozen=True)
class Operand:
    """A number that a rule reads: of a column of the row itself, of its previous sibling or of a parent.

    Args:
        column: The column.
        key: The foreign key to the parent whose column it is; None for the row itself.
        previous: Whether it is the column of the sibling before.
        start: What counts as that of the first sibling: a number, a column of the family parent, or None.
        part: Which part of a moment it is (see ``part_of``); None for the number itself.
        seconds: For a part: how many seconds one of the column's numbers stands for.
        levels: For a category: the number that each stands for, in the order of the vocabulary.
    """

    column: str
    key: str | None = None
    previous: bool = False
    start: float | str | None = None
    part: str | None = None
    seconds: float = 1.0
    levels: tuple[float, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is of the row itself."""
        return self.key is None and not self.previous

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """What the rule reads of the column's numbers. Shapes: (rows,)."""
        if self.levels:
            place = np.nan_to_num(numbers, nan=len(self.levels)).astype(np.int64)
            return np.array([*self.levels, np.nan])[np.minimum(place, len(self.levels))]
        return numbers if self.part is None else part_of(numbers * self.seconds, self.part)


@final
@dataclass(frozen=True)
class Rule:
    """How the number of a column is computed.

    ``linear``: the weighted sum of the operands and a constant; ``product`` and ``ratio`` of two;
    ``signed``: the first plus the second times what the table has for the third; ``lookup``: what the table
    has for the only operand.

    Args:
        kind: One of these.
        operands: What it is computed from.
        weights: For ``linear``: one per operand, and the constant.
        keys, values: The table, keys rising; -inf stands for missing. Shapes: (pairs,)
    """

    kind: str
    operands: tuple[Operand, ...]
    weights: tuple[float, ...] = ()
    keys: np.ndarray | None = None
    values: np.ndarray | None = None

    def compute(self, numbers: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """For which rows the rule knows the number, and the number, NaN where it is missing.

        Args:
            numbers: Per operand. Shapes: each (rows,)

        Returns:
            (rows,) bool, (rows,) float64
        """
        if self.kind == LOOKUP:
            return self._find(numbers[0])
        with np.errstate(all="ignore"):
            result = self._result(numbers)
        known = np.isfinite(result)
        return known, np.where(known, result, np.nan)

    def _result(self, numbers: Sequence[np.ndarray]) -> np.ndarray:
        if self.kind == LINEAR:
            terms = [w * x for w, x in zip(self.weights[:-1], numbers, strict=True)]
            return sum(terms, np.full(len(numbers[0]), self.weights[-1]))
        if self.kind == PRODUCT:
            return numbers[0] * numbers[1]
        if self.kind == RATIO:
            return numbers[0] / numbers[1]
        known, signs = self._find(numbers[2])
        return np.where(known, numbers[0] + signs * numbers[1], np.nan)

    def _find(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert self.keys is not None
        assert self.values is not None
        wanted = visible(numbers)
        if not len(self.keys):
            return np.zeros(len(wanted), dtype=bool), np.full(len(wanted), np.nan)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        known = self.keys[at] == wanted
        found = self.values[at]
        return known, np.where(known & (found != MISSING), found, np.nan)

    def state(self) -> dict[str, Any]:
        """Plain data and tensors; ``from_state`` is the inverse."""
        return {
            "kind": self.kind,
            "operands": [{**vars(operand), "levels": list(operand.levels)} for operand in self.operands],
            "weights": list(self.weights),
            "keys": None if self.keys is None else to_tensor(self.keys),
            "values": None if self.values is None else to_tensor(self.values),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Rule":
        """The inverse of ``state``."""
        return cls(
            state["kind"],
            tuple(Operand(**{**o, "levels": tuple(o["levels"])}) for o in state["operands"]),
            tuple(state["weights"]),
            None if state["keys"] is None else to_array(state["keys"]),
            None if state["values"] is None else to_array(state["values"]),
        )


def visible(numbers: np.ndarray) -> np.ndarray:
    """Numbers with -inf where they are missing, so that missing ones are equal. Shapes: (rows,)."""
    return np.where(np.isnan(numbers), MISSING, numbers + 0.0)


def part_of(seconds: np.ndarray, part: str) -> np.ndarray:
    """A part of moments (seconds since 1970): year, quarter, month, week, yearday, day, weekday, hour, minute
    or date. Shapes: (rows,).
    """
    given = np.nan_to_num(seconds)
    moment = np.floor(given).astype("datetime64[s]")
    day, month, year = (moment.astype(f"datetime64[{unit}]") for unit in "DMY")
    days = day.astype(np.int64)
    if part in ("hour", "minute"):
        minutes = np.floor(given / 60).astype(np.int64)
        found = minutes // 60 % 24 if part == "hour" else minutes % 60
    elif part == "weekday":
        found = (days + 3) % 7
    elif part == "week":  # of the year that its Thursday is in, as ISO 8601 counts
        thursday = (days - (days + 3) % 7 + 3).astype("datetime64[D]")
        found = (thursday - thursday.astype("datetime64[Y]").astype("datetime64[D]")).astype(
            np.int64
        ) // 7 + 1
    else:
        of_year = month.astype(np.int64) % _MONTHS
        found = {
            "year": year.astype(np.int64) + 1970,
            "quarter": of_year // 3 + 1,
            "month": of_year + 1,
            "yearday": (day - year.astype("datetime64[D]")).astype(np.int64) + 1,
            "day": (day - month.astype("datetime64[D]")).astype(np.int64) + 1,
            "date": days,
        }[part]
    return np.where(np.isnan(seconds), np.nan, found.astype(np.float64))


DATE_PARTS = ("year", "quarter", "month", "week", "yearday", "day", "weekday")
TIME_PARTS = ("hour", "minute")


def depends_on(rules: Sequence[Rule]) -> set[str]:
    """The columns of the same row that rules read."""
    return {operand.column for rule in rules for operand in rule.operands if operand.own}


def apply(
    rules: Sequence[Rule], numbers: Mapping[Operand, np.ndarray], n: int
) -> tuple[np.ndarray, np.ndarray]:
    """What the first rule that knows it says of each of ``n`` rows; see ``Rule.compute``."""
    known, values = np.zeros(n, dtype=bool), np.full(n, np.nan)
    for rule in rules:
        found, computed = rule.compute([numbers[operand] for operand in rule.operands])
        values = np.where(known, values, computed)
        known = known | found
    return known, values


def tolerance(numbers: np.ndarray) -> tuple[np.ndarray, float]:
    """How far from each number its computed value may be, and the least distance of two numbers.

    Half a unit of their decimals: what is computed is rounded to these.
    """
    given = np.unique(numbers[~np.isnan(numbers)])
    decimals = Resolution.of(given).decimals
    unit = 0.0 if decimals is None else 10.0**-decimals
    return 0.5 * unit * (1 + 1e-6) + 1e-9 * np.abs(np.nan_to_num(numbers)), unit
