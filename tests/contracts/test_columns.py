"""What every registered column type promises, whoever wrote it."""

import datetime as dt
import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_models.columns import COLUMN_TYPES, Codec
from synth_models.errors import SettingError

NAMES = COLUMN_TYPES.names()
DAY_ZERO = dt.datetime(2020, 2, 27, 22, 0)

VALUES: dict[str, st.SearchStrategy] = {
    "boolean": st.booleans(),
    "categorical": st.sampled_from(["red", "green", "blue", "grey", "a b"]) | st.text(max_size=3),
    "date": st.integers(0, 900).map(lambda day: (DAY_ZERO + dt.timedelta(days=day)).date()),
    "datetime": st.integers(0, 10**8).map(lambda second: DAY_ZERO + dt.timedelta(seconds=second)),
    "integer": st.integers(-3, 12) | st.integers(-(10**9), 10**9),
    "numeric": st.integers(-3, 12).map(lambda n: n / 4) | st.floats(-1e12, 1e12),
    "text": st.text(max_size=8),
}


def rows(name: str, n: int = 400, *, missing: bool = True) -> pd.Series:
    """Made-up values of a column type."""
    rng = np.random.default_rng(7)
    made: dict[str, Callable[[], pd.Series]] = {
        "boolean": lambda: pd.Series(rng.random(n) < 0.3),
        "categorical": lambda: pd.Series(rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])),
        "date": lambda: pd.Series(pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 800, n), "D")),
        "datetime": lambda: pd.Series(
            pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 10**7, n), "s")
        ),
        "integer": lambda: pd.Series(rng.poisson(300, n)),
        "numeric": lambda: pd.Series(rng.lognormal(3, 1, n).round(2)),
        "text": lambda: pd.Series(rng.choice(["yes, please", "no"], n)),
    }
    values = made[name]()
    return values.where(rng.random(n) > 0.1) if missing else values


def saved(codec: Codec) -> bytes:
    """The state as a checkpoint holds it."""
    buffer = io.BytesIO()
    torch.save(codec.state(), buffer)
    return buffer.getvalue()


def restored(codec: Codec) -> Codec:
    """The codec after a way through a file."""
    return type(codec).from_state(torch.load(io.BytesIO(saved(codec)), weights_only=True))


def assert_allowed(codec: Codec, tokens: np.ndarray) -> None:
    """Every token may follow the one before."""
    before, size_before = np.zeros(len(tokens), dtype=np.int64), 1
    for place, (table, size) in enumerate(zip(codec.allowed(), codec.sizes, strict=True)):
        assert table.dtype == bool
        assert table.shape == (size_before, size)
        assert table.any(axis=1).all()
        assert table[before, tokens[:, place]].all()
        before, size_before = tokens[:, place], size


def test_every_column_type_is_tried_out():
    assert set(NAMES) == set(VALUES)


@pytest.mark.parametrize("name", NAMES)
def test_shapes_and_missing_values(name: str):
    values = rows(name)
    codec = COLUMN_TYPES.get(name).fit(values)
    numbers, tokens = codec.to_numbers(values), codec.encode(values)
    missing = values.isna().to_numpy()
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(np.isnan(numbers), missing)
    assert tokens.dtype == np.int64
    assert tokens.shape == (len(values), len(codec.sizes))
    assert len(codec.ordered) == len(codec.sizes) >= 1
    np.testing.assert_array_equal(tokens[:, 0] == 0, missing)
    assert not tokens[missing].any()
    assert (tokens < np.array(codec.sizes)).all()
    derived = codec.derived(numbers)
    assert derived.dtype == np.int64
    assert derived.shape == (len(values), len(codec.derived_sizes))
    assert (derived < np.array(codec.derived_sizes, dtype=int)).all()
    assert not derived[missing].any()
    made = codec.decode(tokens, np.random.default_rng(0))
    np.testing.assert_array_equal(made.isna().to_numpy(), missing)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("missing", [False, True])
def test_values_survive_the_numbers(name: str, missing: bool):
    values = rows(name, missing=missing)
    codec = COLUMN_TYPES.get(name).fit(values)
    made = codec.from_numbers(codec.to_numbers(values), np.random.default_rng(0))
    assert made.dtype == values.dtype
    assert made.dropna().tolist() == values.dropna().tolist()


