import datetime as dt
import uuid
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from synth_models.columns.keys import KeyFormat

RNG = np.random.default_rng(0)
N = 400
DAYS = [dt.date(2020, 3, 5) + dt.timedelta(days=n) for n in range(N)]
SPARSE = RNG.choice(np.arange(10**7, 10**8), N, replace=False)
UUIDS = [uuid.UUID(bytes=RNG.bytes(16), version=4) for _ in range(N)]

NUMBERED = {
    "int64": pd.Series(range(1, N + 1)),
    "from nought": pd.Series(range(N)),
    "Int32": pd.Series(range(1, N + 1), dtype="Int32"),
    "arrow": pd.Series(range(1, N + 1), dtype="int64[pyarrow]"),
    "floats": pd.Series(range(1, N + 1), dtype=float),
    "decimals": pd.Series([Decimal(n) for n in range(1, N + 1)]),
    "every tenth": pd.Series(range(10, 10 * N + 1, 10)),
    "dates": pd.Series(DAYS),
    "timestamps": pd.Series(pd.to_datetime(DAYS)),
    "date texts": pd.Series([str(day) for day in DAYS]),
}
DRAWN = {
    "sparse": pd.Series(SPARSE),
    "sparse int32": pd.Series(2_000_000_000 + SPARSE % 100_000_000, dtype="int32").drop_duplicates(),
    "sparse nullable": pd.Series(SPARSE, dtype="Int64"),
    "negative": pd.Series(-SPARSE),
    "padded": pd.Series([f"{n:06d}" for n in range(N)]),
    "padded string": pd.Series([f"{n:06d}" for n in range(N)], dtype="string"),
    "padded arrow": pd.Series([f"{n:06d}" for n in range(N)], dtype="string[pyarrow]"),
    "category": pd.Series([f"K{n:03d}" for n in range(N)], dtype="category"),
    "digits": pd.Series([str(n) for n in range(N)]),
    "uuids": pd.Series(UUIDS),
    "uuid texts": pd.Series([str(value) for value in UUIDS]),
    "orders": pd.Series([f"ORD-{2020 + n % 5}-{n:04d}" for n in range(N)]),
    "mixed": pd.Series([f"CUST{n:04d}" if n % 3 else f"c/{n}/X" for n in range(N)]),
    "words": pd.Series(["".join(RNG.choice(list("abcdefgh"), 7)) for _ in range(N)]).drop_duplicates(),
    "cyrillic": pd.Series([f"Ж-{n:03d}" for n in range(N)]),
    "floats": pd.Series(RNG.random(N).round(6)),
    "moments": pd.Series(pd.to_datetime(1_600_000_000 + RNG.choice(10**8, N, replace=False), unit="s")),
}


def made(values: pd.Series, n: int, **options: bool) -> pd.Series:
    form = KeyFormat.from_state(KeyFormat.fit(values, **options).state())
    return form.make(n, np.random.default_rng(1))


@pytest.mark.parametrize("name", NUMBERED)
@pytest.mark.parametrize("times", [1, 3])
def test_numbered_keys_go_on(name: str, times: int):
    values = NUMBERED[name]
    keys = made(values, times * len(values))
    assert len(keys) == times * len(values)
    assert keys.is_unique
    assert keys.dtype == values.dtype
    assert type(keys.iloc[0]) is type(values.iloc[0])


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("times", [1, 5])
def test_other_keys_are_new(name: str, times: int):
    values = DRAWN[name]
    keys = made(values, times * len(values))
    assert len(keys) == times * len(values)
    assert keys.is_unique
    assert not set(keys) & set(values)
    assert type(keys.iloc[0]) is type(values.iloc[0])
    if name != "category":
        assert keys.dtype == values.dtype


def test_numbers_start_where_the_real_ones_do():
    assert made(NUMBERED["int64"], 3).tolist() == [1, 2, 3]
    assert made(NUMBERED["from nought"], 3).tolist() == [0, 1, 2]
    assert made(NUMBERED["every tenth"], 3).tolist() == [10, 20, 30]
    assert made(pd.Series(range(5417, 5900)), 3).tolist() == [1000, 1001, 1002]
    assert made(NUMBERED["date texts"], 2).tolist() == ["2020-01-01", "2020-01-02"]


def test_sparse_numbers_keep_their_digits():
    assert made(DRAWN["sparse"], N).astype(str).str.len().eq(8).all()


