import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synth_models.columns.texts.format import TextFormat, as_texts

DTYPES = ["object", "string", "string[pyarrow]", "category", pd.ArrowDtype(pa.string())]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("missing", [False, True])
def test_text_dtypes_stay(dtype: object, missing: bool):
    values = pd.Series(["b", None if missing else "c", "a"], dtype=dtype)
    made = TextFormat.of(values).write(np.array(["b", None if missing else "c", "a"], dtype=object))
    assert made.dtype == values.dtype
    assert made.dropna().tolist() == values.dropna().tolist()
    np.testing.assert_array_equal(made.isna(), values.isna())


@pytest.mark.parametrize("dtype", ["int64", "int8", "Int32", "float64", pd.ArrowDtype(pa.int64())], ids=str)
def test_number_dtypes_stay_whatever_is_written(dtype: object):
    values = pd.Series([12, 7], dtype=dtype)
    form = TextFormat.from_state(TextFormat.of(values).state())
    assert form.write(as_texts(values)).tolist() == [12, 7]
    made = form.write(np.array(["13", "x4-5", "no", "9" * 40], dtype=object))
    assert made.dtype == values.dtype
    assert made.tolist()[:3] == [13, 45, 0]


def test_missing_numbers_take_the_nullable_twin():
    made = TextFormat.of(pd.Series([12, 7])).write(np.array(["3", None], dtype=object))
    assert made.dtype == "Int64"
    assert made.isna().tolist() == [False, True]


def test_anything_else_becomes_its_text():
    values = pd.Series([True, None, 3, "x"], dtype=object)
    assert as_texts(values).tolist() == ["True", "3", "x"]
