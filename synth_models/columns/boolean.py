"""Two kinds of values."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import (
    COLUMN_TYPES,
    MIN_COUNT,
    Codec,
    as_dtype,
    check_options,
    checked_min_count,
    dtype_name,
    labels,
    nullable,
)
from synth_models.columns.reading import Cells, read_booleans

_FALSE = ("0", "0.0", "f", "false", "n", "no", "off")
_TRUE = ("1", "1.0", "t", "true", "y", "yes", "on")


@COLUMN_TYPES.register("boolean", "bool")
@final
class BooleanCodec(Codec):
    """True or false, in whatever two values the column writes them.

    Booleans, 0 and 1, and common words for yes and no are told apart by their meaning, other pairs by their
    order. Of such other words, those that fewer than ``min_count`` (option, 5) rows share are not stored:
    they come out as 'other'.

    Example:
        >>> codec = BooleanCodec.fit(pd.Series(["no", "yes", None] * 5))
        >>> codec.to_numbers(pd.Series(["yes", "no"])).tolist()
        [1.0, 0.0]
    """

    options = ("min_count",)

    sizes = (3,)
    ordered = (False,)

    def __init__(self, kinds: list[Any], dtype: str, seen: list[bool]) -> None:
        self._kinds, self._dtype, self._seen = kinds, dtype, seen

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        kinds = 0 if pd.api.types.is_bool_dtype(values) else values.dropna().nunique()
        return [f"it has {kinds} different values. Declare it categorical."] if kinds > 2 else []

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return read_booleans(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        texts = labels(values)
        words = {text: {0: "false", 1: "true"}.get(_side(text), text) for text in texts.dropna().unique()}
        return texts.map(words, na_action="ignore").astype(object).where(texts.notna(), None)

    @classmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        check_options("boolean", values, options, cls.options)
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        counts = values.astype(object).value_counts()
        found = {_side(value): _plain(value) for value in counts.index}
        if -1 in found or len(found) < len(counts):  # not telling words, or two of one side
            found = dict(enumerate(sorted(map(_plain, counts.index), key=str)))
        rows = {_plain(value): int(count) for value, count in counts.items()}
        stored = {
            side: value if _side(value) >= 0 or rows[value] >= min_count else "other"
            for side, value in found.items()
        }
        kinds = [stored.get(0, False), stored.get(1, True)]
        return cls(
            kinds, dtype_name(values), [bool(values.isna().any()) or not len(found), 0 in found, 1 in found]
        )

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        raw = values.astype(object)
        numbers = np.full(len(raw), np.nan)
        other = [kind for kind in self._kinds if kind != "other"]
        for number, kind in enumerate(self._kinds):
            same = raw.notna() & ~raw.isin(other) if kind == "other" else raw == kind
            numbers[same.to_numpy(dtype=bool)] = number
        return numbers

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        missing = np.isnan(numbers)
        place = np.where(missing, 2, numbers > 0.5).astype(np.int64)
        made = pd.Series(np.array([*self._kinds, None], dtype=object)[place], dtype=object)
        return as_dtype(made, nullable(self._dtype) if missing.any() else self._dtype)

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(numbers), 0, 1 + (np.nan_to_num(numbers) > 0.5)).astype(np.int64)[:, None]

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.array([np.nan, 0.0, 1.0])[tokens[:, 0]]

    def allowed(self) -> tuple[np.ndarray, ...]:
        return (np.array([self._seen]),)

    def state(self) -> dict[str, Any]:
        return {"kinds": list(self._kinds), "dtype": self._dtype, "seen": list(self._seen)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(state["kinds"], state["dtype"], state["seen"])


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _side(value: Any) -> int:
    word = str(value).strip().lower()
    return 1 if word in _TRUE else 0 if word in _FALSE else -1