@pytest.mark.parametrize("name", NAMES)
def test_decoded_values_encode_to_the_same_tokens(name: str):
    values = rows(name)
    codec = COLUMN_TYPES.get(name).fit(values)
    tokens = codec.encode(values)
    again = codec.encode(codec.decode(tokens, np.random.default_rng(0)))
    assert (again == tokens).all(axis=1).mean() == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_missing_token_is_forbidden_where_none_was_seen(name: str):
    codec = COLUMN_TYPES.get(name)
    assert not codec.fit(rows(name, missing=False)).allowed()[0][0, 0]
    assert codec.fit(rows(name)).allowed()[0][0, 0]


@pytest.mark.parametrize("name", NAMES)
def test_same_input_same_result(name: str):
    values = rows(name)
    kind = COLUMN_TYPES.get(name)
    one, two = kind.fit(values, seed=3), kind.fit(values.copy(), seed=3)
    assert saved(one) == saved(two)
    tokens = one.encode(values)
    made = one.decode(tokens, np.random.default_rng(5))
    pd.testing.assert_series_equal(made, two.decode(tokens, np.random.default_rng(5)))


@pytest.mark.parametrize("name", NAMES)
def test_the_state_makes_the_same_codec(name: str):
    values = rows(name)
    codec = COLUMN_TYPES.get(name).fit(values)
    twin = restored(codec)
    assert twin is not codec
    assert (twin.sizes, twin.ordered, twin.derived_sizes) == (codec.sizes, codec.ordered, codec.derived_sizes)
    for mine, yours in zip(codec.allowed(), twin.allowed(), strict=True):
        np.testing.assert_array_equal(mine, yours)
    tokens = codec.encode(values)
    np.testing.assert_array_equal(twin.encode(values), tokens)
    made = codec.decode(tokens, np.random.default_rng(0))
    pd.testing.assert_series_equal(twin.decode(tokens, np.random.default_rng(0)), made)
    np.testing.assert_array_equal(
        twin.derived(twin.to_numbers(values)), codec.derived(codec.to_numbers(values))
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [0, 1, 2, 6])
@pytest.mark.parametrize("empty", [False, True])
def test_few_rows_and_nothing_but_missing_values(name: str, n: int, empty: bool):
    values = rows(name, n, missing=False)
    values = values.where(pd.Series(not empty, index=values.index))
    codec = restored(COLUMN_TYPES.get(name).fit(values))
    tokens = codec.encode(values)
    assert_allowed(codec, tokens)
    made = codec.decode(tokens, np.random.default_rng(0))
    np.testing.assert_array_equal(made.isna().to_numpy(), values.isna().to_numpy())


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_column_stays_constant(name: str):
    values = rows(name, 1, missing=False).repeat(9).reset_index(drop=True)
    codec = COLUMN_TYPES.get(name).fit(values)
    pd.testing.assert_series_equal(
        codec.decode(codec.encode(values), np.random.default_rng(0)), values, check_names=False
    )


@pytest.mark.parametrize("name", NAMES)
def test_any_legal_tokens_decode(name: str):
    values = rows(name)
    codec = COLUMN_TYPES.get(name).fit(values)
    rng = np.random.default_rng(1)
    tokens = np.zeros((500, len(codec.sizes)), dtype=np.int64)
    before = np.zeros(500, dtype=np.int64)
    for place, table in enumerate(codec.allowed()):
        before = (rng.random((500, table.shape[1])) * table[before]).argmax(axis=1)
        tokens[:, place] = before
    made = codec.decode(tokens, rng)
    assert made.dtype == values.dtype
    assert_allowed(codec, codec.encode(made))


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_option_is_refused(name: str):
    with pytest.raises(SettingError, match=r"Column 'price': .* has no option 'colour'"):
        COLUMN_TYPES.get(name).fit(rows(name).rename("price"), colour="red")


@pytest.mark.parametrize("min_count", [0, -1, 2.5, True, "many"])
@pytest.mark.parametrize("name", NAMES)
def test_min_count_is_checked(name: str, min_count: object):
    with pytest.raises(SettingError, match="min_count must be"):
        COLUMN_TYPES.get(name).fit(rows(name), min_count=min_count)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", NAMES)
def test_what_is_encoded_is_allowed(name: str, data: st.DataObject):
    drawn = data.draw(st.lists(st.none() | VALUES[name], min_size=1, max_size=30))
    repeats = data.draw(st.integers(1, 7))
    values = pd.Series(drawn * repeats, dtype=object, name="x")
    codec = COLUMN_TYPES.get(name).fit(values)
    tokens = codec.encode(values)
    assert_allowed(codec, tokens)
    made = codec.decode(tokens, np.random.default_rng(0))
    np.testing.assert_array_equal(made.isna().to_numpy(), values.isna().to_numpy())
    assert_allowed(restored(codec), codec.encode(made))
