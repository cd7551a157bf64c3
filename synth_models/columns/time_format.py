"""The outer form of dates and times: dtype, time zone, strings, objects, and back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.decimals import MAX_EXACT
from synth_models.columns.dtypes import ColumnDtype, ungrouped
from synth_models.columns.number_values import read_numbers
from synth_models.columns.samples import read_faults, sample_of
from synth_models.columns.time_patterns import find_pattern, moments, print_texts
from synth_models.columns.zones import local_moments, moment_zone, object_zone, utc_moments, zone_of

_MICRO = 1_000_000
_MOST_NANOS = 2.0**63 / 1e9 - 1  # seconds


@final
@dataclass(frozen=True)
class TimeFormat:
    """How the points in time of a column were written.

    Args:
        kind: ``dtype`` for a date or datetime dtype, else what the values are: ``string``, ``number`` (such
            as 20240131), ``date``, ``datetime`` or ``timestamp`` objects.
        dtype: The dtype.
        pattern: The strftime pattern of strings.
        fraction: Digits of a second that strings have.
        ending: What strings end with to tell the time zone, such as ``Z`` or ``+02:00``.
        zone: The name of the time zone; empty without one.
    """

    kind: str
    dtype: ColumnDtype
    pattern: str = ""
    fraction: int = 0
    ending: str = ""
    zone: str = ""

    @classmethod
    def of(cls, values: pd.Series, pattern: str | None = None) -> "TimeFormat":
        """The format of a column; ``pattern`` is the strftime pattern of its strings if that is known.

        Raises:
            SettingError: If strings do not follow ``pattern``.
        """
        dtype, values = ColumnDtype.of(values), ungrouped(values)
        if has_moments(values):
            return cls("dtype", dtype, zone=moment_zone(values.dtype))
        given = values.dropna()
        first = given.iloc[0] if len(given) else ""
        if isinstance(first, dt.datetime):
            kind = "timestamp" if isinstance(first, pd.Timestamp) else "datetime"
            return cls(kind, dtype, zone=object_zone(given))
        if isinstance(first, dt.date):
            return cls("date", dtype)
        numeric = pd.api.types.is_numeric_dtype(values) or isinstance(first, (int, float))
        texts = _digits(given).dropna() if numeric else given.astype(str)
        found = find_pattern(texts.astype(object).drop_duplicates(), pattern, str(values.name))
        return cls("number" if numeric else "string", dtype, *found)

    def read(self, values: pd.Series) -> np.ndarray:
        """Seconds since 1970 (UTC where there is a time zone), float64, NaN where missing."""
        values = ungrouped(values)
        if has_moments(values):
            return _seconds(_micros(values))
        texts = _digits(values) if self.kind == "number" or pd.api.types.is_numeric_dtype(values) else values
        codes, kinds = pd.factorize(texts.astype(object))
        if not len(kinds):
            return np.full(len(values), np.nan)
        return np.where(codes < 0, np.nan, _seconds(self._moments(pd.Series(kinds, dtype=object)))[codes])

    def _moments(self, distinct: pd.Series) -> np.ndarray:
        if not self.pattern:
            return moments(distinct)
        texts = distinct.astype(str)
        if self.ending:
            texts = texts.str.replace(r" (Z|[+-]\d\d:?\d\d)$", r"\1", regex=True)
        made = moments(texts, self.pattern + ("%z" if self.ending else ""))
        other = np.flatnonzero(np.isnat(made))
        if len(other):  # read as well as can be
            made[other] = moments(texts.iloc[other])
        return made

    def local(self, seconds: np.ndarray) -> np.ndarray:
        """What a clock in the column's time zone shows at these moments. Shapes: (rows,) -> (rows,)."""
        return _seconds(local_moments(_stamps(seconds), self.zone)) if self.zone else seconds

    def utc(self, seconds: np.ndarray) -> np.ndarray:
        """The inverse of ``local``; the later of two moments when the clock shows the same."""
        return _seconds(utc_moments(_stamps(seconds), self.zone)) if self.zone else seconds

    def write(self, seconds: np.ndarray) -> pd.Series:
        """Seconds since 1970 in this format; missing values where they are NaN."""
        if "[ns" in self.dtype.name:  # the years 1678 to 2262 only
            seconds = np.clip(seconds, -_MOST_NANOS, _MOST_NANOS)
        stamps = _stamps(seconds)
        if self.kind == "dtype":
            index = pd.DatetimeIndex(stamps)
            return self.dtype.write(pd.Series(index.tz_localize("UTC") if self.zone else index))
        missing = np.isnat(stamps)
        out = np.full(len(seconds), None, dtype=object)
        out[~missing] = self._objects(stamps[~missing])
        if self.kind == "number":
            return self.dtype.write(pd.Series(pd.to_numeric(pd.Series(out, dtype=object)), dtype="Int64"))
        return self.dtype.write(pd.Series(out, dtype=object))

    def _objects(self, stamps: np.ndarray) -> Any:
        if self.kind == "date":
            return stamps.astype("datetime64[D]").astype(object)
        if self.kind in ("datetime", "timestamp"):
            index = pd.DatetimeIndex(stamps)
            if self.zone:
                index = index.tz_localize("UTC").tz_convert(zone_of(self.zone))
            return index.to_pydatetime() if self.kind == "datetime" else index.astype(object)
        codes, kinds = pd.factorize(local_moments(stamps, self.zone))
        texts = print_texts(np.asarray(kinds), self.pattern or "%Y-%m-%d", self.fraction) + self.ending
        return texts.to_numpy(dtype=object)[codes]

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "dtype": self.dtype.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "TimeFormat":
        """The inverse of ``state``."""
        return cls(**{**state, "dtype": ColumnDtype.from_state(state["dtype"])})


