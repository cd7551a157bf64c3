import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from synth_models.columns.categorical import CategoricalCodec
from synth_models.columns.codebook import MAX_TWO
from synth_models.columns.dtypes import as_dtype
from synth_models.errors import SettingError


def decoded(codec: CategoricalCodec, values: pd.Series, seed: int = 0) -> pd.Series:
    return codec.decode(codec.encode(values), np.random.default_rng(seed))


def saved(codec: CategoricalCodec) -> bytes:
    buffer = io.BytesIO()
    torch.save(codec.state(), buffer)
    return buffer.getvalue()


def test_the_most_frequent_comes_first():
    values = pd.Series(["b"] * 19 + ["c"] * 19 + ["a"] * 12 + ["z"] * 30)
    codec = CategoricalCodec.fit(values)
    assert codec.sizes == (6,)
    assert codec.to_numbers(pd.Series(["z", "b", "c", "a", None, "new"])).tolist()[:4] == [0, 1, 2, 3]
    np.testing.assert_array_equal(codec.to_numbers(pd.Series([None, "new"])), [np.nan, 4])


def test_the_rare_bucket_is_forbidden_where_nothing_is_rare():
    assert CategoricalCodec.fit(pd.Series(["a", "b"] * 12)).allowed()[0].tolist() == [
        [False, True, True, False]
    ]
    assert CategoricalCodec.fit(pd.Series(["a"] * 9 + ["b"])).allowed()[0].tolist() == [[False, True, True]]


def test_a_rare_value_becomes_a_frequent_one_by_frequency():
    values = pd.Series(["often"] * 3000 + ["seldom"] * 1000 + [f"secret {n}" for n in range(2000)])
    codec = CategoricalCodec.fit(values)
    made = decoded(codec, values[4000:])
    assert set(made) == {"often", "seldom"}
    assert (made == "often").mean() == pytest.approx(0.75, abs=0.03)
    assert b"secret" not in saved(codec)


@pytest.mark.parametrize("common", [0, 6])
def test_a_column_of_rare_values_gets_placeholders(common: int):
    values = pd.Series([f"secret {n}" for n in range(50)] + ["N/A"] * common, name="nick")
    codec = CategoricalCodec.fit(values)
    made = decoded(codec, values[:50])
    assert made.str.fullmatch(r"nick_\d+").all()
    assert made.is_unique  # as the values were
    assert b"secret" not in saved(codec)
    assert len(decoded(codec, pd.concat([values[:50]] * 3))) == 150


def test_placeholders_are_as_various_as_the_rare_values():
    values = pd.Series([f"secret {n % 20}" for n in range(80)], name="nick")
    assert decoded(CategoricalCodec.fit(values), values).nunique() == pytest.approx(20, abs=3)


def test_no_placeholder_is_a_real_value():
    values = pd.Series([f"nick_{n}" for n in range(30)], name="nick")
    assert not set(decoded(CategoricalCodec.fit(values), values)) & set(values)


def test_a_column_without_a_name():
    values = pd.Series(["one", "two", "three"])
    assert decoded(CategoricalCodec.fit(values), values).str.startswith("value_").all()


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float64", "object"])
def test_rare_numbers_become_numbers_within_their_range(dtype: str):
    values = pd.Series(np.arange(100, 140), dtype=dtype)
    codec = CategoricalCodec.fit(values)
    made = decoded(codec, values)
    assert made.dtype == values.dtype
    assert made.between(100, 139).all()
    assert made.nunique() > 10


def test_a_small_table_of_numbers_stays_usable():
    values = pd.Series([1, 2, 3, 4] * 3 + [5] * 12)
    made = decoded(CategoricalCodec.fit(values), values)
    assert made.dtype == values.dtype
    assert made.between(1, 5).all()


def test_few_rows_can_be_declared_public():
    values = pd.Series(["DE", "FR", "IT"])
    assert decoded(CategoricalCodec.fit(values, min_count=1), values).tolist() == ["DE", "FR", "IT"]


def test_at_most_so_many_categories():
    values = pd.Series(np.repeat(np.arange(500), 12))
    assert CategoricalCodec.fit(values).sizes == (24, 23)
    codec = CategoricalCodec.fit(values, max_categories=400)
    assert codec.sizes == (402,)
    assert codec.allowed()[0][0, -1]
    assert CategoricalCodec.fit(values, max_categories=7).sizes == (9,)


def test_no_frequent_category_of_many_is_lost():
    values = pd.Series(np.random.default_rng(0).permutation(np.repeat(np.arange(5000), 12))).astype(str)
    values[:20] = [f"secret {n}" for n in range(20)]
    codec = CategoricalCodec.fit(values)
    assert len(codec.sizes) == 2
    assert max(codec.sizes) < 100
    made = decoded(codec, values)
    assert made[20:].equals(values[20:])
    assert set(made[:20]) <= set(values[20:])
    assert b"secret" not in saved(codec)


def test_a_hundred_thousand_categories_in_a_million_rows():
    rng = np.random.default_rng(0)
    values = pd.Series((rng.zipf(1.2, 1_000_000) % 100_000).astype(str))
    codec = CategoricalCodec.fit(values)
    assert codec.sizes[0] * codec.sizes[1] <= MAX_TWO + 2 * 128
    known = codec.encode(values)[:, 0] != codec.sizes[0] - 1
    assert known.mean() > 0.8


