import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from scipy import stats

from synth_models.columns.coordinates import CoordinatesCodec
from synth_models.columns.pair_values import read_pairs

RNG = np.random.default_rng(0)
N = 4000
TOWN = RNG.integers(0, 3, N)  # three towns, the third with the sea to its east
PAIRS = np.array([[45.1, 7.7], [41.9, 12.5], [40.9, 14.3]])[TOWN] + RNG.normal(0, 0.05, (N, 2))
PAIRS[:, 1] = np.where((TOWN == 2) & (PAIRS[:, 1] > 14.3), 28.6 - PAIRS[:, 1], PAIRS[:, 1])
PAIRS = PAIRS.round(5)


def written(form: Any) -> pd.Series:
    return pd.Series([form(a, b) for a, b in PAIRS.tolist()], dtype=object)


FORMS = [
    written("{}, {}".format),
    written("({:.5f}, {:.5f})".format),
    written("POINT ({1} {0})".format),
    written("SRID=4326;POINT({1:.5f} {0:.5f})".format),
    written("{}; {}".format).astype("string"),
    written(lambda a, b: (a, b)),
    written(lambda a, b: [a, b]),
    written(lambda a, b: [a, b]).astype(pd.ArrowDtype(pa.list_(pa.float64()))),
    written(lambda a, b: [a, b]).astype(pd.ArrowDtype(pa.list_(pa.float64(), 2))),
]


@pytest.mark.parametrize("values", FORMS, ids=lambda values: str(values.iloc[0]))
@pytest.mark.parametrize("missing", [False, True])
def test_the_form_and_the_box_come_back(values: pd.Series, missing: bool):
    values = values.where(RNG.random(N) < 0.8) if missing else values
    codec = CoordinatesCodec.fit(values)
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert CoordinatesCodec.faults(values) == []
    assert made.dtype == values.dtype
    assert made.isna().tolist() == values.isna().tolist()
    assert type(made.dropna().iloc[0]) is type(values.dropna().iloc[0])
    old, new = read_pairs(values), read_pairs(made)
    assert (np.nanmin(new, axis=0) >= np.nanmin(old, axis=0)).all()
    assert (np.nanmax(new, axis=0) <= np.nanmax(old, axis=0)).all()
    np.testing.assert_allclose(new, np.round(new, 5), atol=1e-9)
    exact = codec.from_numbers(codec.to_numbers(values), RNG)
    same = [str(a) == str(b) for a, b in zip(exact.dropna(), values.dropna(), strict=True)]
    assert np.mean(same) > 0.98  # all but those beyond the protected box


def test_places_are_where_they_were():
    codec = CoordinatesCodec.fit(FORMS[0])
    new = read_pairs(codec.decode(codec.encode(FORMS[0]), np.random.default_rng(0)))
    off = np.hypot(*(new - PAIRS).T)
    assert np.median(off) < 0.01
    assert (off < 0.3).mean() > 0.99  # not between the towns
    for axis in (0, 1):
        result: Any = stats.ks_2samp(PAIRS[:, axis], new[:, axis])
        assert result.statistic < 0.02
    at_sea = (np.abs(new - [40.9, 14.4]) < 0.09).all(axis=1)
    assert at_sea.mean() < 0.005


def test_a_place_of_many_has_a_token_and_is_exact():
    values = pd.Series(["45.07123, 7.68912"] * 500 + FORMS[0].tolist())
    codec = CoordinatesCodec.fit(values)
    made = codec.decode(codec.encode(values[:500]), np.random.default_rng(0))
    assert set(made) == {"45.07123, 7.68912"}


def test_no_single_place_is_in_a_checkpoint():
    values = pd.Series([f"{a!r}, {b!r}" for a, b in RNG.normal(40, 1, (300, 2)).tolist()])
    codec = CoordinatesCodec.fit(values)
    buffer = io.BytesIO()
    torch.save(codec.state(), buffer)
    numbers = np.r_[codec.to_numbers(values), read_pairs(values).ravel()]
    inner = numbers[(numbers > 0) & (numbers < numbers.max())]
    assert not any(number.tobytes() in buffer.getvalue() for number in inner)


def test_one_point_tells_ten_degrees():
    codec = CoordinatesCodec.fit(pd.Series(["45.07, 7.69"]))
    (made,) = codec.decode(np.ones((1, len(codec.sizes)), dtype=np.int64), RNG)
    assert made != "45.07, 7.69"
    first, second = map(float, made.split(", "))
    assert 40 <= first <= 50
    assert 0 <= second <= 10


def test_the_same_place_measures_the_same_in_any_form():
    measured = [CoordinatesCodec.measure(values) for values in (FORMS[0], FORMS[1], FORMS[5], FORMS[7])]
    for other in measured[1:]:
        pd.testing.assert_series_equal(other, measured[0])


@pytest.mark.parametrize("value", ["45.07", "a, b", "45.07, inf", (1, 2, 3), (1, "x"), (1, np.nan), 7])
def test_what_is_no_pair(value: Any):
    values = pd.Series(["1.5, 2.5", value], dtype=object)
    assert CoordinatesCodec.faults(values) == [
        "1 of 2 values are not pairs of finite numbers. Mend them, or declare it categorical."
    ]


@pytest.mark.parametrize(
    ("values", "alike"),
    [
        (["45.07, 7.69", "+1,-2"], True),
        ([(1.5, 2), None], True),
        (["45.07, 7.69", "Turin"], False),
        (["1.5", "2.5"], False),
        (["2020-01-01", "2021-01-01"], False),
        ([1.5, 2.5], False),
        ([], False),
    ],
)
def test_likeness(values: list[Any], alike: bool):
    assert (CoordinatesCodec.likeness(pd.Series(values, dtype=object)) > 0.5) == alike
