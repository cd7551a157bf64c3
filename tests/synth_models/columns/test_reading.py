"""Cells become columns of the declared type, and look the same when they are written again."""

from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from synth_models.columns import COLUMN_TYPES
from synth_models.columns.reading import Cells, date_format, is_plain_integers, read_key


def read_cells(values: Cells, kind: str) -> pd.Series:
    return COLUMN_TYPES.get(kind).read(values)


def cells(*values: Any) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)]) if values else pa.chunked_array([], type=pa.string())


@pytest.mark.parametrize(
    ("kind", "values", "dtype", "expected"),
    [
        ("integer", ["1", "-2"], "int64", [1, -2]),
        ("integer", ["1", None], "Int64", [1, pd.NA]),
        ("integer", ["1.0", "NA"], "Int64", [1, pd.NA]),
        ("integer", [" 7 ", "9007199254740993"], "int64", [7, 9007199254740993]),
        ("numeric", ["1", "2.50"], "float64", [1.0, 2.5]),
        ("numeric", ["10.357019999999999", "1e-3"], "float64", [10.357019999999999, 0.001]),
        ("numeric", [None, "null"], "float64", [float("nan"), float("nan")]),
        ("boolean", ["True", "False"], "bool", [True, False]),
        ("boolean", ["True", None], "boolean", [True, pd.NA]),
        ("boolean", ["0", "1"], "int64", [0, 1]),
        ("boolean", ["0", None], "Int64", [0, pd.NA]),
        ("boolean", ["yes", "no"], "object", ["yes", "no"]),
        ("boolean", ["true", "false"], "object", ["true", "false"]),
        ("categorical", ["3", "10"], "int64", [3, 10]),
        ("categorical", ["3", None], "Int64", [3, pd.NA]),
        ("categorical", ["03", "10"], "object", ["03", "10"]),
        ("categorical", ["1", "NA"], "object", ["1", "NA"]),
        ("text", ["NA", None], "object", ["NA", None]),
        ("text", [" a", "-0"], "object", [" a", "-0"]),
        ("text", ["9" * 30, "1"], "object", ["9" * 30, "1"]),
    ],
)
def test_text_by_declared_type(kind: str, values: list[str | None], dtype: str, expected: list[Any]) -> None:
    made = read_cells(cells(*values), kind)
    pd.testing.assert_series_equal(made, pd.Series(expected, dtype=dtype))


@pytest.mark.parametrize(
    ("kind", "values"),
    [("integer", ["1", "x"]), ("numeric", ["1,5", "2"]), ("date", ["2020-01-01", "soon"])],
)
def test_what_does_not_fit_stays_text(kind: str, values: list[str]) -> None:
    assert read_cells(cells(*values), kind).tolist() == values


def test_numbers_with_decimals_in_an_integer_column_stay_for_the_validation() -> None:
    assert read_cells(cells("1", "2.5"), "integer").tolist() == [1.0, 2.5]


@pytest.mark.parametrize("kind", ["integer", "numeric", "boolean", "date", "datetime", "categorical", "text"])
def test_no_rows(kind: str) -> None:
    assert len(read_cells(cells(), kind)) == 0


@pytest.mark.parametrize(
    ("values", "expected", "remembered"),
    [
        (["2014-07-31", None], ["2014-07-31", None], None),
        (["2014-07-31 10:00:00", "2014-08-01 00:00:00"], ["2014-07-31 10:00", "2014-08-01"], None),
        (["2014-07-31 00:00:00"], ["2014-07-31"], "%Y-%m-%d %H:%M:%S"),
        (["03/31/2014", "04/01/2014"], ["2014-03-31", "2014-04-01"], "%m/%d/%Y"),
        (["31.03.2014", "01.04.2014"], ["2014-03-31", "2014-04-01"], "%d.%m.%Y"),
        (["01/02/2014", "13/02/2014"], ["2014-02-01", "2014-02-13"], "%d/%m/%Y"),
        (["20140331"], ["2014-03-31"], "%Y%m%d"),
        (["2014-07-31T10:00:00"], ["2014-07-31 10:00"], "%Y-%m-%dT%H:%M:%S"),
        (["2014-07-31", "2014-07-31 10:00:00"], ["2014-07-31", "2014-07-31 10:00"], None),
    ],
)
def test_dates_and_the_format_they_came_in(
    values: list[str | None], expected: list[str | None], remembered: str | None
) -> None:
    given = cells(*values)
    made = read_cells(given, "datetime")
    assert made.dtype == "datetime64[ns]"
    assert made.tolist() == [pd.NaT if text is None else pd.Timestamp(text) for text in expected]
    assert date_format(given, made) == remembered


