"""Lengths of time as texts: ``26:03:04``, ``1 days 02:03:04``, ``1 day, 2:03:04``, ``PT26H3M4S``."""

from collections.abc import Callable
from functools import reduce

import numpy as np
import pandas as pd

_SAMPLE = 500
_FRACTION = r"\.(\d+)"
_TELLING = r"[:PpDdHhSsMmWwUuNn]"  # digits alone are no length of time: nobody knows of what
NANO = 1_000_000_000


def parse_durations(texts: pd.Series) -> np.ndarray:
    """Texts as seconds, NaN where they are none. Shapes: (rows,) objects -> (rows,) float64."""
    told = texts.where(texts.str.contains(_TELLING, regex=True), None)
    made = pd.to_timedelta(told, errors="coerce").to_numpy().astype("timedelta64[ns]")
    return np.where(np.isnat(made), np.nan, made.astype(np.int64) / NANO)


def style_of(texts: pd.Series) -> tuple[str, int]:
    """In which of the ``STYLES`` distinct texts are written, and the most digits of a second they have."""
    digits = texts.str.extract(_FRACTION, expand=False).str.len().max()
    fraction = 0 if pd.isna(digits) else int(digits)
    sample = texts.iloc[:: max(len(texts) // _SAMPLE, 1)]
    seconds = parse_durations(sample)
    if len(sample) and not np.isnan(seconds).any():
        nanos = np.rint(seconds * NANO).astype(np.int64)
        for style, write in STYLES.items():
            if (write(nanos, fraction) == sample.to_numpy(dtype=str)).all():
                return style, fraction
    return "days", fraction


def _clock(width: int) -> Callable[[np.ndarray, int], np.ndarray]:
    def write(nanos: np.ndarray, fraction: int) -> np.ndarray:
        total = np.abs(nanos)
        return _joined(_sign(nanos), _padded(total // (3600 * NANO), width), ":", _minutes(total, fraction))

    return write


def _days(nanos: np.ndarray, fraction: int) -> np.ndarray:
    days, rest = np.divmod(nanos, 86_400 * NANO)
    gap = np.where(days < 0, " days +", " days ")
    return _joined(days.astype(str), gap, _clock(2)(rest, fraction))


def _python(nanos: np.ndarray, fraction: int) -> np.ndarray:
    days, rest = np.divmod(nanos, 86_400 * NANO)
    word = np.where(np.abs(days) == 1, " day, ", " days, ")
    before = np.where(days == 0, "", np.char.add(days.astype(str), word))
    return _joined(before, _clock(1)(rest, fraction))


def _iso(*, with_days: bool, every_part: bool = False) -> Callable[[np.ndarray, int], np.ndarray]:
    def write(nanos: np.ndarray, fraction: int) -> np.ndarray:
        total = np.abs(nanos)
        days, rest = np.divmod(total, 86_400 * NANO) if with_days else (np.zeros_like(total), total)
        hours, minutes = rest // (3600 * NANO), rest // (60 * NANO) % 60
        seconds = np.char.rstrip(np.char.rstrip(_seconds(rest, 9), "0"), ".")
        seconds = np.where(rest % (60 * NANO) == 0, "0", np.char.lstrip(seconds, "0"))
        seconds = np.where(np.char.startswith(seconds, "."), np.char.add("0", seconds), seconds)
        last = _part(seconds, "S", (seconds != "0") | (total == 0) | every_part)
        time = _joined(
            _part(hours, "H", (hours > 0) | every_part), _part(minutes, "M", (minutes > 0) | every_part), last
        )
        start = _joined(_sign(nanos), "P", _part(days, "D", (days > 0) | every_part))
        return _joined(start, np.where(time == "", "", "T"), time)

    return write


def _part(number: np.ndarray, unit: str, shown: np.ndarray) -> np.ndarray:
    return np.where(shown, np.char.add(number.astype(str), unit), "")


def _sign(nanos: np.ndarray) -> np.ndarray:
    return np.where(nanos < 0, "-", "")


def _minutes(total: np.ndarray, fraction: int) -> np.ndarray:
    """Minutes and seconds within the hour."""
    return _joined(_padded(total // (60 * NANO) % 60, 2), ":", _seconds(total, fraction))


def _seconds(total: np.ndarray, fraction: int) -> np.ndarray:
    whole = _padded(total // NANO % 60, 2)
    if not fraction:
        return whole
    digits = total % NANO // 10 ** (9 - min(fraction, 9))
    return _joined(whole, ".", _padded(digits, min(fraction, 9)), "0" * max(fraction - 9, 0))


def _padded(numbers: np.ndarray, width: int) -> np.ndarray:
    return np.char.mod(f"%0{width}d", numbers)


def _joined(*parts: np.ndarray | str) -> np.ndarray:
    return reduce(np.char.add, parts)  # type: ignore[arg-type]


STYLES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "clock": _clock(2),
    "short clock": _clock(1),
    "days": _days,
    "python": _python,
    "iso": _iso(with_days=True),
    "iso hours": _iso(with_days=False),
    "iso parts": _iso(with_days=True, every_part=True),
}
"""How nanoseconds are written, with so many digits of a second. Shapes: (rows,) int64 -> (rows,) texts."""
