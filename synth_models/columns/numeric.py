"""Numbers with any decimals."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns import reading
from synth_models.columns.base import COLUMN_TYPES, MIN_COUNT, Codec, Kind, check_options, checked_min_count
from synth_models.columns.decimals import MAX_DECIMALS
from synth_models.columns.grid import NumberGrid
from synth_models.columns.number_format import NumberFormat, number_faults, read_numbers
from synth_models.columns.reading import Cells
from synth_models.errors import SettingError


@COLUMN_TYPES.register("numeric", "float", "numerical", "number", "decimal", "latitude", "longitude")
@final
class NumericCodec(Codec):
    """Numbers, written with the decimals and dtype of the fitted column, within its (protected) range.

    Options: ``decimals`` (0 to 10; detected by default) and ``min_count`` (5), the rows that must share a
    value before it may be stored.

    Example:
        >>> codec = NumericCodec.fit(pd.Series([1.25, 2.5, None] * 5))
        >>> codec.decode(codec.encode(pd.Series([2.5, None])), np.random.default_rng(0)).tolist()
        [2.5, nan]
    """

    options = ("decimals", "min_count")
    kind = Kind.NUMBER

    continuous = True

    def __init__(self, grid: NumberGrid, form: NumberFormat) -> None:
        self.grid, self._form = grid, form
        self.sizes, self.ordered = grid.sizes, grid.ordered

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return number_faults(values)

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return reading.read_numbers(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        return pd.Series(read_numbers(values), dtype="float64")

    @classmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        check_options("numeric", values, options, cls.options)
        decimals = options.get("decimals")
        if isinstance(decimals, bool) or decimals not in (None, *range(MAX_DECIMALS + 1)):
            raise SettingError(
                f"Column '{values.name}': decimals must be between 0 and 10, got {decimals!r}. Mend it."
            )
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        precision = NumberFormat.of(values, None).precision
        grid = NumberGrid.fit(
            read_numbers(values), decimals=decimals, min_count=min_count, precision=precision
        )
        return cls(grid, NumberFormat.of(values, grid.resolution.decimals))

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        return read_numbers(values)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        return self._form.write(self.grid.tidy(numbers))

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        return self.grid.encode(numbers)

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.grid.decode(tokens, rng)

    def allowed(self) -> tuple[np.ndarray, ...]:
        return self.grid.allowed()

    def state(self) -> dict[str, Any]:
        return {"grid": self.grid.state(), "form": self._form.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(NumberGrid.from_state(state["grid"]), NumberFormat.from_state(state["form"]))
