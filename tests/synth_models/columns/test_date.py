import datetime as dt

import numpy as np
import pandas as pd
import pytest

from synth_models.columns.date import DateCodec

RNG = np.random.default_rng(0)
DATES = pd.Series(pd.Timestamp("2021-02-03") + pd.to_timedelta(RNG.integers(0, 500, 4000), "D"))


def decoded(values: pd.Series) -> pd.Series:
    codec = DateCodec.fit(values)
    return codec.decode(codec.encode(values), np.random.default_rng(0))


@pytest.mark.parametrize(
    "values",
    [
        DATES,
        DATES.astype("datetime64[s]"),
        DATES.where(RNG.random(len(DATES)) > 0.1),
        DATES.dt.date,
        DATES.dt.strftime("%d.%m.%Y"),
        DATES.dt.strftime("%Y%m%d").astype(int),
        DATES.dt.strftime("%Y-%m-%d").astype("string"),
        DATES.dt.date.astype("date32[pyarrow]"),
    ],
    ids=["ns", "s", "missing", "objects", "strings", "numbers", "string dtype", "arrow"],
)
def test_dates_are_exact_in_their_form(values: pd.Series):
    made = decoded(values)
    assert made.dtype == values.dtype
    assert (made.dropna() == values.dropna()).mean() > 0.995  # the ends are protected
    assert made.isna().tolist() == values.isna().tolist()


def test_few_days_have_a_token_each():
    values = pd.Series(pd.to_datetime(["2024-01-01", "2024-05-01", "2025-01-01"] * 20))
    codec = DateCodec.fit(values)
    assert codec.sizes == (4,)
    assert codec.ordered == (True,)
    pd.testing.assert_series_equal(decoded(values), values)


def test_numbers_are_days():
    codec = DateCodec.fit(DATES)
    assert codec.to_numbers(pd.Series(pd.to_datetime(["1970-01-03", "1969-12-31"]))).tolist() == [2, -1]
    assert codec.continuous


def test_the_weekday_is_derived():
    codec = DateCodec.fit(DATES)
    assert codec.derived_sizes == (8,)
    assert (codec.derived(codec.to_numbers(DATES))[:, 0] == DATES.dt.dayofweek + 1).all()


def test_objects_stay_dates():
    made = decoded(pd.Series([dt.date(2024, 2, 29), None, dt.date(2023, 1, 1)] * 20))
    assert made.tolist()[:3] == [dt.date(2024, 2, 29), None, dt.date(2023, 1, 1)]
