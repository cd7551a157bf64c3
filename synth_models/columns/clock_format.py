"""The outer form of times of day: dtype, strings, objects, and back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.dtypes import ColumnDtype, ungrouped
from synth_models.columns.time_patterns import CLOCKS, find_written, fraction_of, moments, print_texts

DAY = 86_400.0  # seconds
_MICRO = 1_000_000
_NANO = 1_000_000_000


@final
@dataclass(frozen=True)
class ClockFormat:
    """How the times of day of a column were written.

    Args:
        kind: ``dtype`` for a dtype of times, else what the values are: ``time`` objects or ``string``.
        dtype: The dtype.
        pattern: The strftime pattern of strings.
        fraction: Digits of a second that strings have.
    """

    kind: str
    dtype: ColumnDtype
    pattern: str = ""
    fraction: int = 0

    @classmethod
    def of(cls, values: pd.Series) -> "ClockFormat":
        """The format of a column."""
        dtype, values = ColumnDtype.of(values), ungrouped(values)
        if has_clocks(values):
            return cls("dtype", dtype)
        given = values.dropna()
        if len(given) and isinstance(given.iloc[0], dt.time):
            return cls("time", dtype)
        texts = given.astype(str).astype(object).drop_duplicates()
        pattern = find_written(texts, CLOCKS) or "%H:%M:%S"
        return cls("string", dtype, pattern, fraction_of(texts) if pattern.endswith("%f") else 0)

    @property
    def precision(self) -> float:
        """The relative error such numbers carry."""
        return 1e-11

    def with_decimals(self, decimals: int | None) -> "ClockFormat":
        """The same form: its digits are known."""
        return self

    def read(self, values: pd.Series) -> np.ndarray:
        """Seconds since midnight, float64, NaN where missing or no time of day."""
        values = ungrouped(values)
        if has_clocks(values):
            cells = pa.array(values).cast(pa.time64("ns")).cast(pa.int64())
            nanos = pd.Series(pd.arrays.ArrowExtensionArray(cells))
            return nanos.to_numpy(dtype=np.float64, na_value=np.nan) / _NANO
        codes, kinds = pd.factorize(values.astype(object))
        if not len(kinds):
            return np.full(len(values), np.nan)
        return np.where(codes < 0, np.nan, self._seconds(pd.Series(kinds, dtype=object))[codes])

    def _seconds(self, distinct: pd.Series) -> np.ndarray:
        texts = distinct.astype(str)
        made = moments(texts, self.pattern or "%H:%M:%S")
        for pattern in ("%H:%M:%S.%f", *CLOCKS):  # a column of objects, or one in another form
            other = np.flatnonzero(np.isnat(made))
            if not len(other):
                break
            made[other] = moments(texts.iloc[other], pattern)
        since = (made - made.astype("datetime64[D]")).astype(np.int64) / _MICRO
        return np.where(np.isnat(made), np.nan, since)

    def write(self, numbers: np.ndarray) -> pd.Series:
        """Seconds since midnight in this format; missing values where they are NaN."""
        missing = np.isnan(numbers)
        nanos = np.rint(np.where(missing, 0, numbers) * _NANO).astype(np.int64)
        nanos = np.clip(nanos, 0, int(DAY) * _NANO - 1)
        if self.kind == "dtype":
            cells = (
                pa.array(nanos, mask=missing)
                .cast(pa.time64("ns"))
                .cast(self.dtype.value.pyarrow_dtype, safe=False)
            )
            return pd.Series(pd.arrays.ArrowExtensionArray(cells))
        codes, kinds = pd.factorize(nanos)
        stamps = kinds.astype("datetime64[ns]").astype("datetime64[us]")
        if self.kind == "time":
            faces = pd.Series(pd.DatetimeIndex(stamps).time, dtype=object)
        else:
            faces = print_texts(stamps, self.pattern, self.fraction)
        return self.dtype.write(pd.Series(faces.to_numpy(dtype=object)[codes]).mask(missing, None))

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "dtype": self.dtype.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "ClockFormat":
        """The inverse of ``state``."""
        return cls(**{**state, "dtype": ColumnDtype.from_state(state["dtype"])})


def has_clocks(values: pd.Series) -> bool:
    """Whether the dtype is one of times of day."""
    return isinstance(values.dtype, pd.ArrowDtype) and pa.types.is_time(values.dtype.pyarrow_dtype)
