"""The outer form of lengths of time: dtype, strings, objects, and back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.dtypes import ColumnDtype, ungrouped
from synth_models.columns.duration_texts import STYLES, parse_durations, style_of

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_MOST = 2.0**63 - 1024  # the largest float below the bound of int64


@final
@dataclass(frozen=True)
class DurationFormat:
    """How the lengths of time of a column were written.

    Args:
        kind: ``dtype`` for a dtype of lengths of time, else what the values are: ``timedelta`` objects or
            ``string``.
        dtype: The dtype.
        style: Of strings, one of ``STYLES``.
        fraction: Digits of a second that strings have.
    """

    kind: str
    dtype: ColumnDtype
    style: str = "days"
    fraction: int = 0

    @classmethod
    def of(cls, values: pd.Series) -> "DurationFormat":
        """The format of a column."""
        dtype, values = ColumnDtype.of(values), ungrouped(values)
        if has_durations(values):
            return cls("dtype", dtype)
        given = values.dropna()
        if len(given) and isinstance(given.iloc[0], dt.timedelta):
            return cls("timedelta", dtype)
        return cls("string", dtype, *style_of(given.astype(str).astype(object).drop_duplicates()))

    @property
    def precision(self) -> float:
        """The relative error such numbers carry."""
        return 1e-11

    def with_decimals(self, decimals: int | None) -> "DurationFormat":
        """The same form: its digits are known."""
        return self

    def read(self, values: pd.Series) -> np.ndarray:
        """Seconds, float64, NaN where missing or no length of time."""
        values = ungrouped(values)
        if has_durations(values):
            missing = values.isna().to_numpy(dtype=bool)
            unit, counts = _counts(values)
            return np.where(missing, np.nan, counts / _PER_SECOND[unit])
        codes, kinds = pd.factorize(values.astype(object))
        if not len(kinds):
            return np.full(len(values), np.nan)
        distinct = pd.Series(kinds, dtype=object)
        is_text = np.array([isinstance(value, str) for value in kinds], dtype=bool)
        made = np.full(len(distinct), np.nan)
        made[is_text] = parse_durations(distinct[is_text])
        made[~is_text] = [
            value.total_seconds() if isinstance(value, dt.timedelta) else np.nan
            for value in distinct[~is_text]
        ]
        return np.where(codes < 0, np.nan, made[codes])

    def write(self, numbers: np.ndarray) -> pd.Series:
        """Seconds in this format; missing values where they are NaN."""
        missing = np.isnan(numbers)
        seconds = np.where(missing, 0, numbers)
        if self.kind == "dtype":
            return self._write_dtype(seconds, missing)
        made = np.full(len(numbers), None, dtype=object)
        codes, kinds = pd.factorize(_whole(seconds[~missing], "us" if self.kind == "timedelta" else "ns"))
        if self.kind == "timedelta":
            faces = kinds.astype("timedelta64[us]").astype(object)
        else:
            faces = STYLES[self.style](kinds, self.fraction).astype(object)
        made[~missing] = faces[codes]
        return self.dtype.write(pd.Series(made, dtype=object))

    def _write_dtype(self, seconds: np.ndarray, missing: np.ndarray) -> pd.Series:
        dtype = self.dtype.value
        unit = _unit(dtype)
        counts = _whole(seconds, unit)
        if isinstance(dtype, pd.ArrowDtype):
            cells = pa.array(counts, mask=missing).cast(dtype.pyarrow_dtype)
            return self.dtype.write(pd.Series(pd.arrays.ArrowExtensionArray(cells)))
        made = np.where(missing, np.timedelta64("NaT"), counts.astype(f"timedelta64[{unit}]"))
        return self.dtype.write(pd.Series(made))

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "dtype": self.dtype.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "DurationFormat":
        """The inverse of ``state``."""
        return cls(**{**state, "dtype": ColumnDtype.from_state(state["dtype"])})


def has_durations(values: pd.Series) -> bool:
    """Whether the dtype is one of lengths of time."""
    dtype = values.dtype
    if isinstance(dtype, pd.ArrowDtype):
        return pa.types.is_duration(dtype.pyarrow_dtype)
    return pd.api.types.is_timedelta64_dtype(dtype)


def _counts(values: pd.Series) -> tuple[str, np.ndarray]:
    """The unit of a column of lengths of time, and how many of it each is; anything where missing."""
    unit = _unit(values.dtype)
    if isinstance(values.dtype, pd.ArrowDtype):
        cells = pa.array(values).cast(pa.int64())
        return unit, pd.Series(pd.arrays.ArrowExtensionArray(cells)).to_numpy(dtype=np.int64, na_value=0)
    return unit, values.to_numpy().astype(np.int64)


def _unit(dtype: Any) -> str:
    if isinstance(dtype, pd.ArrowDtype):
        kind: Any = dtype.pyarrow_dtype
        return str(kind.unit)
    return str(np.datetime_data(dtype)[0])


def _whole(seconds: np.ndarray, unit: str) -> np.ndarray:
    return np.clip(np.rint(seconds * float(_PER_SECOND[unit])), -_MOST, _MOST).astype(np.int64)
