"""Lengths of time."""

# ruff: noqa: D102 - the methods are told in Codec and GridCodec

import datetime as dt
from collections.abc import Mapping
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES
from synth_models.columns.dtypes import ungrouped
from synth_models.columns.duration_format import DurationFormat, has_durations
from synth_models.columns.grid_codec import Form, GridCodec
from synth_models.columns.reading import Cells, read_texts
from synth_models.columns.samples import read_faults, sample_of


@COLUMN_TYPES.register("duration", "timedelta", "interval")
@final
class DurationCodec(GridCodec):
    """Lengths of time: timedeltas of any unit, Arrow durations, or texts.

    Texts are ``26:03:04``, ``1 days 02:03:04``, ``1 day, 2:03:04`` or ISO 8601 (``PT26H3M4S``, ``P1DT2H``).
    Numbers are seconds. Option: ``min_count`` (5).

    Example:
        >>> codec = DurationCodec.fit(pd.Series(["PT3H", "PT45M"] * 10))
        >>> codec.decode(codec.encode(pd.Series(["PT45M"])), np.random.default_rng(0)).tolist()
        ['PT45M']
    """

    options = ("min_count",)
    continuous = True
    form = DurationFormat

    @classmethod
    def name(cls) -> str:
        return "duration"

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return read_faults(values, DurationFormat.of(values).read(values), "lengths of time")

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        sample = sample_of(ungrouped(values))
        if not len(sample) or not (has_durations(sample) or isinstance(sample.iloc[0], (str, dt.timedelta))):
            return 0.0
        return 0.0 if cls.faults(sample) else 0.9  # texts such as 08:30:00 are rather times of day

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return read_texts(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        return pd.Series(DurationFormat.of(values).read(values), dtype="float64")

    @classmethod
    def form_of(
        cls, values: pd.Series, options: Mapping[str, Any], least: int, entities: np.ndarray | None
    ) -> tuple[Form, int | None]:
        return DurationFormat.of(values), None
