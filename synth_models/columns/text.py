"""Free text, for now as categories: no text is written."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, Codec, Kind, check_options
from synth_models.columns.categorical import CategoricalCodec


@COLUMN_TYPES.register("text", "string")
@final
class TextCodec(Codec):
    """Text, treated as a category: texts that many rows share are learned, all others are not.

    No text is generated. A column of mostly unique texts comes out as ``<column>_<number>`` placeholders, so
    that no text of the original ever appears. Options: ``min_count`` (5), ``max_categories`` (400).

    Example:
        >>> codec = TextCodec.fit(pd.Series(["one of a kind", "another"], name="note"))
        >>> sorted(codec.decode(np.array([[1], [1]]), np.random.default_rng(0)))
        ['note_1', 'note_2']
    """

    options = ("min_count", "max_categories")
    kind = Kind.TEXT

    def __init__(self, categories: CategoricalCodec) -> None:
        self._categories = categories
        self.sizes, self.ordered = categories.sizes, categories.ordered

    @classmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        check_options("text", values, options, cls.options)
        return cls(CategoricalCodec.fit(values, seed=seed, **options))

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        return self._categories.to_numbers(values)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        return self._categories.from_numbers(numbers, rng)

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        return self._categories.encode_numbers(numbers)

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self._categories.decode_numbers(tokens, rng)

    def allowed(self) -> tuple[np.ndarray, ...]:
        return self._categories.allowed()

    def state(self) -> dict[str, Any]:
        return self._categories.state()

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(CategoricalCodec.from_state(state))
