"""One of a set of values."""

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
    threshold,
)
from synth_models.columns.codebook import MAX_TWO, Codebook
from synth_models.columns.grid import NumberGrid
from synth_models.columns.vocabulary import Placeholders, Vocabulary, distinct
from synth_models.errors import SettingError


@COLUMN_TYPES.register("categorical", "category")
@final
class CategoricalCodec(Codec):
    """One of a set of values, the most frequent first, and one bucket for all the rare ones.

    Up to 400 values are one token, more are two (a run of about equally frequent ones, and which of the run).

    A value that fewer than ``min_count`` entities share is never stored, so it never comes out again. What
    the bucket decodes to depends on what there is: while it holds the smaller part of the rows, a frequent
    value drawn by frequency; else a made-up ``<column>_<number>``, or for numbers a number within the
    protected range of the rare ones.

    Options: ``min_count`` (5; 1 for values that are public, such as names of countries), ``max_categories``
    (16,384), ``ordered`` (False; the order of an ordered categorical dtype is kept without it).

    Example:
        >>> codec = CategoricalCodec.fit(pd.Series(["a"] * 70 + ["b"] * 50 + ["rare"], name="kind"))
        >>> codec.encode(pd.Series(["b", "rare", None])).ravel().tolist()
        [2, 3, 0]
    """

    options = ("min_count", "max_categories", "ordered")

    def __init__(
        self,
        vocabulary: Vocabulary,
        code: Codebook,
        missing: bool,
        rare: bool,
        stand_ins: Placeholders | NumberGrid | None,
        limits: tuple[int, int],
    ) -> None:
        self._vocabulary, self._code, self._stand_ins = vocabulary, code, stand_ins
        self._missing, self._rare = missing, rare
        self._limits = limits  # min_count, max_categories
        self.sizes = code.sizes
        self.ordered = (vocabulary.ordered,) * len(code.sizes)

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        return 0.3  # any value can be a category

    @classmethod
    def fit(
        cls, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None, **options: Any
    ) -> Self:
        check_options("categorical", values, options, cls.options)
        most = options.get("max_categories", MAX_TWO)
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MAX_TWO:
            raise SettingError(
                f"Column '{values.name}': max_categories must be a whole number from 1 to {MAX_TWO:,}, got "
                f"{most!r}. Mend it."
            )
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        least = threshold(values, min_count, seed)
        found = distinct(values)
        vocabulary = Vocabulary.of(values, least, most, bool(options.get("ordered", False)), entities, found)
        is_rare, given = vocabulary.places(found) == len(vocabulary), found[0] >= 0
        stand_ins = None
        if 2 * is_rare.sum() > given.sum():
            stand_ins = _stand_ins(values[is_rare], least, None if entities is None else entities[is_rare])
        return cls(
            vocabulary,
            Codebook.of(len(vocabulary)),
            bool((~given).any()) or not given.any(),
            bool(is_rare.any()),
            stand_ins,
            (min_count, most),
        )

    def grow(self, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None) -> Self:
        min_count, most = self._limits
        vocabulary = self._vocabulary.grow(values, threshold(values, min_count, seed), most, entities)
        places = vocabulary.find(values)
        return type(self)(
            vocabulary,
            self._code.grown(len(vocabulary)),
            self._missing or bool(np.isnan(places).any()),
            self._rare or bool((places == len(vocabulary)).any()),
            self._stand_ins,
            self._limits,
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
        return self._code.encode(np.asarray(numbers, dtype=np.float64))

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self._code.decode(tokens)

    def ranks(self) -> tuple[np.ndarray, ...]:
        return self._code.ranks(self._vocabulary.order)

    def allowed(self) -> tuple[np.ndarray, ...]:
        return self._code.allowed(self._missing, self._rare)

    def state(self) -> dict[str, Any]:
        stand_ins = self._stand_ins
        return {
            "vocabulary": self._vocabulary.state(),
            "code": self._code.state(),
            "missing": self._missing,
            "rare": self._rare,
            "placeholders": vars(stand_ins).copy() if isinstance(stand_ins, Placeholders) else None,
            "numbers": stand_ins.state() if isinstance(stand_ins, NumberGrid) else None,
            "limits": list(self._limits),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        stand_ins: Placeholders | NumberGrid | None = None
        if state["placeholders"] is not None:
            stand_ins = Placeholders(**state["placeholders"])
        elif state["numbers"] is not None:
            stand_ins = NumberGrid.from_state(state["numbers"])
        return cls(
            Vocabulary.from_state(state["vocabulary"]),
            Codebook(**state["code"]),
            state["missing"],
            state["rare"],
            stand_ins,
            (state["limits"][0], state["limits"][1]),
        )


def _stand_ins(rare: pd.Series, least: int, entities: np.ndarray | None) -> Placeholders | NumberGrid:
    codes, kinds = distinct(rare)
    if pd.api.types.infer_dtype(kinds) in ("integer", "floating", "mixed-integer-float"):
        numbers = np.array(kinds, dtype=np.float64)[codes]
        return NumberGrid.fit(numbers, min_count=least, entities=entities)
    return Placeholders.of("value" if rare.name is None else str(rare.name), rare)


def _numbers(grid: NumberGrid, size: int, rng: np.random.Generator) -> np.ndarray:
    numbers = grid.draw(size, rng)
    whole = grid.resolution.decimals == 0 and np.abs(numbers).max(initial=0) < 2**63
    return (numbers.astype(np.int64) if whole else numbers).astype(object)
