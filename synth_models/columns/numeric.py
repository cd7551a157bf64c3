"""Numbers with any decimals."""

# ruff: noqa: D102 - the methods are told in Codec and GridCodec

from collections.abc import Mapping
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns import reading
from synth_models.columns.base import COLUMN_TYPES
from synth_models.columns.decimals import MAX_DECIMALS
from synth_models.columns.grid_codec import Form, GridCodec
from synth_models.columns.number_format import NumberFormat
from synth_models.columns.number_values import number_faults, number_likeness, read_numbers
from synth_models.columns.reading import Cells
from synth_models.errors import SettingError


@COLUMN_TYPES.register("numeric", "float", "numerical", "number", "decimal", "latitude", "longitude")
@final
class NumericCodec(GridCodec):
    """Numbers, written with the decimals and dtype of the fitted column, within its (protected) range.

    They are as exact as a float64. Options: ``decimals`` (0 to 10; detected by default) and ``min_count``
    (5), the entities that must share a value before it may be stored.

    Example:
        >>> codec = NumericCodec.fit(pd.Series([1.25, 2.5, None] * 20))
        >>> codec.decode(codec.encode(pd.Series([2.5, None])), np.random.default_rng(0)).tolist()
        [2.5, nan]
    """

    options = ("decimals", "min_count")
    continuous = True
    form = NumberFormat

    @classmethod
    def name(cls) -> str:
        return "numeric"

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return number_faults(values)

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        return number_likeness(values)

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return reading.read_numbers(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        return pd.Series(read_numbers(values), dtype="float64")

    @classmethod
    def form_of(
        cls, values: pd.Series, options: Mapping[str, Any], least: int, entities: np.ndarray | None
    ) -> tuple[Form, int | None]:
        decimals = options.get("decimals")
        if isinstance(decimals, bool) or decimals not in (None, *range(MAX_DECIMALS + 1)):
            raise SettingError(
                f"Column '{values.name}': decimals must be between 0 and 10, got {decimals!r}. Mend it."
            )
        return NumberFormat.of(values), decimals
