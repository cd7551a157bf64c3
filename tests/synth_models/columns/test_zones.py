import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synth_models.columns.zones import local_moments, moment_zone, object_zone, utc_moments, zone_of


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        ("datetime64[ns]", ""),
        ("datetime64[us, UTC]", "UTC"),
        ("datetime64[s, Europe/Rome]", "Europe/Rome"),
        (pd.DatetimeTZDtype("ns", dt.timezone(dt.timedelta(hours=2))), "UTC+02:00"),
        (pd.ArrowDtype(pa.timestamp("us")), ""),
        (pd.ArrowDtype(pa.timestamp("us", "Europe/Rome")), "Europe/Rome"),
        (pd.ArrowDtype(pa.timestamp("us", "-05:30")), "UTC-05:30"),
        (pd.ArrowDtype(pa.date32()), ""),
    ],
)
def test_zones_of_dtypes(dtype: Any, name: str):
    assert moment_zone(pd.Series([], dtype=dtype).dtype) == name


@pytest.mark.parametrize(
    ("zones", "name"),
    [
        ([None], ""),
        ([dt.UTC], "UTC"),
        ([ZoneInfo("Europe/Rome")] * 2, "Europe/Rome"),
        ([dt.timezone(dt.timedelta(hours=-5, minutes=-30))], "UTC-05:30"),
        ([ZoneInfo("Europe/Rome"), ZoneInfo("Asia/Tokyo")], "UTC"),
    ],
)
def test_zones_of_objects(zones: list[Any], name: str):
    moments = [dt.datetime(2024, 1, day + 1, tzinfo=zone) for day, zone in enumerate(zones)]
    assert object_zone(pd.Series(moments, dtype=object)) == name


@pytest.mark.parametrize("name", ["UTC", "Europe/Rome", "UTC+02:00"])
def test_names_are_zones(name: str):
    offset = zone_of(name).utcoffset(dt.datetime(2024, 7, 1))
    assert offset == dt.timedelta(hours=0 if name == "UTC" else 2)


def test_clocks_are_put_on_and_back():
    utc = np.array(
        ["2024-03-31T00:59", "2024-03-31T01:00", "2024-10-27T00:30", "2024-10-27T01:30", "NaT"], "M8[us]"
    )
    local = local_moments(utc, "Europe/Rome")
    shown = ["2024-03-31T01:59", "2024-03-31T03:00", "2024-10-27T02:30", "2024-10-27T02:30", "NaT"]
    np.testing.assert_array_equal(local, np.array(shown, "M8[us]"))
    again = utc_moments(local, "Europe/Rome")
    np.testing.assert_array_equal(again[[0, 1, 3, 4]], utc[[0, 1, 3, 4]])
    assert again[2] == utc[3]  # the later of the two
    gap = np.array(["2024-03-31T02:30"], "M8[us]")
    assert utc_moments(gap, "Europe/Rome")[0] == utc[1]
