"""One of a set of values."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, MIN_COUNT, Codec, check_options, checked_min_count
from synth_models.columns.grid import NumberGrid
from synth_models.columns.number_format import read_numbers
from synth_models.columns.vocabulary import Placeholders, Vocabulary, plain
from synth_models.errors import SettingError

MAX_CATEGORIES = 400


@COLUMN_TYPES.register("categorical", "category")
@final
class CategoricalCodec(Codec):
    """One of a set of values, the most frequent first, and one bucket for all the rare ones.

    A value that fewer than ``min_count`` rows share is never stored, so it never comes out again. What the
    bucket decodes to depends on what there is: while it holds the smaller part of the rows, a frequent value
    drawn by frequency; else a made-up ``<column>_<number>``, or for numbers a number within the protected
    range of the rare ones.

    Options: ``min_count`` (5; 1 for values that are public, such as names of countries), ``max_categories``
    (400), ``ordered`` (False; the order of an ordered categorical dtype is kept without it).

    Example:
        >>> codec = CategoricalCodec.fit(pd.Series(["a"] * 7 + ["b"] * 5 + ["rare"], name="kind"))
        >>> codec.encode(pd.Series(["b", "rare", None])).ravel().tolist()
        [2, 3, 0]
    """

    options = ("min_count", "max_categories", "ordered")

    def __init__(
        self, vocabulary: Vocabulary, missing: bool, rare: bool, stand_ins: Placeholders | NumberGrid | None
    ) -> None:
        self._vocabulary, self._missing, self._rare, self._stand_ins = vocabulary, missing, rare, stand_ins
        self.sizes = (len(vocabulary) + 2,)
        self.ordered = (vocabulary.ordered,)

    @classmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        check_options("categorical", values, options, cls.options)
        most = options.get("max_categories", MAX_CATEGORIES)
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise SettingError(
                f"Column '{values.name}': max_categories must be a whole number of at least 1, got {most!r}. "
                f"Mend it."
            )
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        vocabulary = Vocabulary.of(values, min_count, most, bool(options.get("ordered", False)))
        rare = values[vocabulary.find(values) == len(vocabulary)]
        stand_ins = None
        if 2 * len(rare) > values.notna().sum():
            stand_ins = _stand_ins(rare, min_count)
        return cls(
            vocabulary, bool(values.isna().any()) or not values.notna().any(), len(rare) > 0, stand_ins
        )

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        return self._vocabulary.find(values)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        numbers = np.asarray(numbers, dtype=np.float64)
        known = np.array([*self._vocabulary.values, None, None], dtype=object)
        place = np.where(np.isnan(numbers), len(self._vocabulary) + 1, numbers).astype(np.int64)
        made = known[np.clip(place, 0, len(known) - 1)]
        rare = np.flatnonzero(place == len(self._vocabulary))
        if len(rare):
            made[rare] = self._draw(len(rare), rng)
        return self._vocabulary.write(made)

    def _draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        if isinstance(self._stand_ins, Placeholders):
            return self._stand_ins.draw(size, rng)
        if self._stand_ins is not None:
            return _numbers(self._stand_ins, size, rng)
        if not len(self._vocabulary):
            return np.full(size, None, dtype=object)
        frequent = np.array([*self._vocabulary.values, None], dtype=object)
        return frequent[rng.choice(len(self._vocabulary), size, p=self._vocabulary.weights)]

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        place = np.clip(np.nan_to_num(numbers), 0, len(self._vocabulary)).astype(np.int64)
        return np.where(np.isnan(numbers), 0, 1 + place)[:, None]

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.where(tokens[:, 0] == 0, np.nan, tokens[:, 0] - 1.0)

    def allowed(self) -> tuple[np.ndarray, ...]:
        return (np.array([[self._missing, *[True] * len(self._vocabulary), self._rare]]),)

    def state(self) -> dict[str, Any]:
        stand_ins = self._stand_ins
        return {
            "vocabulary": self._vocabulary.state(),
            "missing": self._missing,
            "rare": self._rare,
            "placeholders": vars(stand_ins).copy() if isinstance(stand_ins, Placeholders) else None,
            "numbers": stand_ins.state() if isinstance(stand_ins, NumberGrid) else None,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        stand_ins: Placeholders | NumberGrid | None = None
        if state["placeholders"] is not None:
            stand_ins = Placeholders(**state["placeholders"])
        elif state["numbers"] is not None:
            stand_ins = NumberGrid.from_state(state["numbers"])
        return cls(Vocabulary.from_state(state["vocabulary"]), state["missing"], state["rare"], stand_ins)


def _stand_ins(rare: pd.Series, min_count: int) -> Placeholders | NumberGrid:
    if pd.api.types.infer_dtype(plain(rare)) in ("integer", "floating", "mixed-integer-float"):
        return NumberGrid.fit(read_numbers(rare), min_count=min_count)
    return Placeholders.of("value" if rare.name is None else str(rare.name), rare)


def _numbers(grid: NumberGrid, size: int, rng: np.random.Generator) -> np.ndarray:
    numbers = grid.draw(size, rng)
    return (numbers.astype(np.int64) if grid.resolution.decimals == 0 else numbers).astype(object)
