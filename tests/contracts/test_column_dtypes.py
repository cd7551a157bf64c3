"""Numbers and times keep the dtype, the missing places, the range and the decimals of any column."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_models.columns import COLUMN_TYPES, Codec
from synth_models.columns.base import Kind
from synth_models.columns.dtypes import as_dtype

INTEGERS = [
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
    *(f"{sign}int{bits}[pyarrow]" for sign in ("", "u") for bits in (8, 16, 32, 64)),
]
FLOATS = ["float16", "float32", "float64", "Float32", "Float64", "halffloat[pyarrow]", "float[pyarrow]"]
UNITS = ("s", "ms", "us", "ns")
ZONES = ("UTC", "Europe/Rome", "America/New_York", "UTC+05:30")


def arrow(kind: pa.DataType) -> pd.ArrowDtype:
    return pd.ArrowDtype(kind)


@dataclass(frozen=True)
class Case:
    """A column type, a dtype, and how a column of it is made of whole numbers (of cents, of seconds)."""

    kind: str
    dtype: Any
    make: Callable[[list[int | None]], pd.Series]

    def __str__(self) -> str:
        return f"{self.kind} {self.dtype}"


def integers(numbers: list[int | None], dtype: Any) -> pd.Series:
    bounds = np.iinfo(np.dtype(str(dtype).lower().removesuffix("[pyarrow]")))
    span = int(bounds.max) - int(bounds.min) + 1
    if str(dtype).islower() and "pyarrow" not in str(dtype):  # NumPy's are never missing
        numbers = [n or 0 for n in numbers]
    inside = [None if n is None else (n - int(bounds.min)) % span + int(bounds.min) for n in numbers]
    return as_dtype(pd.Series(inside, dtype="UInt64" if bounds.min == 0 else "Int64"), dtype)


def floats(numbers: list[int | None], dtype: Any) -> pd.Series:
    return as_dtype(
        pd.Series([None if n is None else n % 2000 / 100 for n in numbers], dtype="float64"), dtype
    )


def cents(numbers: list[int | None], dtype: Any) -> pd.Series:
    made = [None if n is None else Decimal(n % 10**9).scaleb(-2) for n in numbers]
    made = [None if n is None else str(n) for n in made] if "string" in str(dtype) else made
    return as_dtype(pd.Series(made, dtype=object), dtype)


def moments(numbers: list[int | None], dtype: Any) -> pd.Series:
    zoned = getattr(dtype, "tz", None) or getattr(getattr(dtype, "pyarrow_dtype", None), "tz", None)
    made = pd.Series(
        pd.to_datetime([None if n is None else n % 2**32 for n in numbers], unit="s", utc=bool(zoned))
    )
    return as_dtype(made, dtype)


def days(numbers: list[int | None], dtype: Any) -> pd.Series:
    made = moments(numbers, "datetime64[ns]").dt.normalize()
    return (
        made.dt.date.astype(object).where(made.notna(), None) if dtype == "object" else as_dtype(made, dtype)
    )


def clocks(numbers: list[int | None], dtype: Any) -> pd.Series:
    made = moments(numbers, "datetime64[ns]")
    times = made.dt.time.astype(object).where(made.notna(), None)
    return times.map(str, na_action="ignore") if dtype == "string" else as_dtype(times, dtype)


def lengths(numbers: list[int | None], dtype: Any) -> pd.Series:
    return as_dtype(
        pd.Series(pd.to_timedelta([None if n is None else n % 2**30 for n in numbers], unit="s")), dtype
    )


def cases(kind: str, dtypes: list[Any], make: Callable[[list[int | None], Any], pd.Series]) -> list[Case]:
    return [Case(kind, dtype, lambda numbers, dtype=dtype: make(numbers, dtype)) for dtype in dtypes]


ZONED = [pd.DatetimeTZDtype(unit, zone) for unit in UNITS for zone in ZONES]
ARROW_MOMENTS = [
    arrow(pa.timestamp(unit, zone)) for unit in UNITS for zone in (None, "Europe/Rome", "+02:00")
]
CASES = [
    *cases("integer", INTEGERS, integers),
    *cases("numeric", [*FLOATS, "double[pyarrow]"], floats),
    *cases("numeric", [arrow(pa.decimal128(12, 2)), arrow(pa.decimal256(45, 2)), "object"], cents),
    *cases("numeric", ["string", "string[pyarrow]", arrow(pa.string())], cents),
    *cases("datetime", [*(f"datetime64[{unit}]" for unit in UNITS), *ZONED, *ARROW_MOMENTS], moments),
    *cases(
        "date", ["datetime64[ns]", "datetime64[s]", "object", arrow(pa.date32()), arrow(pa.date64())], days
    ),
    *cases(
        "time", ["object", "string", *map(arrow, [pa.time32("s"), pa.time32("ms"), pa.time64("ns")])], clocks
    ),
    *cases("duration", [f"timedelta64[{unit}]" for unit in UNITS], lengths),
    *cases("duration", [arrow(pa.duration(unit)) for unit in UNITS], lengths),
]
NUMBERS = st.integers(0, 9) | st.integers(-(10**5), 10**5) | st.integers(-(2**63), 2**63)
MANY = st.lists(st.none() | NUMBERS, min_size=1, max_size=40)


def fitted(case: Case, values: pd.Series) -> Codec:
    kind = COLUMN_TYPES.get(case.kind)
    assert kind.faults(values) == []
    return kind.fit(values)


def plain(values: pd.Series) -> list[Any]:
    return [value for value in values.astype(object) if not pd.isna(value)]


@settings(max_examples=15, deadline=None)
@given(numbers=MANY, repeats=st.integers(12, 30), seed=st.integers(0, 9))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_dtype_missing_places_and_range_are_kept(
    case: Case, numbers: list[int | None], repeats: int, seed: int
):
    values = case.make(numbers * repeats)
    if COLUMN_TYPES.get(case.kind).faults(values):
        return  # such as whole numbers more than 2 ** 51 apart: refused, not rounded
    codec = fitted(case, values)
    tokens = codec.encode(values)
    made = codec.decode(tokens, np.random.default_rng(seed))
    assert made.dtype == values.dtype
    assert type(made.dtype) is type(values.dtype)
    assert made.isna().tolist() == values.isna().tolist()
    given_values, new = plain(values), plain(made)
    assert {type(value) for value in new} <= {type(value) for value in given_values}
    if new and not isinstance(new[0], str):
        assert min(given_values) <= min(new) <= max(new) <= max(given_values)
    again = codec.encode(made)
    before, size = np.zeros(len(again), dtype=np.int64), 1
    for place, table in enumerate(codec.allowed()):
        assert table.shape[0] == size
        assert table[before, again[:, place]].all()
        before, size = again[:, place], codec.sizes[place]


@settings(max_examples=10, deadline=None)
@given(numbers=MANY)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_single_value_survives_the_numbers(case: Case, numbers: list[int | None]):
    values = case.make(numbers)
    if COLUMN_TYPES.get(case.kind).faults(values):
        return
    codec = fitted(case, values)
    made = codec.from_numbers(codec.to_numbers(values), np.random.default_rng(0))
    assert made.dtype == values.dtype
    assert plain(made) == plain(values)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_missing_values_that_the_fitted_column_did_not_have(case: Case):
    codec = fitted(case, case.make(list(range(50)) * 12))
    values = case.make([1, None, 3])
    made = codec.from_numbers(
        np.where(values.isna(), np.nan, codec.to_numbers(values)), np.random.default_rng(0)
    )
    assert made.isna().tolist() == values.isna().tolist()
    assert made.dtype == values.dtype


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_values_measure_the_same_in_any_dtype(case: Case):
    values = case.make([5, 17, 99])
    kind = COLUMN_TYPES.get(case.kind)
    assert kind.kind in (Kind.NUMBER, Kind.TIME)
    measured = kind.measure(values)
    assert measured.dtype == np.float64
    assert measured.isna().tolist() == values.isna().tolist()
    expected = {"integer": [5, 17, 99], "numeric": [0.05, 0.17, 0.99], "date": [0, 0, 0]}.get(
        case.kind, [5, 17, 99]
    )
    tolerance = 1e-3 if "16" in str(case.dtype) or "half" in str(case.dtype) else 1e-6
    np.testing.assert_allclose(measured.dropna(), expected, rtol=tolerance)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_type_of_a_column_is_seen(case: Case):
    values = case.make([12_345, 67_890, 99_999, 1_234_567] * 5)
    likeness = {name: COLUMN_TYPES.get(name).likeness(values) for name in COLUMN_TYPES.names()}
    assert likeness[case.kind] > 0.5
    assert max(likeness, key=lambda name: likeness[name]) == case.kind


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.decimals(allow_nan=False),
    st.just(Decimal("NaN")), st.dates(),
    st.times(), st.datetimes(), st.timedeltas(), st.tuples(st.floats(), st.floats()),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(values=st.lists(ANYTHING, max_size=8))
@pytest.mark.parametrize("name", COLUMN_TYPES.names())
def test_anything_gets_faults_or_a_codec(name: str, values: list[Any]):
    column = pd.Series(values, dtype=object, name="x")
    kind = COLUMN_TYPES.get(name)
    assert 0 <= kind.likeness(column) <= 1
    if not kind.faults(column):
        codec = kind.fit(column)
        assert len(codec.decode(codec.encode(column), np.random.default_rng(0))) == len(column)


def test_a_day_of_a_zone_is_that_of_its_clocks():
    midnights = pd.date_range("2024-03-25", periods=14, freq="D", tz="Europe/Rome")
    values = pd.Series(midnights.repeat(12))
    codec = COLUMN_TYPES.get("date").fit(values)
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    pd.testing.assert_series_equal(made, values)
    assert codec.from_numbers(
        np.array([dt.date(2024, 4, 1).toordinal() - 719_163.0]), np.random.default_rng(0)
    )[0] == pd.Timestamp("2024-04-01", tz="Europe/Rome")
