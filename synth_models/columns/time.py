"""Times of day."""

# ruff: noqa: D102 - the methods are told in Codec and GridCodec

import datetime as dt
from collections.abc import Mapping
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES
from synth_models.columns.clock_format import ClockFormat, has_clocks
from synth_models.columns.dtypes import ungrouped
from synth_models.columns.grid_codec import Form, GridCodec
from synth_models.columns.reading import Cells, read_texts
from synth_models.columns.samples import read_faults, sample_of


@COLUMN_TYPES.register("time", "time_of_day")
@final
class TimeCodec(GridCodec):
    """Times of day, as ``datetime.time`` objects, Arrow times, or texts such as ``08:30`` or ``8:30 PM``.

    Numbers are seconds since midnight. Option: ``min_count`` (5).

    Example:
        >>> codec = TimeCodec.fit(pd.Series(["08:30", "17:00", None] * 10))
        >>> codec.decode(codec.encode(pd.Series(["17:00"])), np.random.default_rng(0)).tolist()
        ['17:00']
    """

    options = ("min_count",)
    continuous = True
    form = ClockFormat

    @classmethod
    def name(cls) -> str:
        return "time"

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return read_faults(values, ClockFormat.of(values).read(values), "times of day")

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        sample = sample_of(ungrouped(values))
        if not len(sample) or not (has_clocks(sample) or isinstance(sample.iloc[0], (str, dt.time))):
            return 0.0
        return 0.0 if cls.faults(sample) else 0.95

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return read_texts(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        return pd.Series(ClockFormat.of(values).read(values), dtype="float64")

    @classmethod
    def form_of(
        cls, values: pd.Series, options: Mapping[str, Any], least: int, entities: np.ndarray | None
    ) -> tuple[Form, int | None]:
        return ClockFormat.of(values), None