def test_a_column_of_two_tokens_grows():
    values = pd.Series(np.repeat(np.arange(500), 12)).astype(str)
    codec = CategoricalCodec.fit(values)
    grown = codec.grow(pd.Series(np.repeat(np.arange(400, 530), 12)).astype(str))
    assert grown.sizes == (24 + 2, 23)
    np.testing.assert_array_equal(grown.encode(values), codec.encode(values))
    new = pd.Series(np.arange(500, 530)).astype(str)
    assert decoded(grown, new).tolist() == new.tolist()
    assert (codec.encode(new) == [23, 0]).all()  # the rest


@pytest.mark.parametrize("most", [0, 1.5, True, MAX_TWO + 1])
def test_max_categories_is_checked(most: object):
    with pytest.raises(SettingError, match="Column 'x': max_categories"):
        CategoricalCodec.fit(pd.Series(["a"], name="x"), max_categories=most)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["a", "b", None] * 12),
        pd.Series(["a", "b", None] * 12, dtype="string"),
        pd.Series(["a", "b", None] * 12, dtype="string[pyarrow]"),
        pd.Series(["a", "b", None] * 12, dtype="category"),
        pd.Series([1, 2, 3] * 12),
        pd.Series([1, 2, 3] * 12, dtype="int8"),
        pd.Series([1, 2, None] * 12, dtype="Int64"),
        pd.Series([1, 2, None] * 12, dtype="int64[pyarrow]"),
        pd.Series([1.5, 2, None] * 12),
        pd.Series([2**60 + 1, 2**60 + 2] * 12),
        pd.Series([True, False] * 12),
        pd.Series([True, False, None] * 12, dtype="boolean"),
        pd.Series([1, "one", 2.5, None] * 12, dtype=object),
        pd.Series(pd.Categorical(["lo", "hi", None] * 12, categories=["lo", "mid", "hi"], ordered=True)),
    ],
    ids=lambda values: str(values.dtype),
)
def test_the_dtype_comes_back(values: pd.Series):
    made = decoded(CategoricalCodec.fit(values), values)
    if isinstance(values.dtype, pd.CategoricalDtype):
        assert isinstance(made.dtype, pd.CategoricalDtype)
        assert made.dtype.ordered == values.dtype.ordered
    else:
        assert made.dtype == values.dtype
    assert made.astype(object).where(made.notna(), None).tolist() == (
        values.astype(object).where(values.notna(), None).tolist()
    )


def test_a_categorical_dtype_gives_no_rare_category_away():
    values = pd.Series(["a"] * 9 + ["secret"], dtype="category")
    codec = CategoricalCodec.fit(values)
    assert list(decoded(codec, values).cat.categories) == ["a"]
    assert b"secret" not in saved(codec)


def test_missing_values_in_a_whole_number_column():
    codec = CategoricalCodec.fit(pd.Series([1, 2] * 12))
    made = codec.decode(np.array([[0], [1]]), np.random.default_rng(0))
    assert made.dtype == "Int64"
    assert made.isna().tolist() == [True, False]


def test_other_dtypes_of_the_same_values_are_understood():
    codec = CategoricalCodec.fit(pd.Series([1, 2] * 12))
    for values in (
        pd.Series([1.0, 2.0, None]),
        pd.Series([1, 2, None], dtype="Int64"),
        pd.Series([1, 2, None], dtype=object),
    ):
        np.testing.assert_array_equal(codec.to_numbers(values), [0, 1, np.nan])


def test_order():
    values = pd.Series(["10", "9"] * 9 + ["1"] * 12)
    assert CategoricalCodec.fit(values).ordered == (False,)
    codec = CategoricalCodec.fit(values, ordered=True)
    assert codec.ordered == (True,)
    assert codec.to_numbers(pd.Series(["1", "10", "9"])).tolist() == [0, 1, 2]
    grades = pd.Series(pd.Categorical(["lo", "hi", "hi"] * 12, categories=["lo", "mid", "hi"], ordered=True))
    codec = CategoricalCodec.fit(grades)
    assert codec.ordered == (True,)
    assert codec.to_numbers(pd.Series(["lo", "hi"])).tolist() == [0, 1]


def test_anything_else_comes_back_as_its_text():
    values = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"] * 12))
    assert set(decoded(CategoricalCodec.fit(values), values)) == {
        "2024-01-01 00:00:00",
        "2024-01-02 00:00:00",
    }


@pytest.mark.parametrize(
    "dtype",
    [
        "utf8[pyarrow]",
        "bool[pyarrow]",
        "int64[pyarrow]",
        pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())),
        pd.StringDtype("pyarrow", na_value=np.nan),
    ],
    ids=str,
)
def test_arrow_dtypes_come_back(dtype: object):
    kinds = [1, 0] if "bool" in str(dtype) or "int64" in str(dtype) else ["a", "b"]
    values = as_dtype(pd.Series([*kinds, None] * 20, dtype=object), dtype)
    made = decoded(CategoricalCodec.fit(values), values)
    assert made.dtype == values.dtype
    assert made.dropna().tolist() == values.dropna().tolist()


def test_entities_that_share_a_value_count_once():
    values = pd.Series(["a"] * 30 + ["b"] * 30 + ["c"] * 30)
    owners = np.r_[np.arange(30), np.arange(30), np.repeat(3, 30)]
    made = set(decoded(CategoricalCodec.fit(values, entities=owners), values))
    assert made == {"a", "b"}


def test_a_missing_value_becomes_allowed():
    codec = CategoricalCodec.fit(pd.Series(["a", "b"] * 20))
    assert codec.grow(pd.Series(["a", None])).allowed()[0].tolist() == [[True, True, True, False]]
    rare = codec.grow(pd.Series(["a"] * 30 + ["new"]))
    assert rare.allowed()[0].tolist() == [[False, True, True, True]]
    assert set(decoded(rare, pd.Series(["new"] * 50))) == {"a"}  # by the frequency of now
