from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from synth_models.columns.dtypes import ColumnDtype, as_dtype, dtype_name, nullable, parse_dtype, ungrouped

DTYPES: list[Any] = [
    "int8", "uint64", "float16", "float32", "bool", "object", "Int16", "UInt32", "Float32", "boolean",
    "string[python]", "string[pyarrow]", "datetime64[s]", "datetime64[us, Europe/Rome]",
    "datetime64[ns, UTC+02:00]", "timedelta64[ms]",
    pd.StringDtype("pyarrow", na_value=float("nan")),
    *map(
        pd.ArrowDtype,
        [
            pa.int8(), pa.uint64(), pa.float16(), pa.float64(), pa.bool_(), pa.string(), pa.large_string(),
            pa.decimal128(12, 2), pa.decimal256(60, 3), pa.date32(), pa.date64(), pa.time32("s"),
            pa.time64("ns"), pa.duration("ms"), pa.timestamp("us"), pa.timestamp("ns", "Europe/Rome"),
            pa.timestamp("s", "+02:00"), pa.list_(pa.float64()), pa.list_(pa.float64(), 2),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_name_makes_the_dtype_again(dtype: Any):
    values = pd.Series([], dtype=dtype)
    name = dtype_name(values)
    assert parse_dtype(name) == values.dtype
    assert type(parse_dtype(name)) is type(values.dtype)
    assert ColumnDtype.from_state(ColumnDtype.of(values).state()) == ColumnDtype.of(values)


@pytest.mark.parametrize(
    ("dtype", "wider"),
    [("int8", "Int8"), ("uint16", "UInt16"), ("bool", "boolean"), ("float32", "float32"), ("Int8", "Int8")],
)
def test_the_nullable_twin(dtype: str, wider: str):
    assert nullable(dtype) == wider
    assert ColumnDtype(dtype).write(pd.Series([1, None], dtype=object)).dtype == wider


def test_arrow_decimals_are_cast():
    made = as_dtype(pd.Series([1.5, None]), pd.ArrowDtype(pa.decimal128(5, 2)))
    assert made[0] == Decimal("1.50")
    assert made.isna().tolist() == [False, True]


@pytest.mark.parametrize("ordered", [False, True])
def test_a_categorical_column(ordered: bool):
    values = pd.Series(pd.Categorical([3, 1, None, 3], ordered=ordered))
    dtype = ColumnDtype.of(values)
    plain = ungrouped(values)
    assert (plain.dtype, plain.dropna().tolist()) == ("Int64", [3, 1, 3])
    pd.testing.assert_series_equal(dtype.write(plain), values)


def test_a_dictionary_column():
    values = pd.Series(pd.arrays.ArrowExtensionArray(pa.array(["a", None, "a"]).dictionary_encode()))
    plain = ungrouped(values)
    assert plain.dtype == pd.ArrowDtype(pa.string())
    assert ColumnDtype.of(values).write(plain).dtype == values.dtype
    assert ColumnDtype.of(values).write(plain[:0]).dtype == values.dtype
