"""Time zones by name, and what the clocks in them show."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
import pyarrow as pa

UTC = "UTC"


def moment_zone(dtype: Any) -> str:
    """The name of the time zone of a datetime dtype; empty without one."""
    if isinstance(dtype, pd.ArrowDtype):
        kind = dtype.pyarrow_dtype
        name = kind.tz if isinstance(kind, pa.TimestampType) else None
        return f"{UTC}{name}" if name and name[0] in "+-" else name or ""
    return _name(dtype.tz) if isinstance(dtype, pd.DatetimeTZDtype) else ""


def object_zone(given: pd.Series) -> str:
    """The name of the time zone of datetime objects; UTC if they have several."""
    zones = {getattr(moment, "tzinfo", None) for moment in given}
    if len(zones) > 1:
        return UTC
    (zone,) = zones
    return "" if zone is None else _name(zone)


def zone_of(name: str) -> dt.tzinfo:
    """The time zone of a name."""
    if name == UTC:
        return dt.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        made = pd.Timestamp(0, tz=name).tzinfo  # such as UTC+02:00
        assert made is not None
        return made


def local_moments(stamps: np.ndarray, name: str) -> np.ndarray:
    """What clocks show at moments in UTC. Shapes: (rows,) datetime64[us] -> (rows,) datetime64[us]."""
    if name in ("", UTC):
        return stamps
    return pd.DatetimeIndex(stamps).tz_localize(UTC).tz_convert(zone_of(name)).tz_localize(None).to_numpy()


def utc_moments(stamps: np.ndarray, name: str) -> np.ndarray:
    """The moments at which clocks show this, the inverse of ``local_moments``.

    Of two, when the clock is put back, the later one; what is left out when it is put on counts as the end
    of the gap.
    """
    if name in ("", UTC):
        return stamps
    later = np.zeros(len(stamps), dtype=bool)
    index = pd.DatetimeIndex(stamps)
    made = index.tz_localize(zone_of(name), ambiguous=later, nonexistent="shift_forward")
    return made.tz_convert(None).to_numpy()


def _name(zone: Any) -> str:
    name = str(pd.DatetimeTZDtype("us", zone).tz)
    try:
        pd.Timestamp(0, tz=name)
    except (KeyError, ValueError, ZoneInfoNotFoundError):
        return UTC
    return name
