"""Whole numbers."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.base import COLUMN_TYPES, Codec, Kind, check_options
from synth_models.columns.number_format import number_faults, read_numbers
from synth_models.columns.numeric import NumericCodec
from synth_models.columns.reading import Cells, decoded, native, read_integers


@COLUMN_TYPES.register("integer", "int")
@final
class IntegerCodec(Codec):
    """Whole numbers: numbers without decimals.

    Integers beyond 2 ** 53 are rounded to what a float64 can hold. Option: ``min_count`` (5).

    Example:
        >>> codec = IntegerCodec.fit(pd.Series([3, 8] * 5))
        >>> codec.decode(codec.encode(pd.Series([8, 3])), np.random.default_rng(0)).tolist()
        [8, 3]
    """

    options = ("min_count",)
    kind = Kind.NUMBER

    continuous = True

    def __init__(self, numbers: NumericCodec) -> None:
        self._numbers = numbers
        self.sizes, self.ordered = numbers.sizes, numbers.ordered

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return number_faults(values, whole=True)

    @classmethod
    def read(cls, cells: Cells) -> pd.Series:
        cells = decoded(cells)
        return read_integers(cells) if pa.types.is_string(cells.type) else native(cells, whole=True)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        return pd.Series(read_numbers(values), dtype="float64")

    @classmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        check_options("integer", values, options, cls.options)
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
