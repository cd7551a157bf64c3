"""The outer form of dates and times: dtype, time zone, strings, objects, and back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.errors import SettingError

_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y",
    "%Y%m%d", "%y%m%d", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%Y-%m", "%m/%d/%y", "%d/%m/%y", "%Y",
)  # fmt: skip
_CLOCKS = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_ISO = "ISO8601"
_SAMPLE = 1000
_MICRO = 1_000_000


@final
@dataclass(frozen=True)
class TimeFormat:
    """How the points in time of a column were written.

    Args:
        kind: ``dtype`` for a datetime dtype, else what the objects are: ``string``, ``number``, ``date``
            or ``datetime``.
        dtype: The name of the dtype.
        pattern: The strftime pattern of strings.
        fraction: Digits of a second that strings have.
        zone: The constant ending of strings that tells the time zone, such as ``Z`` or ``+02:00``.
        offset: The seconds that zone is ahead of UTC.
    """

    kind: str
    dtype: str
    pattern: str | None = None
    fraction: int = 0
    zone: str = ""
    offset: int = 0

    @classmethod
    def of(cls, values: pd.Series, pattern: str | None = None) -> "TimeFormat":
        """The format of a column; ``pattern`` is the strftime pattern of its strings if that is known.

        Raises:
            SettingError: If strings do not follow ``pattern``.
        """
        dtype = str(values.dtype)
        if isinstance(values.dtype, pd.CategoricalDtype):
            values, dtype = values.astype(values.dtype.categories.dtype), str(values.dtype.categories.dtype)
        if pd.api.types.is_datetime64_any_dtype(values):
            return cls("dtype", dtype)
        given = values.dropna()
        if pd.api.types.is_numeric_dtype(values):
            return _of_texts(_digits(given), "number", dtype, pattern)
        first = given.iloc[0] if len(given) else ""
        if isinstance(first, dt.datetime):
            return cls("datetime", dtype, zone="UTC" if first.tzinfo is not None else "")
        if isinstance(first, dt.date):
            return cls("date", dtype)
        return _of_texts(given.astype(str), "string", dtype, pattern)

    def read(self, values: pd.Series) -> np.ndarray:
        """Seconds since 1970 (UTC where there is a time zone), float64, NaN where missing."""
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(values.dtype.categories.dtype)
        if not pd.api.types.is_datetime64_any_dtype(values):
            values = self._parse(values)
        return _seconds(values)

    def _parse(self, values: pd.Series) -> pd.Series:
        if self.kind in ("date", "datetime", "dtype"):
            return pd.to_datetime(values, errors="coerce", utc=True, format="mixed")
        texts = _digits(values) if pd.api.types.is_numeric_dtype(values) else values
        codes, kinds = pd.factorize(texts)
        kinds = pd.Series(np.asarray(kinds, dtype=object)).astype(str)
        made = pd.to_datetime(
            kinds, errors="coerce", utc=True, format=(self.pattern or _ISO) + ("%z" if self.zone else "")
        )
        if made.isna().any():  # rows of another format than the fitted ones
            made = made.fillna(pd.to_datetime(kinds, errors="coerce", utc=True, format="mixed"))
        return (
            pd.Series(made.take(codes).where(codes >= 0).to_numpy())
            if len(made)
            else pd.Series(pd.NaT, index=values.index)
        )

    def write(self, seconds: np.ndarray) -> pd.Series:
        """Seconds since 1970 in this format; missing values where they are NaN."""
        missing = np.isnan(seconds)
        micros = np.rint(np.where(missing, 0, seconds) * _MICRO).astype(np.int64)
        stamps = micros.astype("datetime64[us]")
        if self.kind == "dtype":
            return self._write_dtype(np.where(missing, np.datetime64("NaT"), stamps))
        out = np.full(len(seconds), None, dtype=object)
        given = stamps[~missing]
        if self.kind == "date":
            out[~missing] = given.astype("datetime64[D]").astype(object)
        elif self.kind == "datetime":
            moments = given.astype(object)
            out[~missing] = [m.replace(tzinfo=dt.UTC) for m in moments] if self.zone else moments
        else:
            out[~missing] = self._texts(given + np.timedelta64(self.offset, "s"))
        if self.kind == "number":
            return _whole(out, self.dtype)
        return pd.Series(out, dtype=self.dtype)

    def _write_dtype(self, stamps: np.ndarray) -> pd.Series:
        made = pd.Series(stamps)
        dtype = pd.api.types.pandas_dtype(self.dtype)
        if isinstance(dtype, pd.DatetimeTZDtype):
            return made.dt.tz_localize("UTC").astype(dtype)
        return made.astype(dtype)

    def _texts(self, stamps: np.ndarray) -> np.ndarray:
        codes, kinds = pd.factorize(stamps)
        if self.pattern is None:
            unit = "s" if not self.fraction else "us"
            texts = np.datetime_as_string(np.asarray(kinds).astype(f"datetime64[{unit}]"))
            texts = pd.Series(texts, dtype=object)
        else:
            texts = pd.Series(pd.DatetimeIndex(kinds).strftime(self.pattern), dtype=object)
        if self.fraction and self.fraction < 6:
            texts = texts.str.slice(stop=self.fraction - 6)
        return (texts + self.zone).to_numpy(dtype=object)[codes] if len(texts) else np.zeros(0, dtype=object)

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "TimeFormat":
        """The inverse of ``state``."""
        return cls(**state)


def _seconds(values: pd.Series) -> np.ndarray:
    if "pyarrow" in str(values.dtype):
        values = pd.Series(pd.to_datetime(values.astype(object), utc=True))
    if values.dt.tz is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    stamps = values.to_numpy(dtype="datetime64[us]")
    seconds = stamps.astype(np.int64) / _MICRO
    return np.where(np.isnat(stamps), np.nan, seconds)


def _of_texts(texts: pd.Series, kind: str, dtype: str, pattern: str | None) -> TimeFormat:
    kinds = texts.drop_duplicates()
    zone, offset = _zone(kinds)
    bare = kinds.str.slice(stop=-len(zone)) if zone else kinds
    patterns = [pattern] if pattern else _candidates()
    sample = bare.iloc[:: max(len(bare) // _SAMPLE, 1)]
    for candidate in patterns:
        if _fits(sample, candidate) and _fits(bare, candidate):
            fraction = (
                int(bare.str.extract(r"\.(\d+)$", expand=False).str.len().max())
                if candidate.endswith("%f")
                else 0
            )
            return TimeFormat(kind, dtype, candidate, min(fraction, 6), zone, offset)
    if pattern:
        raise SettingError(
            f"Column '{texts.name}': not all of its values follow the format {pattern!r} of its options. Mend the format."
        )
    fraction = bare.str.extract(r"\.(\d+)$", expand=False).str.len().max()
    return TimeFormat(kind, dtype, None, 0 if np.isnan(fraction) else min(int(fraction), 6), zone, offset)


def _candidates() -> list[str]:
    return [
        *_DATES,
        *(f"{date}{gap}{clock}" for clock in _CLOCKS for date in _DATES[:12] for gap in (" ", "T")),
    ]


def _fits(texts: pd.Series, pattern: str) -> bool:
    if not len(texts):
        return pattern == _DATES[0]
    made = pd.to_datetime(texts.iloc[:1], format=pattern, errors="coerce")
    if made.isna().any():
        return False
    made = pd.to_datetime(texts, format=pattern, errors="coerce")
    if made.isna().any():
        return False
    return pattern.endswith("%f") or bool((made.dt.strftime(pattern) == texts).all())


def _zone(texts: pd.Series) -> tuple[str, int]:
    """The ending that all texts share and that names a time zone, and its seconds ahead of UTC."""
    ends = texts.str.extract(r"\d(Z|[+-]\d\d:?\d\d)$", expand=False)
    if not len(ends) or ends.isna().any() or ends.nunique() != 1 or not texts.str.contains(":").all():
        return "", 0
    zone = str(ends.iloc[0])
    if zone == "Z":
        return zone, 0
    digits = zone[1:].replace(":", "")
    return zone, (1 if zone[0] == "+" else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)


def _digits(values: pd.Series) -> pd.Series:
    return values.astype("Int64").astype("string").astype(object).where(values.notna(), None)


def _whole(texts: np.ndarray, dtype: str) -> pd.Series:
    made = pd.Series(pd.to_numeric(pd.Series(texts, dtype=object)), dtype="Float64")
    if made.isna().any() and dtype.startswith(("int", "uint")):
        return made.astype("Int64")
    return made.astype(dtype)
