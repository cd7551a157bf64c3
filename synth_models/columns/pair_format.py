"""The outer form of pairs of coordinates: texts, tuples, lists, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from synth_models.columns.decimals import Resolution
from synth_models.columns.dtypes import ColumnDtype, ungrouped
from synth_models.columns.morton import interleave, separate
from synth_models.columns.pair_values import read_pairs, text_parts
from synth_models.columns.support import entity_count, entity_ends

_COARSE = 10.0  # the sides of a box around so few points that it may tell no more
_MAX_DECIMALS = 15
_SAMPLE = 50_000
_USUAL = ("", ", ", "")


@final
@dataclass(frozen=True)
class PairFormat:
    """How the pairs of a column were written, and the box that they lie in.

    Args:
        kind: What the values are: ``string``, ``tuple`` or ``list``.
        dtype: The dtype.
        low: The corner of the box where both numbers are least.
        high: The opposite corner.
        decimals: Of both numbers; None for as many as it takes.
        around: What texts have before, between and behind the numbers.
        fixed: Whether the numbers in texts always have so many decimals.
    """

    kind: str
    dtype: ColumnDtype
    low: tuple[float, float]
    high: tuple[float, float]
    decimals: int | None
    around: tuple[str, str, str] = _USUAL
    fixed: bool = False

    @classmethod
    def of(cls, values: pd.Series, least: int, entities: np.ndarray | None) -> "PairFormat":
        """The format of a column.

        Args:
            values: The column.
            least: How many entities the corners of the box must be shared by.
            entities: (rows,) whose row it is; None for every row its own.
        """
        dtype, values = ColumnDtype.of(values), ungrouped(values)
        pairs = read_pairs(values)
        box = np.array([_side(axis, least, entities) for axis in pairs.T])
        given = values.dropna()
        first = given.iloc[0] if len(given) else ""
        if isinstance(first, str):
            around, decimals, fixed = _template(given)
        else:
            around, fixed = _USUAL, False
            decimals = Resolution.of(np.unique(pairs[~np.isnan(pairs)])).decimals
        kind = "string" if isinstance(first, str) else "tuple" if isinstance(first, tuple) else "list"
        if decimals is not None:
            box = np.round(box, decimals)
        low, high = ((float(a), float(b)) for a, b in box.T)
        return cls(kind, dtype, low, high, decimals, around, fixed)

    @property
    def precision(self) -> float:
        """The relative error such numbers carry."""
        return 1e-11

    def with_decimals(self, decimals: int | None) -> "PairFormat":
        """The same form: its decimals are known."""
        return self

    @property
    def _size(self) -> np.ndarray:
        size = np.subtract(self.high, self.low)
        return np.where(size > 0, size, 1.0)

    def read(self, values: pd.Series) -> np.ndarray:
        """Places on the curve through the box, NaN where missing or no pair; the border for points beyond."""
        return interleave((read_pairs(values) - self.low) / self._size)

    def write(self, numbers: np.ndarray) -> pd.Series:
        """Places on the curve in this format; missing values where they are NaN."""
        pairs = np.clip(self.low + separate(numbers) * self._size, self.low, self.high)
        pairs = pairs if self.decimals is None else np.round(pairs, self.decimals) + 0.0
        missing = np.isnan(numbers)
        made = np.full(len(numbers), None, dtype=object)
        given = np.flatnonzero(~missing)
        if self.kind == "string":
            made[given] = self._texts(pairs[given])
        else:
            faces = map(tuple, pairs[given].tolist()) if self.kind == "tuple" else pairs[given].tolist()
            made[given] = pd.Series(list(faces), dtype=object)
        return self.dtype.write(pd.Series(made, dtype=object))

    def _texts(self, pairs: np.ndarray) -> np.ndarray:
        before, between, behind = self.around
        if self.decimals is None:
            first, second = pairs.T.astype(str)
        else:
            first, second = np.char.mod(f"%.{self.decimals}f", pairs.T)
        if not self.fixed and self.decimals:
            first, second = (np.char.rstrip(np.char.rstrip(part, "0"), ".") for part in (first, second))
        texts: Any = before
        for part in (first, between, second, behind):
            texts = np.char.add(texts, part)
        return texts.astype(object)

    def state(self) -> dict[str, Any]:
        """Plain data."""
        lists = {name: list(getattr(self, name)) for name in ("low", "high", "around")}
        return {**vars(self), **lists, "dtype": self.dtype.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "PairFormat":
        """The inverse of ``state``."""
        tuples = {name: tuple(state[name]) for name in ("low", "high", "around")}
        return cls(**{**state, **tuples, "dtype": ColumnDtype.from_state(state["dtype"])})


def _side(axis: np.ndarray, least: int, entities: np.ndarray | None) -> tuple[float, float]:
    """From where to where the box goes along an axis."""
    if np.isnan(axis).all():
        return 0.0, 0.0
    low, high = entity_ends(axis, least, entities)
    if entity_count(axis, entities) < least:
        low = np.floor(low / _COARSE) * _COARSE
        high = low + _COARSE
    return low, high


def _template(texts: pd.Series) -> tuple[tuple[str, str, str], int | None, bool]:
    """What is around the numbers, if always the same; their decimals, and whether always so many."""
    parts = text_parts(texts.iloc[:: max(len(texts) // _SAMPLE, 1)].astype(str)).drop_null()
    if not len(parts):
        return _USUAL, 0, False
    found = [pc.struct_field(parts, name).unique().to_pylist() for name in ("before", "between", "behind")]
    before, between, behind = found
    around = _USUAL if max(map(len, found)) > 1 else (before[0], between[0], behind[0])
    numbers = pd.concat([pc.struct_field(parts, name).to_pandas() for name in ("first", "second")])
    if numbers.str.contains("e", case=False, regex=False).any():
        return around, None, False
    point = numbers.str.find(".")
    digits = np.where(point < 0, 0, numbers.str.len() - point - 1)
    return around, min(int(digits.max()), _MAX_DECIMALS), bool((digits == digits[0]).all())
