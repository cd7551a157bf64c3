import io
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models.columns.dtypes import as_dtype
from synth_models.columns.numeric import NumericCodec
from synth_models.errors import SettingError


def decoded(values: pd.Series, **options: Any) -> pd.Series:
    codec = NumericCodec.fit(values, **options)
    return codec.decode(codec.encode(values), np.random.default_rng(0))


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "Float32", "double[pyarrow]"])
def test_the_dtype_comes_back(dtype: str):
    values = pd.Series(np.random.default_rng(0).normal(size=300).round(3)).pipe(as_dtype, dtype)
    values[3] = None
    made = decoded(values)
    assert made.dtype == values.dtype
    assert made.isna().tolist() == values.isna().tolist()


def test_strings_keep_their_decimals():
    values = pd.Series(["1.50", "2.25", None, "10.00"] * 20)
    assert decoded(values).tolist() == values.tolist()
    texts = pd.Series(np.random.default_rng(0).normal(50, 9, 500)).map("{:.2f}".format)
    assert decoded(texts).str.fullmatch(r"\d+\.\d\d").all()


def test_decimal_objects_stay_decimal():
    values = pd.Series([Decimal("1.50"), Decimal("2.25"), None] * 20)
    assert decoded(values).tolist() == values.tolist()


def test_money_keeps_its_cents():
    values = pd.Series(np.random.default_rng(0).lognormal(3, 1, 5000).round(2))
    made = decoded(values)
    np.testing.assert_array_equal(made, made.round(2))


def test_numbers_are_tidied_to_the_decimals():
    codec = NumericCodec.fit(pd.Series(np.random.default_rng(0).normal(50, 9, 500).round(2)))
    assert codec.from_numbers(np.array([0.1 + 0.2, 7.126]), np.random.default_rng(0)).tolist() == [0.3, 7.13]


def test_infinities_count_as_missing():
    codec = NumericCodec.fit(pd.Series([1.0, 2.0] * 20))
    assert np.isnan(codec.to_numbers(pd.Series([np.inf, -np.inf, "x"]))).all()


def test_differences_have_a_meaning():
    assert NumericCodec.continuous
    assert NumericCodec.fit(pd.Series([1.0])).ordered == (True,)


@pytest.mark.parametrize("decimals", [-1, 11, 1.5, True, "two"])
def test_decimals_are_checked(decimals: object):
    with pytest.raises(SettingError, match="Column 'x': decimals must be between 0 and 10"):
        NumericCodec.fit(pd.Series([1.0], name="x"), decimals=decimals)


def test_given_decimals_and_count():
    values = pd.Series(np.random.default_rng(0).normal(size=100))
    assert (decoded(values, decimals=1) * 10 % 1).abs().max() < 1e-9
    codec = NumericCodec.fit(pd.Series([1.5, 2.5]), min_count=1)
    assert codec.decode(codec.encode(pd.Series([1.5, 2.5])), np.random.default_rng(0)).tolist() == [1.5, 2.5]


def test_no_rare_number_is_in_a_checkpoint():
    values = pd.Series(np.random.default_rng(0).normal(size=999))
    buffer = io.BytesIO()
    torch.save(NumericCodec.fit(values).state(), buffer)
    assert not any(value.tobytes() in buffer.getvalue() for value in values.to_numpy())


@pytest.mark.parametrize("texts", [["1.50", "2.00", "10.25"], ["1.5", "2", "10.25"]])
def test_texts_keep_their_zeros_or_have_none(texts: list[str]):
    assert decoded(pd.Series(texts * 20)).tolist() == texts * 20
    values = pd.Series(texts * 20).map(Decimal)
    assert [str(value) for value in decoded(values)] == texts * 20
