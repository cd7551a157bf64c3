import numpy as np
import pandas as pd
import pytest

from synth_models.columns.dtypes import as_dtype
from synth_models.columns.integer import IntegerCodec


def decoded(values: pd.Series) -> pd.Series:
    codec = IntegerCodec.fit(values)
    return codec.decode(codec.encode(values), np.random.default_rng(0))


@pytest.mark.parametrize(
    "dtype", ["int64", "int8", "uint16", "Int64", "UInt8", "float64", "int32[pyarrow]", "object"]
)
def test_the_dtype_comes_back_whole(dtype: str):
    values = pd.Series(np.random.default_rng(0).integers(0, 120, 300)).pipe(as_dtype, dtype)
    made = decoded(values)
    assert made.dtype == values.dtype
    assert (made.astype(float) % 1 == 0).all()
    assert made.between(0, 119).all()


def test_objects_and_strings():
    values = pd.Series([3, None, 12] * 20, dtype=object)
    made = decoded(values)
    assert made.tolist() == values.tolist()
    assert {type(value) for value in made.dropna()} == {int}
    assert decoded(pd.Series(["3", "12"] * 20)).tolist() == ["3", "12"] * 20


def test_a_missing_value_where_the_dtype_has_none():
    codec = IntegerCodec.fit(pd.Series([1, 2] * 20))
    made = codec.from_numbers(np.array([1, np.nan]), np.random.default_rng(0))
    assert made.dtype == "Int64"
    assert made.isna().tolist() == [False, True]


def test_the_bounds_of_the_dtype_hold():
    codec = IntegerCodec.fit(pd.Series([1, 2] * 20, dtype="int8"))
    assert codec.from_numbers(np.array([1e6, -1e6]), np.random.default_rng(0)).tolist() == [127, -128]
    wide = IntegerCodec.fit(pd.Series([2**63 - 1, 0] * 20))
    assert wide.from_numbers(np.array([1e300]), np.random.default_rng(0)).iloc[0] > 2**62


@pytest.mark.parametrize("dtype", ["Int8", "int8[pyarrow]"])
def test_the_bounds_of_a_nullable_dtype_hold(dtype: str):
    codec = IntegerCodec.fit(pd.Series([1, 2] * 20, dtype=dtype))
    assert codec.from_numbers(np.array([1e6, -1e6]), np.random.default_rng(0)).tolist() == [127, -128]


def test_fractions_are_rounded():
    codec = IntegerCodec.fit(pd.Series(np.arange(500)))
    assert codec.from_numbers(np.array([7.6]), np.random.default_rng(0)).tolist() == [8]


@pytest.mark.parametrize("dtype", ["int64", "Int64", "uint64", "int64[pyarrow]", "object", "string"])
def test_numbers_that_no_float_tells_apart_are_exact(dtype: str):
    numbers = pd.Series(2**60 + 1 + np.random.default_rng(0).choice([0, 3, 2**40], 500))
    values = as_dtype(numbers, dtype)
    codec = IntegerCodec.fit(values)
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert made.dtype == values.dtype
    assert made.tolist() == values.tolist()
    assert float(2**60 + 1) == float(2**60 + 4)
    exact = codec.from_numbers(codec.to_numbers(values), np.random.default_rng(0))
    assert exact.tolist() == values.tolist()
