"""Whole numbers."""

# ruff: noqa: D102 - the methods are told in Codec and GridCodec

from collections.abc import Mapping
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.base import COLUMN_TYPES
from synth_models.columns.grid_codec import Form, GridCodec
from synth_models.columns.number_format import NumberFormat
from synth_models.columns.number_values import number_faults, number_likeness, read_numbers
from synth_models.columns.reading import Cells, decoded, native, read_integers


@COLUMN_TYPES.register("integer", "int")
@final
class IntegerCodec(GridCodec):
    """Whole numbers: numbers without decimals.

    Integers beyond 2 ** 53 are counted from near the least of them, and so exact, unless they lie more than
    2 ** 51 apart, which is a fault. Option: ``min_count`` (5).

    Example:
        >>> codec = IntegerCodec.fit(pd.Series([3, 8] * 20))
        >>> codec.decode(codec.encode(pd.Series([8, 3])), np.random.default_rng(0)).tolist()
        [8, 3]
    """

    options = ("min_count",)
    continuous = True
    form = NumberFormat

    @classmethod
    def name(cls) -> str:
        return "integer"

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return number_faults(values, whole=True)

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        return number_likeness(values, whole=True)

    @classmethod
    def read(cls, cells: Cells) -> pd.Series:
        cells = decoded(cells)
        return read_integers(cells) if pa.types.is_string(cells.type) else native(cells, whole=True)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        return pd.Series(read_numbers(values), dtype="float64")

    @classmethod
    def form_of(
        cls, values: pd.Series, options: Mapping[str, Any], least: int, entities: np.ndarray | None
    ) -> tuple[Form, int | None]:
        return NumberFormat.of(values, whole=True), 0
