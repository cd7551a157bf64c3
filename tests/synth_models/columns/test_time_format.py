import datetime as dt

import numpy as np
import pandas as pd
import pytest

from synth_models.columns.time_format import TimeFormat

STAMPS = pd.Series(
    pd.Timestamp("2021-02-03") + pd.to_timedelta(np.random.default_rng(0).integers(0, 10**7, 300), "s")
)


@pytest.mark.parametrize(
    "pattern",
    [
        "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M",
        "%d.%m.%Y",
        "%m/%d/%Y %I:%M %p", "%-m/%-d/%Y %-H:%M", "%-m/%-d/%Y", "%Y%m%d", "%y%m%d", "%b %d, %Y", "%d %B %Y",
        "%Y-%m-%d %H:%M:%S+02:00", "%Y-%m-%d %H:%M:%S -0530", "%Y-%m", "%Y", "%Y-%m-%d %H:%M:%S.%f",
    ],
)  # fmt: skip
def test_strings_come_back(pattern: str):
    texts = STAMPS.dt.strftime(pattern).where(STAMPS.dt.second > 5, None)
    form = TimeFormat.of(texts)
    made = form.write(form.read(texts))
    assert made.where(made.notna(), None).tolist() == texts.tolist()
    assert TimeFormat.from_state(form.state()) == form


def test_the_zone_is_reckoned_with():
    texts = pd.Series(["2021-02-03 04:05:06+02:00"])
    assert TimeFormat.of(texts).read(texts)[0] == pd.Timestamp("2021-02-03 02:05:06").timestamp()


def test_several_zones_become_utc():
    texts = pd.Series(["2021-02-03 04:05:06+02:00", "2021-02-03 04:05:06+01:00"])
    form = TimeFormat.of(texts)
    assert form.write(form.read(texts)).tolist() == ["2021-02-03 02:05:06+00:00", "2021-02-03 03:05:06+00:00"]


def test_fractions_keep_their_digits():
    texts = pd.Series(["2021-02-03 04:05:06.120", "2021-02-03 04:05:06.345"])
    form = TimeFormat.of(texts)
    assert form.write(form.read(texts)).tolist() == texts.tolist()


def test_mixed_strings_are_read_and_written_as_iso():
    texts = pd.Series(["2021-02-03 04:05:06", "3 Feb 2021"])
    form = TimeFormat.of(texts)
    assert form.write(form.read(texts)).tolist() == ["2021-02-03 04:05:06", "2021-02-03 00:00:00"]


def test_other_forms_of_the_same_moments_are_understood():
    form = TimeFormat.of(STAMPS.dt.strftime("%Y-%m-%d %H:%M:%S"))
    np.testing.assert_array_equal(form.read(STAMPS), form.read(STAMPS.dt.strftime("%Y-%m-%dT%H:%M:%S")))
    assert np.isnan(form.read(pd.Series(["nonsense", None]))).all()


@pytest.mark.parametrize(
    "values",
    [
        STAMPS,
        STAMPS.where(STAMPS.dt.second > 5),
        STAMPS.astype("datetime64[s]"),
        STAMPS.dt.tz_localize("Europe/Rome", ambiguous=True, nonexistent="shift_forward"),
        STAMPS.astype("timestamp[ns][pyarrow]"),
        pd.Series([dt.datetime(2021, 1, 2, 3, 4, 5), None], dtype=object),
        pd.Series([dt.datetime(2021, 1, 2, 3, 4, 5, tzinfo=dt.UTC), None], dtype=object),
        pd.Series([dt.date(2021, 1, 2), None], dtype=object),
        pd.Series([20210203, 20210204]),
        pd.Series([210203.0, None]),
    ],
    ids=[
        "ns",
        "missing",
        "s",
        "zone",
        "arrow",
        "datetimes",
        "datetimes with zone",
        "dates",
        "ints",
        "floats",
    ],
)
def test_dtypes_and_objects_come_back(values: pd.Series):
    form = TimeFormat.of(values)
    made = form.write(form.read(values))
    assert made.dtype == values.dtype
    assert made.dropna().tolist() == values.dropna().tolist()
    assert made.isna().tolist() == values.isna().tolist()


def test_nothing_given():
    form = TimeFormat.of(pd.Series([None, None], dtype=object))
    assert form.write(form.read(pd.Series([None, None], dtype=object))).isna().all()
    assert len(form.write(np.zeros(0))) == 0
