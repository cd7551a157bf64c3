from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synth_models.columns.number_values import (
    exact_numbers,
    number_faults,
    number_likeness,
    offset_of,
    read_numbers,
)

BIG = 2**53 + 1  # the first whole number that a float64 cannot hold


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([BIG, 3]),
        pd.Series([BIG, None], dtype="Int64"),
        pd.Series([BIG, None], dtype="UInt64"),
        pd.Series([BIG, None], dtype="int64[pyarrow]"),
        pd.Series([BIG, None], dtype=object),
        pd.Series([str(BIG), None]),
        pd.Series([str(BIG), None], dtype="string"),
        pd.Series([Decimal(BIG), None]),
        pd.Series([Decimal(BIG), None], dtype=pd.ArrowDtype(pa.decimal128(20, 0))),
        pd.Series([BIG, None], dtype="Int64").astype("category"),
        pd.Series([2**63 + 5, 0], dtype="uint64"),
    ],
)
def test_large_whole_numbers_are_exact(values: pd.Series):
    numbers, missing = exact_numbers(values)
    assert numbers.dtype.kind in "iu"
    assert missing.tolist() == values.isna().tolist()
    assert int(numbers[0]) == int(values.iloc[0])


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1.0, np.inf]),
        pd.Series([1.0, -np.inf], dtype="float32"),
        pd.Series([1.0, np.inf], dtype="Float64"),
        pd.Series([1.0, np.inf], dtype="double[pyarrow]"),
        pd.Series(["1", "inf"]),
        pd.Series(["1", "-Infinity"], dtype="string[pyarrow]"),
        pd.Series([Decimal(1), Decimal("Infinity")]),
        pd.Series([1, float("inf")], dtype=object),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_infinities_are_faults(values: pd.Series, whole: bool):
    assert number_faults(values, whole=whole) == [
        "1 of 2 values are infinite. Set them to missing or to a bound."
    ]
    assert np.isnan(read_numbers(values)[1])


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (pd.Series(["1", "x", None]), "1 of 2 values are not numbers"),
        (pd.Series([1 + 2j]), "complex"),
        (pd.Series([Decimal("sNaN"), Decimal(1)]), "signalling NaN"),
        (pd.Series([1.5, 2]), "1 of 2 values are not whole numbers. Declare it numeric."),
        (pd.Series(["1.5", "2"]), "1 of 2 values are not whole numbers"),
        (pd.Series([-(2**62), 2**62]), "too far to be told apart"),
    ],
)
def test_what_is_no_whole_number(values: pd.Series, fault: str):
    (found,) = number_faults(values, whole=True)
    assert fault in found


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1.0, np.nan]),
        pd.Series([1.0, np.nan], dtype="Float64"),
        pd.Series(pd.arrays.ArrowExtensionArray(pa.array([1.0, float("nan")]))),
        pd.Series([Decimal(1), Decimal("NaN")]),
        pd.Series([2**62, 2**62 + 3]),
        pd.Series([1.0, 1e300]),
        pd.Series([], dtype=object),
    ],
)
def test_no_faults(values: pd.Series):
    assert number_faults(values, whole=True) == []


@pytest.mark.parametrize("low", [2**62, -(2**62), 1_700_000_000_000_000_001])
@pytest.mark.parametrize("span", [0, 5, 2**50])
def test_an_offset_is_below_all_values_and_leaves_what_a_float_can_tell(low: int, span: int):
    offset = offset_of(pd.Series([low, low + span]))
    assert offset < low
    assert low + span - offset < 2**53
    assert offset % 2**20 == 0


def test_no_offset_where_none_is_needed_or_none_helps():
    assert offset_of(pd.Series([0, 2**53])) == 0
    assert offset_of(pd.Series([0, 2**60])) == 0
    assert offset_of(pd.Series([1e300])) == 0
    assert offset_of(pd.Series([], dtype="int64")) == 0


@pytest.mark.parametrize(
    ("values", "whole", "numeric"),
    [
        ([1, 2], True, True),
        ([1.5, 2], False, True),
        (["1", "-20"], True, True),
        (["1.5", "2"], False, True),
        (["007", "012"], False, False),
        (["a", "1"], False, False),
        ([True, False], False, False),
        ([], False, False),
        ([None], False, False),
    ],
)
def test_likeness(values: list[Any], whole: bool, numeric: bool):
    made = pd.Series(values, dtype=None if values else object)
    assert (number_likeness(made, whole=True) > 0) == whole
    assert (number_likeness(made) > 0) == numeric
    assert not whole or number_likeness(made, whole=True) > number_likeness(made)
