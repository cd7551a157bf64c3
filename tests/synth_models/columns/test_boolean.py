from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_models.columns.boolean import BooleanCodec
from synth_models.columns.dtypes import as_dtype


@pytest.mark.parametrize(
    ("false", "true"),
    [
        (False, True),
        (0, 1),
        (0.0, 1.0),
        ("no", "yes"),
        ("N", "Y"),
        ("f", "t"),
        ("False", "True"),
        ("in", "out"),
        (1, 2),
    ],
)
def test_both_kinds(false: object, true: object):
    values = pd.Series([true, false, false, None] * 5, dtype=object)
    codec = BooleanCodec.fit(values)
    np.testing.assert_array_equal(codec.to_numbers(values)[:4], [1, 0, 0, np.nan])
    assert codec.encode(values)[:4].ravel().tolist() == [2, 1, 1, 0]
    assert codec.allowed()[0].tolist() == [[True, True, True]]
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert made.tolist() == values.tolist()


@pytest.mark.parametrize("dtype", ["bool", "boolean", "int64", "Int8", "float64", "object", "bool[pyarrow]"])
def test_the_dtype_comes_back(dtype: str):
    values = pd.Series([True, False, True] * 3).pipe(as_dtype, dtype)
    codec = BooleanCodec.fit(values)
    pd.testing.assert_series_equal(codec.decode(codec.encode(values), np.random.default_rng(0)), values)


@pytest.mark.parametrize(("dtype", "wider"), [("bool", "boolean"), ("int64", "Int64"), ("uint8", "UInt8")])
def test_a_missing_value_where_the_dtype_has_none(dtype: str, wider: str):
    codec = BooleanCodec.fit(pd.Series([True, False]).pipe(as_dtype, dtype))
    made = codec.from_numbers(np.array([1, np.nan]), np.random.default_rng(0))
    assert made.dtype == wider
    assert made.isna().tolist() == [False, True]


def test_one_kind_only():
    codec = BooleanCodec.fit(pd.Series(["yes"] * 5))
    assert codec.allowed()[0].tolist() == [[False, False, True]]
    assert BooleanCodec.fit(pd.Series([False] * 2)).allowed()[0].tolist() == [[False, True, False]]
    assert BooleanCodec.fit(pd.Series([None, None], dtype=object)).allowed()[0].tolist() == [
        [True, False, False]
    ]


def test_a_rare_word_is_not_stored():
    values = pd.Series(["plain"] * 9 + ["secret"])
    codec = BooleanCodec.fit(values)
    assert "secret" not in str(codec.state())
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert sorted(made) == ["other"] + ["plain"] * 9


def test_an_unseen_kind_counts_as_missing():
    codec = BooleanCodec.fit(pd.Series(["no", "yes"] * 5))
    assert np.isnan(codec.to_numbers(pd.Series(["maybe"]))).all()


@pytest.mark.parametrize("values", [[3, 7], ["in", "out"]])
def test_a_rare_kind_of_any_dtype_has_a_stand_in(values: list[Any]):
    column = pd.Series([values[0]] * 20 + [values[1]])
    codec = BooleanCodec.fit(column)
    made = codec.decode(codec.encode(column), np.random.default_rng(0))
    assert made.dtype == column.dtype
    assert made[0] == values[0]
    assert made[20] not in values


@pytest.mark.parametrize(
    ("values", "faults", "alike"),
    [
        ([True, False], 0, True),
        (["yes", "no"], 0, True),
        (["in", "out"], 0, False),
        ([0, 1], 0, False),
        (["yes"], 0, False),
        (["a", "b", "c"], 1, False),
        (["a"], 1, False),
    ],
)
def test_what_is_boolean(values: list[Any], faults: int, alike: bool):
    assert len(BooleanCodec.faults(pd.Series(values))) == faults
    assert (BooleanCodec.likeness(pd.Series(values)) > 0.5) == alike
