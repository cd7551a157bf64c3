import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from synth_models.columns.datetime import DatetimeCodec
from synth_models.errors import SettingError

RNG = np.random.default_rng(0)
N = 20_000
STAMPS = pd.Series(pd.Timestamp("2021-02-03") + pd.to_timedelta(RNG.integers(0, 500 * 86_400, N), "s"))


def ks(real: np.ndarray, made: np.ndarray) -> float:
    """The largest difference of the two distribution functions."""
    result: Any = stats.ks_2samp(real, made, method="asymp")
    return result.statistic


def decoded(values: pd.Series) -> pd.Series:
    codec = DatetimeCodec.fit(values)
    return codec.decode(codec.encode(values), np.random.default_rng(0))


@pytest.mark.parametrize(
    "values",
    [
        STAMPS,
        STAMPS.astype("datetime64[ms]"),
        STAMPS.dt.tz_localize("UTC").dt.tz_convert("America/New_York"),
        STAMPS.where(RNG.random(N) > 0.1),
        STAMPS.dt.strftime("%Y-%m-%d %H:%M:%S"),
        STAMPS.dt.strftime("%d/%m/%Y %H:%M"),
        STAMPS.dt.strftime("%Y-%m-%dT%H:%M:%S+02:00"),
        STAMPS.astype("timestamp[us][pyarrow]"),
    ],
    ids=["ns", "ms", "zone", "missing", "strings", "minutes", "offset", "arrow"],
)
def test_the_form_and_the_distribution_come_back(values: pd.Series):
    codec = DatetimeCodec.fit(values)
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert made.dtype == values.dtype
    assert made.isna().tolist() == values.isna().tolist()
    real, new = (codec.to_numbers(column) for column in (values, made))
    given = ~np.isnan(real)
    assert ks(real[given], new[given]) <= 0.005
    assert np.nanmin(new) >= np.nanmin(real)
    assert np.nanmax(new) <= np.nanmax(real)
    assert (new[given] // 3600 == real[given] // 3600).mean() > 0.999  # the hour is exact


def test_microseconds_survive_the_numbers():
    values = STAMPS + pd.to_timedelta(RNG.integers(0, 10**6, N), "us")
    codec = DatetimeCodec.fit(values)
    pd.testing.assert_series_equal(codec.from_numbers(codec.to_numbers(values), RNG), values)


@pytest.mark.parametrize("clock", ["0h", "13.5h"])
def test_a_constant_time_of_day_has_no_token(clock: str):
    values = STAMPS.dt.normalize() + pd.Timedelta(clock)
    codec = DatetimeCodec.fit(values)
    assert codec.sizes == (18, 32)
    assert (decoded(values) == values).mean() > 0.999


def test_few_moments_have_a_token_each():
    values = pd.Series(
        pd.to_datetime(["2024-01-01 10:00:01.5", "2024-01-01 10:00:02", "2025-01-01"] * 20, format="ISO8601")
    )
    assert DatetimeCodec.fit(values).sizes == (4,)
    pd.testing.assert_series_equal(decoded(values), values)


def test_numbers_are_seconds():
    codec = DatetimeCodec.fit(STAMPS)
    assert codec.to_numbers(pd.Series(pd.to_datetime(["1970-01-01 00:01:00.25"]))).tolist() == [60.25]


def test_the_weekday_is_derived():
    codec = DatetimeCodec.fit(STAMPS)
    assert (codec.derived(codec.to_numbers(STAMPS))[:, 0] == STAMPS.dt.dayofweek + 1).all()


def test_a_moment_beyond_the_range_is_clipped():
    codec = DatetimeCodec.fit(STAMPS)
    made = codec.decode(codec.encode(pd.Series(pd.to_datetime(["1800-01-01", "2200-01-01"]))), RNG)
    assert made.dt.year.tolist() == [2021, 2022]


def test_no_rare_moment_is_in_a_checkpoint():
    values = STAMPS[:300] + pd.to_timedelta(RNG.integers(0, 10**6, 300), "us")
    codec = DatetimeCodec.fit(values)
    buffer = io.BytesIO()
    torch.save(codec.state(), buffer)
    seconds = codec.to_numbers(values)
    assert not any(part.tobytes() in buffer.getvalue() for part in np.r_[seconds, seconds % 3600])


def test_one_row_tells_the_year_and_the_hour():
    values = pd.Series(pd.to_datetime(["2021-05-17 13:47:11"]))
    made = decoded(values)
    assert made.dt.year.tolist() == [2021]
    assert made.iloc[0] != values.iloc[0]


def test_a_given_format():
    values = pd.Series(["03/04/2021 10:00", "05/06/2021 11:00"] * 20, name="when")
    by_day = DatetimeCodec.fit(values, format="%d/%m/%Y %H:%M")
    assert by_day.to_numbers(values[:1])[0] == pd.Timestamp("2021-04-03 10:00").timestamp()
    with pytest.raises(SettingError, match="Column 'when': not all of its values follow the format '%Y'"):
        DatetimeCodec.fit(values, format="%Y")


def test_opening_hours_stay_when_the_clocks_are_changed():
    days = pd.date_range("2021-01-01", "2023-12-31", freq="D").to_numpy()
    shown = pd.DatetimeIndex(RNG.choice(days, N)) + pd.to_timedelta(RNG.integers(9 * 3600, 17 * 3600, N), "s")
    values = pd.Series(shown.tz_localize("Europe/Rome"))
    codec = DatetimeCodec.fit(values)
    assert np.flatnonzero(codec.allowed()[2][1]).tolist() == list(range(10, 18))  # of 24 hours: 9 to 16
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert made.dtype == values.dtype
    assert made.dt.hour.between(9, 16).all()
    assert (made.dt.date == values.dt.date).all()
    assert (codec.derived(codec.to_numbers(values))[:, 0] == values.dt.dayofweek + 1).all()


def test_nothing_comes_out_beyond_the_last_moment():
    values = STAMPS.where(STAMPS.max().normalize() + pd.Timedelta("9h") > STAMPS, STAMPS.min())
    codec = DatetimeCodec.fit(values)
    late = np.repeat(codec.encode(values.nlargest(1)), 5000, axis=0)
    late[:, 2] = 24  # the last hour of the last day
    assert codec.decode(late, np.random.default_rng(0)).max() <= values.max()


@pytest.mark.parametrize("year", [1066, 9998])
def test_years_far_away(year: int):
    start = np.datetime64(f"{year}-01-01", "s")
    values = pd.Series(start + RNG.integers(0, 3 * 10**7, 2000).astype("timedelta64[s]"))
    made = decoded(values)
    assert made.dtype == values.dtype
    assert values.min() <= made.min() <= made.max() <= values.max()
    texts = values.dt.strftime("%Y-%m-%d %H:%M:%S")
    assert DatetimeCodec.faults(texts) == []
    assert decoded(texts).str.match(rf"{year}-\d\d-\d\d \d\d:\d\d:\d\d").all()


@pytest.mark.parametrize(
    ("texts", "alike"),
    [
        (["2024-01-31 10:00", "2024-02-01 11:30"], True),
        (["31.01.2024 10:00:00", "01.02.2024 11:30:00"], True),
        (["2024-01-31", "soon"], False),
        (["10:00", "11:30"], False),
        (["20240131", "20240201"], False),
        (["Jan 5", "Feb 7"], False),
        (["1.5", "2.5"], False),
    ],
)
def test_likeness(texts: list[str], alike: bool):
    assert (DatetimeCodec.likeness(pd.Series(texts)) > 0.5) == alike