def test_the_format_stays():
    assert made(DRAWN["padded"], N).str.fullmatch(r"00\d{4}").all()
    assert made(DRAWN["padded"], 5 * N).str.fullmatch(r"0\d{5}").all()
    assert made(DRAWN["orders"], 100).str.fullmatch(r"ORD-202[0-4]-0[0-3]\d\d").all()
    assert made(DRAWN["orders"], 5 * N).str.fullmatch(r"ORD-202[0-4]-\d[0-3]\d\d").all()
    shapes = made(DRAWN["mixed"], N)
    assert shapes.str.fullmatch(r"CUST\d+|c/\d+/X").all()
    assert 0.5 < shapes.str.startswith("CUST").mean() < 0.8
    assert made(DRAWN["cyrillic"], N).str.fullmatch(r"Ж-\d{3,4}").all()
    numbers = made(DRAWN["digits"][1:], N)
    assert (numbers.astype(int).astype(str) == numbers).mean() > 0.9


def test_few_uuids_are_still_hexadecimal():
    few = pd.Series([str(value) for value in UUIDS[:40]])
    assert all(uuid.UUID(key).version == 4 for key in made(few, 200))


@pytest.mark.parametrize("name", ["uuids", "uuid texts"])
def test_uuids_are_of_the_same_version(name: str):
    keys = [uuid.UUID(str(key)) for key in made(DRAWN[name], N)]
    assert {key.version for key in keys} == {4}
    assert {key.variant for key in keys} == {uuid.RFC_4122}


@pytest.mark.parametrize("n", [1, 3, 200])
def test_patterns_that_are_used_up_are_widened(n: int):
    keys = made(pd.Series([f"A{digit}" for digit in "0123456789"]), n)
    assert keys.is_unique
    assert keys.str.fullmatch(r"A\d+").all()
    assert not keys.str.fullmatch(r"A\d").any()  # all of these are real


def test_a_dtype_that_is_used_up():
    values = pd.Series([-120, -90, 3, 50, 77, 100, 111, 120], dtype="int8")
    keys = made(values, 120)
    assert keys.is_unique
    assert keys.dtype == "int8"


def test_public_keys_come_out_again():
    codes = pd.Series(["DE", "FR", "IT", "ES", "NL", "PL"])
    assert set(made(codes, 6, public=True)) == set(codes)
    assert set(made(codes, 4, public=True)) < set(codes)
    more = made(codes, 9, public=True)
    assert more.is_unique
    assert set(codes) < set(more)


@pytest.mark.parametrize(
    "values", [pd.Series([], dtype=object), pd.Series([], dtype="int64"), pd.Series(["x-1"])]
)
def test_few_keys(values: pd.Series):
    keys = made(values, 5)
    assert keys.is_unique
    assert keys.dtype == values.dtype
    assert not set(keys) & set(values)


def test_a_rare_format_is_not_kept():
    values = pd.Series([*(f"AC-{n:04d}" for n in range(300)), "Q9~whale#1"])
    assert made(values, 900).str.fullmatch(r"AC-\d+").all()
    rare = KeyFormat.fit(values, min_count=1).make(900, np.random.default_rng(0))
    assert not rare.str.fullmatch(r"AC-\d+").all()


def test_a_format_is_counted_in_entities():
    values = pd.Series([*(f"AC-{n:04d}" for n in range(300)), *(f"W{n:03d}!" for n in range(50))])
    owner = np.r_[np.arange(300), np.repeat(7, 50)]
    form = KeyFormat.fit(values, entities=owner)
    assert form.make(900, np.random.default_rng(0)).str.startswith("AC-").all()


def test_lines_are_numbered_within_their_orders():
    orders = np.repeat(np.arange(100), RNG.integers(1, 7, 100))
    lines = pd.Series(orders).groupby(orders).cumcount() + 1
    shuffled = RNG.permutation(len(orders))
    form = KeyFormat.fit(lines.iloc[shuffled], orders[shuffled])
    form = KeyFormat.from_state(form.state())
    made = form.make(6, np.random.default_rng(0), np.array([3, 3, 1, 1, 1, 3]))
    assert made.tolist() == [1, 2, 1, 2, 3, 3]
    assert form.make(3, np.random.default_rng(0)).tolist() == [1, 2, 3]
    assert (
        KeyFormat.fit(pd.Series(RNG.permutation(len(orders))), orders)
        .make(3, np.random.default_rng(0), np.array([0, 0, 1]))
        .is_unique
    )


def test_the_same_seed_makes_the_same_keys():
    form = KeyFormat.fit(DRAWN["orders"])
    twin = KeyFormat.fit(DRAWN["orders"].copy())
    one, two = (f.make(50, np.random.default_rng(4)) for f in (form, twin))
    assert one.equals(two)


def test_a_reference_keeps_the_dtype_only():
    form = KeyFormat.reference(pd.Series(["secret"] * 50, dtype="string"))
    assert form.dtype.startswith("string")
    assert "secret" not in str(form.state())


def test_earlier_keys_stay_known():
    values = pd.Series([f"K{n:03d}" for n in range(500)])
    first = KeyFormat.fit(values[:250])
    both = KeyFormat.fit(values[250:], seen=first.seen)
    assert not set(both.make(2000, np.random.default_rng(0))) & set(values)
