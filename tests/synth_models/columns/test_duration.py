import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synth_models.columns.duration import DurationCodec
from synth_models.columns.duration_texts import NANO, STYLES

RNG = np.random.default_rng(0)
SECONDS = RNG.integers(0, 300_000, 2000)
LENGTHS = pd.Series(pd.to_timedelta(SECONDS, unit="s"))


@pytest.mark.parametrize(
    "values",
    [
        LENGTHS,
        LENGTHS.astype("timedelta64[s]"),
        LENGTHS.astype("timedelta64[ms]"),
        LENGTHS + pd.Timedelta(123, "ns"),
        LENGTHS - pd.Timedelta(2, "D"),
        pd.Series(LENGTHS.dt.to_pytimedelta(), dtype=object),
        *(
            LENGTHS.astype("timedelta64[s]").astype(pd.ArrowDtype(pa.duration(unit)))
            for unit in ("s", "ms", "us", "ns")
        ),
        LENGTHS.astype(str),
        LENGTHS.map(pd.Timedelta.isoformat),
        LENGTHS.map(lambda length: str(length.to_pytimedelta())),
    ],
)
@pytest.mark.parametrize("missing", [False, True])
def test_the_form_and_the_range_come_back(values: pd.Series, missing: bool):
    values = values.where(RNG.random(len(values)) < 0.8) if missing else values
    codec = DurationCodec.fit(values)
    numbers = codec.to_numbers(values)
    exact = codec.from_numbers(numbers, RNG)
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert exact.dtype == made.dtype == values.dtype
    assert exact.dropna().tolist() == values.dropna().tolist()
    assert made.isna().tolist() == values.isna().tolist()
    new = codec.to_numbers(made)
    assert np.nanmin(numbers) <= np.nanmin(new) <= np.nanmax(new) <= np.nanmax(numbers)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("nanos", [0, 250_000_000])
def test_styles_of_texts(style: str, nanos: int):
    whole = np.r_[0, 59, 60, 3600, 86_400, -5, -90_000, SECONDS] * NANO
    values = pd.Series(STYLES[style](whole + nanos, 3 if nanos else 0))
    if style == "iso parts":  # pandas writes negative ones in a way of its own
        values = values[~values.str.startswith("-")]
    codec = DurationCodec.fit(values)
    assert DurationCodec.faults(values) == []
    assert codec.from_numbers(codec.to_numbers(values), RNG).tolist() == values.tolist()


def test_texts_of_several_styles_come_out_in_one():
    codec = DurationCodec.fit(pd.Series(["26:00:00", "PT45M"] * 20))
    made = codec.from_numbers(np.array([93_600.0, 2700.0]), RNG)
    assert made.tolist() == ["1 days 02:00:00", "0 days 00:45:00"]


def test_numbers_are_seconds():
    values = pd.Series(["26:00:00.5", "P1DT2H", None])
    np.testing.assert_array_equal(DurationCodec.measure(values), [93_600.5, 93_600, np.nan])


@pytest.mark.parametrize("values", [["12345", "PT3H"], ["P1Y", "PT3H"], ["soon", "PT3H"], [7, "PT3H"]])
def test_what_is_no_length_of_time(values: list[Any]):
    assert DurationCodec.faults(pd.Series(values, dtype=object)) == [
        "1 of 2 values are not lengths of time. Mend them, or declare it categorical."
    ]


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        (["26:00:00", "01:00:00"], True),
        ([dt.timedelta(1), None], True),
        (["PT3H", "soon"], False),
        (["2020-01-01", "2021-01-01"], False),
        ([1, 2], False),
        ([], False),
    ],
)
def test_likeness(values: list[Any], alike: bool):
    assert (DurationCodec.likeness(pd.Series(values, dtype=object)) > 0.5) == alike
