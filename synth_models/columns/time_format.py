"""The outer form of dates and times: dtype, time zone, strings, objects, and back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import as_dtype, dtype_name
from synth_models.columns.time_patterns import find_pattern, parse, print_texts

_MICRO = 1_000_000


@final
@dataclass(frozen=True)
class TimeFormat:
    """How the points in time of a column were written.

    Args:
        kind: ``dtype`` for a datetime dtype, else what the values are: ``string``, ``number`` (such as
            20240131), ``date`` or ``datetime`` objects.
        dtype: The name of the dtype.
        pattern: The strftime pattern of strings.
        fraction: Digits of a second that strings have, 0 to 6.
        zone: The ending of strings that tells the time zone, such as ``Z`` or ``+02:00``; of objects, whether
            they have one.
        offset: The seconds that zone is ahead of UTC.
    """

    kind: str
    dtype: str
    pattern: str = ""
    fraction: int = 0
    zone: str = ""
    offset: int = 0

    @classmethod
    def of(cls, values: pd.Series, pattern: str | None = None) -> "TimeFormat":
        """The format of a column; ``pattern`` is the strftime pattern of its strings if that is known.

        Raises:
            SettingError: If strings do not follow ``pattern``.
        """
        values = _bare(values)
        dtype = dtype_name(values)
        if pd.api.types.is_datetime64_any_dtype(values):
            return cls("dtype", dtype)
        given = values.dropna()
        first = given.iloc[0] if len(given) else ""
        if isinstance(first, dt.datetime):
            return cls("datetime", dtype, zone="UTC" if first.tzinfo is not None else "")
        if isinstance(first, dt.date):
            return cls("date", dtype)
        numeric = pd.api.types.is_numeric_dtype(values)
        texts = _digits(given) if numeric else given.astype(str)
        found = find_pattern(texts.drop_duplicates(), pattern, str(values.name))
        return cls("number" if numeric else "string", dtype, *found)

    def read(self, values: pd.Series) -> np.ndarray:
        """Seconds since 1970 (UTC where there is a time zone), float64, NaN where missing."""
        values = _bare(values)
        if pd.api.types.is_datetime64_any_dtype(values):
            return _seconds(values)
        texts = _digits(values) if pd.api.types.is_numeric_dtype(values) else values
        codes, kinds = pd.factorize(texts.astype(object))
        if not len(kinds):
            return np.full(len(values), np.nan)
        distinct = pd.Series(kinds, dtype=object)
        if self.pattern and not pd.api.types.is_datetime64_any_dtype(values):
            made = parse(distinct.astype(str), self.pattern, bool(self.zone))
        else:
            made = pd.to_datetime(distinct, errors="coerce", utc=True, format="mixed")
        return np.where(codes < 0, np.nan, _seconds(made)[codes])

    def write(self, seconds: np.ndarray) -> pd.Series:
        """Seconds since 1970 in this format; missing values where they are NaN."""
        missing = np.isnan(seconds)
        stamps = np.rint(np.where(missing, 0, seconds) * _MICRO).astype(np.int64).astype("datetime64[us]")
        if self.kind == "dtype":
            return self._write_dtype(np.where(missing, np.datetime64("NaT"), stamps))
        out = np.full(len(seconds), None, dtype=object)
        out[~missing] = self._objects(stamps[~missing])
        if self.kind == "number":
            return _whole(out, self.dtype)
        return pd.Series(out, dtype=self.dtype)

    def _write_dtype(self, stamps: np.ndarray) -> pd.Series:
        dtype = pd.api.types.pandas_dtype(self.dtype)
        index = pd.DatetimeIndex(stamps)
        return as_dtype(
            pd.Series(index.tz_localize("UTC") if isinstance(dtype, pd.DatetimeTZDtype) else index), dtype
        )

    def _objects(self, stamps: np.ndarray) -> Any:
        if self.kind == "date":
            return stamps.astype("datetime64[D]").astype(object)
        if self.kind == "datetime":
            moments = stamps.astype(object)
            return [moment.replace(tzinfo=dt.UTC) for moment in moments] if self.zone else moments
        codes, kinds = pd.factorize(stamps + np.timedelta64(self.offset, "s"))
        texts = print_texts(np.asarray(kinds), self.pattern or "%Y-%m-%d", self.fraction) + self.zone
        return texts.to_numpy(dtype=object)[codes]

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "TimeFormat":
        """The inverse of ``state``."""
        return cls(**state)


def _bare(values: pd.Series) -> pd.Series:
    dtype = values.dtype
    return values.astype(dtype.categories.dtype) if isinstance(dtype, pd.CategoricalDtype) else values


def _seconds(values: pd.Series) -> np.ndarray:
    if not isinstance(values.dtype, (np.dtype, pd.DatetimeTZDtype)):  # Arrow
        values = pd.Series(pd.to_datetime(values.astype(object), utc=True))
    index = pd.DatetimeIndex(values)
    stamps = index.to_numpy(dtype="datetime64[us]") if index.tz is None else index.tz_convert(None).to_numpy()
    stamps = stamps.astype("datetime64[us]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / _MICRO)


def _digits(values: pd.Series) -> pd.Series:
    return values.astype("Int64").astype("string").astype(object).where(values.notna(), None)


def _whole(texts: np.ndarray, dtype: str) -> pd.Series:
    numbers = pd.Series(pd.to_numeric(pd.Series(texts, dtype=object)), dtype="Int64")
    if numbers.isna().any() and dtype.startswith(("int", "uint")):
        return numbers
    return as_dtype(numbers.astype("float64") if dtype.startswith("float") else numbers, dtype)


def time_faults(values: pd.Series) -> list[str]:
    """Why the values are no points in time, for ``Codec.faults``."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return []
    given = values.notna()
    times = pd.to_datetime(values, errors="coerce", format="mixed", utc=True)
    bad = int((times.isna() & given).sum())
    if not bad:
        return []
    return [f"{bad} of {int(given.sum())} values are not dates. Mend them, or declare it categorical."]


def seconds(values: pd.Series) -> pd.Series:
    """Points in time as seconds since 1970 (in UTC), float64, NaN where there is none. Shapes: (rows,)."""
    if not pd.api.types.is_datetime64_any_dtype(values):
        values = pd.to_datetime(values, errors="coerce", format="mixed", utc=True)
    return pd.Series(_seconds(values), dtype="float64")