def has_moments(values: pd.Series) -> bool:
    """Whether the dtype is one of dates or datetimes."""
    dtype = values.dtype
    if isinstance(dtype, pd.ArrowDtype):
        return pa.types.is_timestamp(dtype.pyarrow_dtype) or pa.types.is_date(dtype.pyarrow_dtype)
    return pd.api.types.is_datetime64_any_dtype(dtype)


def time_faults(values: pd.Series) -> list[str]:
    """Why the values are no points in time, for ``Codec.faults``."""
    if has_moments(ungrouped(values)):
        return []
    return read_faults(values, TimeFormat.of(values).read(values), "dates")


def time_likeness(values: pd.Series, *, whole_days: bool) -> float:
    """How much the values look like points in time, or like days, for ``Codec.likeness``.

    Moments by dtype or as objects, and texts in one of the usual forms (digits alone are none of them).
    """
    sample = sample_of(ungrouped(values))
    if not len(sample) or (pd.api.types.is_numeric_dtype(sample) and not has_moments(sample)):
        return 0.0
    if not has_moments(sample):
        if not isinstance(sample.iloc[0], (str, dt.date)):
            return 0.0
        if sample.astype(str).str.fullmatch(r"[-+.\d]*\d{5,}|[-+]?\d*\.?\d*").any() or time_faults(sample):
            return 0.0
    form = TimeFormat.of(sample)
    days = (form.local(form.read(sample)) % 86_400 == 0).all()
    return 0.95 if days == whole_days else 0.9 if days else 0.0


def seconds(values: pd.Series) -> pd.Series:
    """Points in time as seconds since 1970 (in UTC), float64, NaN where there is none. Shapes: (rows,)."""
    return pd.Series(TimeFormat.of(values).read(values), dtype="float64")


def _stamps(seconds: np.ndarray) -> np.ndarray:
    missing = np.isnan(seconds)
    stamps = np.rint(np.where(missing, 0, seconds) * _MICRO).astype(np.int64).astype("datetime64[us]")
    return np.where(missing, np.datetime64("NaT"), stamps)


def _seconds(stamps: np.ndarray) -> np.ndarray:
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / _MICRO)


def _micros(values: pd.Series) -> np.ndarray:
    """A column of moments as datetime64[us], in UTC."""
    if isinstance(values.dtype, pd.ArrowDtype):
        cells = pa.array(values).cast(pa.timestamp("us"), safe=False)
        return cells.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    index = pd.DatetimeIndex(values)
    return (index if index.tz is None else index.tz_convert(None)).to_numpy().astype("datetime64[us]")


def _digits(values: pd.Series) -> pd.Series:
    """Whole numbers as texts, all else missing."""
    numbers = pd.Series(read_numbers(values), index=values.index)
    whole = numbers.where((numbers % 1 == 0) & (numbers.abs() < MAX_EXACT)).astype("Int64")
    return whole.astype("string").astype(object).where(whole.notna(), None)
