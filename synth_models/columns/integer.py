"""Whole numbers."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, Codec, check_options
from synth_models.columns.numeric import NumericCodec


@COLUMN_TYPES.register("integer")
@final
class IntegerCodec(Codec):
    """Whole numbers: numbers without decimals.

    Integers beyond 2 ** 53 are rounded to what a float64 can hold. Option: ``min_count`` (5).

    Example:
        >>> codec = IntegerCodec.fit(pd.Series([3, 8] * 5))
        >>> codec.decode(codec.encode(pd.Series([8, 3])), np.random.default_rng(0)).tolist()
        [8, 3]
    """

    continuous = True

    def __init__(self, numbers: NumericCodec) -> None:
        self._numbers = numbers
        self.sizes, self.ordered = numbers.sizes, numbers.ordered

    @classmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        check_options("integer", values, options, ("min_count",))
        return cls(NumericCodec.fit(values, seed=seed, decimals=0, **options))

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        return self._numbers.to_numbers(values)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        return self._numbers.from_numbers(numbers, rng)

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        return self._numbers.encode_numbers(numbers)

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self._numbers.decode_numbers(tokens, rng)

    def allowed(self) -> tuple[np.ndarray, ...]:
        return self._numbers.allowed()

    def state(self) -> dict[str, Any]:
        return self._numbers.state()

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(NumericCodec.from_state(state))
