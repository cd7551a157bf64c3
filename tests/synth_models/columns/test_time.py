import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synth_models.columns.time import TimeCodec

RNG = np.random.default_rng(0)
SECONDS = RNG.integers(8 * 3600, 20 * 3600, 2000)
TIMES = pd.Series(pd.to_datetime(SECONDS, unit="s"))


def decoded(values: pd.Series) -> pd.Series:
    codec = TimeCodec.fit(values)
    return codec.decode(codec.encode(values), np.random.default_rng(0))


@pytest.mark.parametrize(
    "values",
    [
        TIMES.dt.time,
        TIMES.dt.strftime("%H:%M:%S"),
        TIMES.dt.strftime("%H:%M"),
        TIMES.dt.strftime("%-H:%M"),
        TIMES.dt.strftime("%I:%M %p"),
        TIMES.dt.strftime("%H:%M:%S.250"),
        TIMES.dt.strftime("%H:%M").astype("string[pyarrow]"),
        *(
            TIMES.dt.time.astype(pd.ArrowDtype(kind))
            for kind in (pa.time32("s"), pa.time32("ms"), pa.time64("us"))
        ),
        pd.Series(SECONDS * 10**9 + 7)
        .astype(pd.ArrowDtype(pa.int64()))
        .astype(pd.ArrowDtype(pa.time64("ns"))),
    ],
)
@pytest.mark.parametrize("missing", [False, True])
def test_the_form_and_the_range_come_back(values: pd.Series, missing: bool):
    values = values.where(RNG.random(len(values)) < 0.8) if missing else values
    codec = TimeCodec.fit(values)
    numbers = codec.to_numbers(values)
    exact = codec.from_numbers(numbers, RNG)
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert exact.dtype == made.dtype == values.dtype
    assert exact.dropna().tolist() == values.dropna().tolist()
    assert made.isna().tolist() == values.isna().tolist()
    new = codec.to_numbers(made)
    assert np.nanmin(numbers) <= np.nanmin(new) <= np.nanmax(new) <= np.nanmax(numbers)
    assert {type(value) for value in made.dropna()} == {type(value) for value in values.dropna()}


def test_numbers_are_seconds_since_midnight():
    values = pd.Series([dt.time(1, 2, 3, 500_000), None], dtype=object)
    np.testing.assert_array_equal(TimeCodec.measure(values), [3723.5, np.nan])
    np.testing.assert_array_equal(TimeCodec.measure(pd.Series(["01:02:03.5", None])), [3723.5, np.nan])


def test_minutes_stay_whole():
    assert decoded(TIMES.dt.strftime("%H:%M:00")).str.endswith(":00").all()


@pytest.mark.parametrize("values", [["24:00", "10:00"], ["10:61", "10:00"], ["soon", "10:00"], [7, "10:00"]])
def test_what_is_no_time_of_day(values: list[Any]):
    assert TimeCodec.faults(pd.Series(values, dtype=object)) == [
        "1 of 2 values are not times of day. Mend them, or declare it categorical."
    ]


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        (["08:30", "17:00"], True),
        ([dt.time(8, 30), None], True),
        (["08:30", "soon"], False),
        (["2020-01-01", "2021-01-01"], False),
        (["1", "2"], False),
        ([1, 2], False),
        ([], False),
    ],
)
def test_likeness(values: list[Any], alike: bool):
    assert (TimeCodec.likeness(pd.Series(values, dtype=object)) > 0.5) == alike
