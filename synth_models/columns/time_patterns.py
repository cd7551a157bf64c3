"""The strftime patterns of dates and times in strings."""

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
_CLOCKS = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_SAMPLE = 500
_ZONE = r"(?<=\d) ?(?:Z|[+-]\d\d:?\d\d)$"
_FRACTION = r"\.(\d+)$"


def find_pattern(texts: pd.Series, pattern: str | None, column: str) -> tuple[str, int, str, int]:
    """Pattern, digits of the second, ending for the time zone, its seconds ahead of UTC.

    Args:
        texts: Distinct strings, none missing.
        pattern: The pattern, if it is known.
        column: The name of the column, for errors.

    Raises:
        SettingError: If not all strings follow a known ``pattern``.
    """
    zone, offset = _zone(texts)
    bare = texts.str.replace(_ZONE, "", regex=True) if zone else texts
    sample = bare.iloc[:: max(len(bare) // _SAMPLE, 1)]
    for candidate in [pattern] if pattern else _candidates():
        found = _fit(sample, candidate, pattern is not None)
        if found and pd.to_datetime(bare, format=candidate, errors="coerce").notna().all():
            return found, _fraction(bare) if found.endswith("%f") else 0, zone, offset
    if pattern:
        raise SettingError(
            f"Column '{column}': not all of its values follow the format {pattern!r} of its options. "
            f"Mend the format, or leave it out to have it detected."
        )
    fraction = _fraction(bare)
    gap = "T" if len(bare) and bare.str.contains("T", regex=False).all() else " "
    return f"%Y-%m-%d{gap}%H:%M:%S" + (".%f" if fraction else ""), fraction, zone, offset


def parse(texts: pd.Series, pattern: str, zoned: bool) -> pd.Series:
    """Strings as UTC timestamps; those that do not follow the pattern are read as well as can be."""
    form = pattern.replace("%-", "%") + ("%z" if zoned else "")
    if zoned:
        texts = texts.str.replace(r" (Z|[+-]\d\d:?\d\d)$", r"\1", regex=True)
    made = pd.to_datetime(texts, errors="coerce", utc=True, format=form)
    if made.isna().any():
        made = made.fillna(pd.to_datetime(texts, errors="coerce", utc=True, format="mixed"))
    return made


def print_texts(stamps: np.ndarray, pattern: str, fraction: int) -> pd.Series:
    """Timestamps without a zone as strings."""
    if pattern in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):  # a hundred times faster than strftime
        texts = np.datetime_as_string(stamps.astype("datetime64[s]"))
        return pd.Series(
            np.char.replace(texts, "T", pattern[8]) if pattern[8] != "T" else texts, dtype=object
        )
    texts = pd.Series(pd.DatetimeIndex(stamps).strftime(pattern), dtype=object)
    return texts.str.slice(stop=fraction - 6) if 0 < fraction < 6 else texts


def _candidates() -> list[str]:
    return [
        *_DATES,
        *(f"{date}{gap}{clock}" for clock in _CLOCKS for date in _DATES for gap in " T"),
        *_MORE_DATES,
    ]


def _fit(texts: pd.Series, pattern: str, known: bool) -> str | None:
    """The pattern, or the same without leading zeros, that writes these strings."""
    if not len(texts):
        return pattern
    if pd.isna(pd.to_datetime(texts.iloc[0], format=pattern, errors="coerce")):
        return None
    made = pd.to_datetime(texts, format=pattern, errors="coerce")
    if made.isna().any():
        return None
    if pattern.endswith("%f"):
        return pattern
    bare_date = pattern.replace("%m", "%-m").replace("%d", "%-d")
    for written in (pattern, bare_date, bare_date.replace("%H", "%-H").replace("%I", "%-I")):
        if (made.dt.strftime(written) == texts).all():
            return written
    return pattern if known else None


def _fraction(texts: pd.Series) -> int:
    digits = texts.str.extract(_FRACTION, expand=False).str.len().max()
    return 0 if pd.isna(digits) else min(int(digits), 6)


def _zone(texts: pd.Series) -> tuple[str, int]:
    """The ending that names the time zone, and its seconds ahead of UTC; UTC if there are several."""
    if not len(texts) or not texts.iloc[:_SAMPLE].str.contains(f":.*{_ZONE}", regex=True).all():
        return "", 0
    ends = texts.str.extract(f"({_ZONE})", expand=False)
    if ends.isna().any():
        return "", 0
    if ends.nunique() > 1:
        return "+00:00", 0
    zone = str(ends.iloc[0])
    digits = zone.strip()[1:].replace(":", "")
    if not digits:
        return zone, 0
    return zone, (1 if "+" in zone else -1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)
