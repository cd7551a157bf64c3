"""The strftime patterns of dates and times in strings."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from synth_models.errors import SettingError

_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y%m%d",
)  # fmt: skip
_MORE_DATES = (
    "%y%m%d", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d.%m.%y", "%m/%d/%y",
    "%d/%m/%y", "%Y-%m", "%Y/%m", "%m/%Y", "%Y",
)  # fmt: skip
CLOCKS = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_SAMPLE = 500
_ZONE = r"(?<=\d) ?(?:Z|[+-]\d\d:?\d\d)$"
_MONTH = r"(?:\d{1,2}|[A-Za-z]{3,})"
_DATED = rf"\d{{4}}|{_MONTH}[^\da-zA-Z:]+{_MONTH}[^\da-zA-Z:]+\d\d(?![\d:])"
_FRACTION = r"\.(\d+)$"


def find_pattern(texts: pd.Series, pattern: str | None, column: str) -> tuple[str, int, str, str]:
    """Pattern, digits of the second, ending for the time zone, its name.

    Args:
        texts: Distinct strings, none missing.
        pattern: The pattern, if it is known.
        column: The name of the column, for errors.

    Raises:
        SettingError: If not all strings follow a known ``pattern``.
    """
    zone, name = _zone(texts)
    bare = texts.str.replace(_ZONE, "", regex=True) if zone else texts
    found = find_written(bare, [pattern] if pattern else _candidates(), known=pattern is not None)
    if found:
        return found, fraction_of(bare) if found.endswith("%f") else 0, zone, name
    if pattern:
        raise SettingError(
            f"Column '{column}': not all of its values follow the format {pattern!r} of its options. "
            f"Mend the format, or leave it out to have it detected."
        )
    fraction = fraction_of(bare)
    gap = "T" if len(bare) and bare.str.contains("T", regex=False).all() else " "
    return f"%Y-%m-%d{gap}%H:%M:%S" + (".%f" if fraction else ""), fraction, zone, name


def find_written(texts: pd.Series, patterns: Iterable[str], *, known: bool = False) -> str | None:
    """The first of the patterns, or the same without leading zeros, that writes these distinct strings.

    Args:
        texts: Distinct strings, none missing.
        patterns: What to try.
        known: Whether it is enough that the strings can be read by the pattern.
    """
    sample = texts.iloc[:: max(len(texts) // _SAMPLE, 1)]
    for pattern in patterns:
        found = _fit(sample, pattern, known)
        if found and not np.isnat(moments(texts, pattern)).any():
            return found
    return None


def moments(values: pd.Series, pattern: str | None = None) -> np.ndarray:
    """Strings, dates and datetimes as UTC moments of any year from 1 to 9999; NaT for those that are none.

    Args:
        values: Objects, none missing.
        pattern: What strings follow; None for any usual one.

    Shapes:
        returns: (rows,) datetime64[us]
    """
    form = (pattern or "mixed").replace("%-", "%")
    known = values.map(lambda value: isinstance(value, (str, dt.date, np.datetime64)))
    if pattern is None:  # what lacks the year or the day would be of today
        known &= values.astype(str).str.contains(_DATED, regex=True)
    values = values.where(known, None)
    made = _utc(pd.to_datetime(values, errors="coerce", utc=True, format=form))
    failed = np.flatnonzero(np.isnat(made))
    if len(failed):  # pandas reads the years 1678 to 2262 only
        made[failed] = [_far(value, form) for value in values.iloc[failed]]
    return made


def _utc(values: pd.Series) -> np.ndarray:
    return values.dt.tz_localize(None).to_numpy().astype("datetime64[us]")


def _far(value: Any, form: str) -> np.datetime64:
    try:
        if isinstance(value, str):
            value = dt.datetime.fromisoformat(value) if form == "mixed" else dt.datetime.strptime(value, form)
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        return np.datetime64(value, "us")
    except (ValueError, TypeError, OverflowError):
        return np.datetime64("NaT", "us")


def print_texts(stamps: np.ndarray, pattern: str, fraction: int) -> pd.Series:
    """Timestamps without a zone as strings."""
    if not len(stamps):
        return pd.Series([], dtype=object)
    if pattern in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):  # a hundred times faster than strftime
        texts = np.datetime_as_string(stamps.astype("datetime64[s]"))
        return pd.Series(
            np.char.replace(texts, "T", pattern[8]) if pattern[8] != "T" else texts, dtype=object
        )
    texts = pd.Series(pd.DatetimeIndex(stamps).strftime(pattern), dtype=object)
    return texts.str.slice(stop=fraction - 6) if 0 < fraction < 6 else texts + "0" * max(fraction - 6, 0)


def _candidates() -> list[str]:
    return [
        *_DATES,
        *(f"{date}{gap}{clock}" for clock in CLOCKS for date in _DATES for gap in " T"),
        *_MORE_DATES,
    ]


def _fit(texts: pd.Series, pattern: str, known: bool) -> str | None:
    """The pattern, or the same without leading zeros, that writes these strings."""
    if not len(texts):
        return pattern
    if np.isnat(moments(texts.iloc[:1], pattern)).any():
        return None
    found = moments(texts, pattern)
    if np.isnat(found).any():
        return None
    made = pd.Series(pd.DatetimeIndex(found), index=texts.index)
    if pattern.endswith("%f"):
        return pattern
    bare_date = pattern.replace("%m", "%-m").replace("%d", "%-d")
    for written in (pattern, bare_date, bare_date.replace("%H", "%-H").replace("%I", "%-I")):
        if (made.dt.strftime(written) == texts).all():
            return written
    return pattern if known else None


def fraction_of(texts: pd.Series) -> int:
    """The most digits of a second that strings have."""
    digits = texts.str.extract(_FRACTION, expand=False).str.len().max()
    return 0 if pd.isna(digits) else int(digits)


def _zone(texts: pd.Series) -> tuple[str, str]:
    """The ending that tells the time zone, and the zone's name; UTC if there are several."""
    if not len(texts) or not texts.iloc[:_SAMPLE].str.contains(f":.*{_ZONE}", regex=True).all():
        return "", ""
    ends = texts.str.extract(f"({_ZONE})", expand=False)
    if ends.isna().any():
        return "", ""
    if ends.nunique() > 1:
        return "+00:00", "UTC"
    zone = str(ends.iloc[0])
    sign, *digits = zone.strip().replace(":", "")
    return zone, f"UTC{sign}{''.join(digits[:2])}:{''.join(digits[2:])}" if digits else "UTC"
