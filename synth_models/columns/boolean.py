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
    check_options,
    checked_min_count,
    labels,
    threshold,
)
from synth_models.columns.dtypes import ColumnDtype, ungrouped
from synth_models.columns.reading import Cells, read_booleans
from synth_models.columns.support import Support

_FALSE = ("0", "0.0", "f", "false", "n", "no", "off")
_TRUE = ("1", "1.0", "t", "true", "y", "yes", "on")


@COLUMN_TYPES.register("boolean", "bool")
@final
class BooleanCodec(Codec):
    """True or false, in whatever two values the column writes them.

    Booleans, 0 and 1, and common words for yes and no are told apart by their meaning, other pairs by their
    order. Of such other words, those that fewer than ``min_count`` (option, 5) entities share are not stored:
    they come out as 'other'.

    Example:
        >>> codec = BooleanCodec.fit(pd.Series(["no", "yes", None] * 5))
        >>> codec.to_numbers(pd.Series(["yes", "no"])).tolist()
        [1.0, 0.0]
    """

    options = ("min_count",)

    sizes = (3,)
    ordered = (False,)

    def __init__(self, kinds: list[Any], dtype: ColumnDtype, seen: list[bool], min_count: int) -> None:
        self._kinds, self._dtype, self._seen, self._min_count = kinds, dtype, seen, min_count

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        if pd.api.types.is_bool_dtype(values):
            return []
        kinds = pd.factorize(values.astype(object))[1]
        if len(kinds) > 2:
            return [f"it has {len(kinds)} different values. Declare it categorical."]
        if len(kinds) == 1 and _side(kinds[0]) < 0:
            return ["its only value is no word for true or false. Declare it categorical."]
        return []

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        plain = ungrouped(values)
        if pd.api.types.is_bool_dtype(plain.dtype):
            return 1.0
        kinds = plain.dropna().astype(object).unique()
        telling = {_side(kind) for kind in kinds} == {0, 1}
        words = all(isinstance(kind, (str, bool, np.bool_)) for kind in kinds)
        return 0.9 if len(kinds) == 2 and telling and words else 0.0

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return read_booleans(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        texts = labels(values)
        words = {text: {0: "false", 1: "true"}.get(_side(text), text) for text in texts.dropna().unique()}
        return texts.map(words, na_action="ignore").astype(object).where(texts.notna(), None)

    @classmethod
    def fit(
        cls, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None, **options: Any
    ) -> Self:
        check_options("boolean", values, options, cls.options)
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        kinds = pd.factorize(values.astype(object))[1]
        found = {_side(value): _plain(value) for value in kinds}
        if -1 in found or len(found) < len(kinds):  # not telling words, or two of one side
            found = dict(enumerate(sorted(map(_plain, kinds), key=str)))
        known = _frequent(values, threshold(values, min_count, seed), entities)
        stored = {
            side: value if _side(value) >= 0 or value in known else "other" for side, value in found.items()
        }
        kinds = [stored.get(0, False), stored.get(1, True)]
        seen = [bool(values.isna().any()) or not len(found), 0 in found, 1 in found]
        return cls(kinds, ColumnDtype.of(values), seen, min_count)

    def grow(self, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None) -> Self:
        known = _frequent(values, threshold(values, self._min_count, seed), entities)
        kinds, seen = list(self._kinds), [self._seen[0] or bool(values.isna().any()), *self._seen[1:]]
        for value in sorted(map(_plain, values.dropna().unique()), key=str):
            side, free = _side(value), [place for place in (0, 1) if not seen[1 + place]]
            if value in kinds and seen[1 + kinds.index(value)]:
                continue
            place = side if side in free else free[0] if free else None
            if place is not None:
                kinds[place] = value if side >= 0 or value in known else "other"
                seen[1 + place] = True
        return type(self)(kinds, self._dtype, seen, self._min_count)

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
        made = np.array([*self._faces, None], dtype=object)[place]
        return self._dtype.write(pd.Series(made, dtype=object))

    @property
    def _faces(self) -> list[Any]:
        """The kinds, with a number in the place of a rare one that must not be told."""
        if not pd.api.types.is_numeric_dtype(self._dtype.value):
            return self._kinds
        free = [number for number in (0, 1, 2) if number not in self._kinds]
        return [free.pop(0) if kind == "other" else kind for kind in self._kinds]

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(numbers), 0, 1 + (np.nan_to_num(numbers) > 0.5)).astype(np.int64)[:, None]

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.array([np.nan, 0.0, 1.0])[tokens[:, 0]]

    def allowed(self) -> tuple[np.ndarray, ...]:
        return (np.array([self._seen]),)

    def state(self) -> dict[str, Any]:
        return {
            "kinds": list(self._kinds),
            "dtype": self._dtype.state(),
            "seen": list(self._seen),
            "min_count": self._min_count,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(state["kinds"], ColumnDtype.from_state(state["dtype"]), state["seen"], state["min_count"])


def _frequent(values: pd.Series, least: int, entities: np.ndarray | None) -> set[Any]:
    place, kinds = pd.factorize(values.astype(object))
    given = place >= 0
    support = Support.of(place[given], len(kinds), None if entities is None else np.asarray(entities)[given])
    return {_plain(kind) for kind, count in zip(kinds, support.each, strict=True) if count >= least}


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _side(value: Any) -> int:
    word = str(value).strip().lower()
    return 1 if word in _TRUE else 0 if word in _FALSE else -1