def test_keys_are_integers_only_if_nothing_is_lost() -> None:
    assert read_key(cells("1", "2"), as_integers=True).dtype == "int64"
    assert read_key(cells("1", None), as_integers=True).dtype == "Int64"
    assert read_key(cells(None, None).cast(pa.string()), as_integers=True).dtype == "Int64"
    assert read_key(cells("01", "2"), as_integers=False).tolist() == ["01", "2"]
    assert not is_plain_integers(cells("01", "2"))
    assert is_plain_integers(cells("0", "-2", None))


def test_a_key_that_is_no_integer_leaves_the_others_integers() -> None:
    assert read_key(cells("1", "x", None), as_integers=True).tolist() == [1, "x", None]


@pytest.mark.parametrize(
    ("values", "kind", "dtype"),
    [
        (pa.array([1, None]), "integer", "Int64"),
        (pa.array([1, 2], pa.int16()), "numeric", "int16"),
        (pa.array([1.0, None]), "integer", "Int64"),
        (pa.array([1.5, None]), "integer", "float64"),
        (pa.array([True, None]), "boolean", "boolean"),
        (pa.array([True, False]), "boolean", "bool"),
        (pa.array([1], pa.date32()), "date", "date32[day][pyarrow]"),
        (pa.array([1], pa.timestamp("us", "UTC")), "datetime", "datetime64[us, UTC]"),
        (pa.array(["a", "a"]).dictionary_encode(), "categorical", "object"),
        (pa.array(["5", "6"], pa.large_string()), "integer", "int64"),
        (pa.array([1, None], pa.uint8()), "integer", "UInt8"),
        (pa.array([1.5], pa.float32()), "numeric", "float32"),
        (pa.array([1], pa.duration("s")), "duration", "timedelta64[s]"),
        (pa.array([1], pa.time32("s")), "time", "time32[s][pyarrow]"),
        (pa.array([1], pa.timestamp("ms")), "datetime", "datetime64[ms]"),
    ],
)
def test_typed_columns_keep_their_type(values: pa.Array, kind: str, dtype: str) -> None:
    assert read_cells(pa.chunked_array([values]), kind).dtype == dtype


def test_decimals_stay_decimals() -> None:
    values = pa.array([Decimal("1.50"), None], pa.decimal128(12, 2))
    made = read_cells(pa.chunked_array([values]), "numeric")
    assert made.dtype == pd.ArrowDtype(pa.decimal128(12, 2))
    assert made[0] == Decimal("1.50")


def test_whole_numbers_that_no_float_tells_apart_are_exact_or_text() -> None:
    large = [str(2**63 + 1), "1"]
    assert read_cells(cells(*large), "integer").tolist() == [2**63 + 1, 1]
    larger = [str(2**64 + 1), "1"]
    assert read_cells(cells(*larger), "integer").tolist() == larger


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("time", ["08:30", "NA", None]),
        ("duration", ["PT3H", "", None]),
        ("coordinates", ["45.07, 7.69", "null", None]),
    ],
)
def test_texts_with_a_form_of_their_own_stay_as_they_are(kind: str, values: list[str | None]) -> None:
    assert read_cells(cells(*values), kind).tolist() == [values[0], None, None]
