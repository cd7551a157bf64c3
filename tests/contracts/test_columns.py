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
from synth_models.columns.base import Kind
from synth_models.errors import SettingError

NAMES = COLUMN_TYPES.names()
DAY_ZERO = dt.datetime(2020, 2, 27, 22, 0)
PLACES = ["45.07, 7.69", "41.9, 12.5", "40.85, 14.27"]

VALUES: dict[str, st.SearchStrategy] = {
    "boolean": st.booleans(),
    "coordinates": st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    "categorical": st.sampled_from(["red", "green", "blue", "grey", "a b"]) | st.text(max_size=3),
    "date": st.integers(0, 900).map(lambda day: (DAY_ZERO + dt.timedelta(days=day)).date()),
    "datetime": st.integers(0, 10**8).map(lambda second: DAY_ZERO + dt.timedelta(seconds=second)),
    "duration": st.integers(-(10**6), 10**13).map(lambda micros: dt.timedelta(microseconds=micros)),
    "integer": st.integers(-3, 12) | st.integers(-(10**9), 10**9),
    "numeric": st.integers(-3, 12).map(lambda n: n / 4) | st.floats(-1e12, 1e12),
    "text": st.text(max_size=8),
    "time": st.times(),
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
        "coordinates": lambda: pd.Series(PLACES)[rng.integers(0, 3, n)].reset_index(drop=True),
        "duration": lambda: pd.Series(pd.to_timedelta(rng.integers(0, 10**5, n), "s")),
        "integer": lambda: pd.Series(rng.poisson(300, n)),
        "numeric": lambda: pd.Series(rng.lognormal(3, 1, n).round(2)),
        "text": lambda: pd.Series(rng.choice(["yes, please", "no"], n)),
        "time": lambda: pd.Series(pd.to_datetime(rng.integers(0, 1440, n), unit="m").strftime("%H:%M")),
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


# --- growing, and protection by entity -------------------------------------------------------------------


def lower_and_all(name: str) -> tuple[pd.Series, pd.Series]:
    """The smaller values of a column without missing ones, and all of them with missing ones."""
    values = rows(name, 1200)
    lower = values.dropna().sort_values(kind="stable").iloc[:500].reset_index(drop=True)
    return lower.infer_objects(), values


def legal_tokens(codec: Codec, n: int = 500) -> np.ndarray:
    """Random tokens that the codec allows."""
    rng = np.random.default_rng(1)
    tokens, before = np.zeros((n, len(codec.sizes)), dtype=np.int64), np.zeros(n, dtype=np.int64)
    for place, table in enumerate(codec.allowed()):
        before = (rng.random((n, table.shape[1])) * table[before]).argmax(axis=1)
        tokens[:, place] = before
    return tokens


@pytest.mark.parametrize("name", NAMES)
def test_old_tokens_keep_their_meaning(name: str):
    lower, values = lower_and_all(name)
    codec = COLUMN_TYPES.get(name).fit(lower)
    grown = restored(codec.grow(values))
    assert (len(grown.sizes), grown.ordered) == (len(codec.sizes), codec.ordered)
    assert grown.derived_sizes == codec.derived_sizes
    assert (np.array(grown.sizes) >= codec.sizes).all()
    tokens = codec.encode(lower)
    made = codec.decode(tokens, np.random.default_rng(0))
    np.testing.assert_array_equal(grown.encode(made), codec.encode(made))
    again = grown.decode(tokens, np.random.default_rng(0))
    differ = [left != right for left, right in zip(made.astype(object), again.astype(object), strict=True)]
    assert np.mean(differ) <= 0.01  # at the ends, which may widen
    for old, new, before in zip(codec.allowed(), grown.allowed(), codec.ranks(), strict=True):
        assert (new[: old.shape[0], : old.shape[1]] >= old).all()
        assert len(before) == old.shape[1]
    for old, new, size in zip(codec.ranks(), grown.ranks(), grown.sizes, strict=True):
        assert new.shape == (size,)
        np.testing.assert_array_equal(new[: len(old)], old)
        assert ((new >= 0) & (new <= 1)).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_grown_codec_knows_the_new_values(name: str):
    lower, values = lower_and_all(name)
    codec = COLUMN_TYPES.get(name).fit(lower)
    grown = restored(codec.grow(values))
    tokens = grown.encode(values)
    assert_allowed(grown, tokens)
    np.testing.assert_array_equal(tokens[:, 0] == 0, values.isna())
    made = grown.decode(tokens, np.random.default_rng(0))
    np.testing.assert_array_equal(made.isna(), values.isna())
    assert_allowed(grown, grown.encode(grown.decode(legal_tokens(grown), np.random.default_rng(2))))
    # as a codec that knew all from the start, but for the values of the rarest few
    fresh = COLUMN_TYPES.get(name).fit(values)
    numbers = [c.to_numbers(c.decode(c.encode(values), np.random.default_rng(0))) for c in (grown, fresh)]
    if codec.continuous:
        spread = np.nanquantile(numbers[1], 0.95) - np.nanquantile(numbers[1], 0.05)
        assert abs(np.nanquantile(numbers[0], 0.95) - np.nanquantile(numbers[1], 0.95)) < 0.1 * spread + 1e-9
    elif codec.kind in (Kind.LABEL, Kind.TEXT):
        assert made.nunique() == fresh.decode(fresh.encode(values), np.random.default_rng(0)).nunique()


@pytest.mark.parametrize("name", NAMES)
def test_growing_twice_and_with_nothing(name: str):
    lower, values = lower_and_all(name)
    codec = COLUMN_TYPES.get(name).fit(lower)
    same = codec.grow(lower)
    assert np.subtract(same.sizes, codec.sizes).max() <= 2  # strays of the fit, taken together
    assert same.grow(lower).sizes == same.sizes
    assert saved(codec.grow(values, seed=3)) == saved(codec.grow(values.copy(), seed=3))
    once = codec.grow(values)
    twice = once.grow(values)
    made = codec.decode(codec.encode(lower), np.random.default_rng(0))
    np.testing.assert_array_equal(twice.encode(made), codec.encode(made))
    empty = once.grow(values.iloc[:0])
    np.testing.assert_array_equal(empty.encode(values), once.encode(values))


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_many_rows_of_one_entity_is_rare(name: str):
    values = rows(name, missing=False)
    one = np.zeros(len(values), dtype=np.int64)
    codec = COLUMN_TYPES.get(name).fit(values, entities=one)
    grown = codec.grow(values, entities=one)
    for made in (codec, grown):
        assert_allowed(made, made.encode(values))
        decoded = made.decode(legal_tokens(made), np.random.default_rng(0))
        if made.kind in (Kind.LABEL, Kind.TEXT) and name != "boolean":
            assert not set(decoded.dropna()) & set(values)
        if made.kind is Kind.NUMBER and made.continuous:
            stored = saved(made)
            for number in np.unique(made.to_numbers(values)):
                assert number == 0 or np.float64(number).tobytes() not in stored


@pytest.mark.parametrize("name", NAMES)
def test_every_row_its_own_entity_is_the_default(name: str):
    values = rows(name)
    kind = COLUMN_TYPES.get(name)
    own = kind.fit(values, entities=np.arange(len(values)) + 7)
    assert saved(own) == saved(kind.fit(values))
