import numpy as np
import pandas as pd
import pytest

from synth_models.columns.base import (
    COLUMN_TYPES,
    Codec,
    as_dtype,
    check_options,
    dtype_name,
    nullable,
    to_array,
    to_tensor,
)
from synth_models.errors import SettingError, UnknownNameError


def test_a_misspelt_type_is_answered_with_the_right_one():
    with pytest.raises(UnknownNameError, match="Did you mean 'numeric'"):
        COLUMN_TYPES.get("numerik")


def test_a_codec_is_made_by_fitting_a_type():
    with pytest.raises(TypeError):
        Codec()  # type: ignore[abstract]


def test_arrays_go_through_tensors_and_are_copies():
    array = np.array([1.5, np.nan])
    tensor = to_tensor(array)
    array[0] = 9
    np.testing.assert_array_equal(to_array(tensor), [1.5, np.nan])


def test_all_unknown_options_are_told():
    with pytest.raises(SettingError, match="'a', 'b'"):
        check_options("numeric", pd.Series([1]), {"b": 1, "a": 2, "decimals": 3}, ("decimals",))


def test_dtypes_by_name():
    assert as_dtype(pd.Series([1]), "float32").dtype == "float32"


@pytest.mark.parametrize(
    ("values", "name", "with_missing"),
    [
        (pd.Series([1]), "int64", "Int64"),
        (pd.Series([1], dtype="uint8"), "uint8", "UInt8"),
        (pd.Series([True]), "bool", "boolean"),
        (pd.Series([1.5]), "float64", "float64"),
        (pd.Series(["a"], dtype="string[pyarrow]"), "string[pyarrow]", "string[pyarrow]"),
        (pd.Series([1, 2], dtype="category"), "int64", "Int64"),
    ],
)
def test_names_of_dtypes(values: pd.Series, name: str, with_missing: str):
    assert dtype_name(values) == name
    assert nullable(name) == with_missing
