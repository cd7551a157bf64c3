import numpy as np
import pandas as pd
import pytest

from synth_models.columns.base import (
    COLUMN_TYPES,
    Codec,
    check_options,
    threshold,
    to_array,
    to_tensor,
)
from synth_models.columns.dtypes import as_dtype, dtype_name, nullable
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


def test_the_threshold_of_rarity_is_drawn_above_the_least():
    draws = [threshold(pd.Series(range(n), name="x"), 5, 0) for n in range(1, 300)]
    assert min(draws) == 5
    assert max(draws) <= 10
    assert 0.4 < np.mean(np.array(draws) == 5) < 0.6
    assert len(set(draws)) >= 4


def test_the_threshold_hangs_on_seed_name_and_values():
    values = pd.Series(["a", None, "b"] * 9, name="x")
    assert threshold(values, 5, 3) == threshold(values.copy(), 5, 3)
    assert len({threshold(values, 5, seed) for seed in range(30)}) > 1
    assert len({threshold(values.rename(str(name)), 5, 0) for name in range(30)}) > 1


def test_public_values_have_no_threshold():
    assert {threshold(pd.Series(range(n)), 1, 0) for n in range(1, 50)} == {1}
