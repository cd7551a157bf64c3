"""Which columns the parents of some keys tell, and which only seem to be told."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from synth_models import RelationalData, Schema, Table
from synth_models.columns.base import COLUMN_TYPES
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.fixed import find_fixed
from synth_models.graph.growth import grow_blueprints
from synth_models.graph.links import first_alike, joined_links
from synth_models.graph.plan import make_blueprints
from synth_models.graph.readings import Readings

N = 3000
KEYS = {"a": 10, "b": 12}
_A, _B = (np.random.default_rng(seed).integers(0, size, N) for seed, size in enumerate(KEYS.values()))
_MADE = np.random.default_rng(9).integers(0, 10_000, (10, 12))


def data_of(
    columns: Mapping[str, np.ndarray | pd.Series],
    keys: Mapping[str, np.ndarray | pd.Series] | None = None,
    types: Mapping[str, str] | None = None,
) -> RelationalData:
    """Rows that point at parents without content, one table for every key."""
    keys = {"a": _A, "b": _B} if keys is None else keys
    frame = pd.DataFrame({**keys, **columns})
    types = {**dict.fromkeys(keys, "key"), **dict.fromkeys(columns, "integer"), **(types or {})}
    tables = {f"{key}s": Table({"id": "key"}, "id") for key in keys}
    schema = Schema({**tables, "rows": Table(types, None, {key: f"{key}s" for key in keys})})
    parents = {f"{key}s": pd.DataFrame({"id": range(int(np.nanmax(frame[key])) + 1)}) for key in keys}
    return RelationalData({**parents, "rows": frame}, schema)


def found(
    data: RelationalData, family: str | None = None, owners: np.ndarray | None = None
) -> dict[str, tuple[str, ...]]:
    """What is found of the rows."""
    keys = [key.name for key in data.schema.tables["rows"].foreign_keys]
    columns: Sequence[str] = [c for c in data["rows"] if c not in keys]
    whose = np.arange(len(data["rows"])) if owners is None else owners
    types = {column: data.schema.tables["rows"].columns[column].type for column in columns}
    codecs = {column: COLUMN_TYPES.get(kind).fit(data["rows"][column]) for column, kind in types.items()}
    return find_fixed(Readings(data, "rows", family, [], codecs, {}), keys, columns, whose)


def test_two_keys_tell_a_column_or_one_does() -> None:
    columns = {
        "both": _MADE[_A, _B],
        "one": _MADE[3][_B],
        "none": np.random.default_rng(1).integers(0, 99, N),
    }
    assert found(data_of(columns)) == {"both": ("a", "b"), "one": ("b",)}


def test_three_keys_do() -> None:
    c = np.random.default_rng(5).integers(0, 4, N)
    data = data_of({"x": _MADE[_A, _B] * (c + 1) % 977}, {"a": _A, "b": _B, "c": c})
    assert found(data) == {"x": ("a", "b", "c")}


@pytest.mark.parametrize("size", [2, 200])
def test_pairs_that_hardly_come_again_tell_nothing(size: int) -> None:
    """Of two values, a few pairs are equal by chance; of many, a few would not be, but are too few."""
    rng = np.random.default_rng(2)
    keys = {"a": rng.integers(0, 800, 1500), "b": rng.integers(0, 800, 1500)}
    made = rng.integers(0, size, (800, 800))
    assert found(data_of({"x": made[keys["a"], keys["b"]]}, keys)) == {}


def test_constants_and_what_may_be_missing_are_left_out() -> None:
    x = pd.Series(_MADE[_A, _B].astype(float))
    assert found(data_of({"same": np.full(N, 7), "missing": x.mask(x.index % 100 == 0)})) == {}


def test_what_is_nearly_constant_is_equal_by_chance() -> None:
    rare = np.zeros(N, dtype=np.int64)
    rare[:2] = 1
    assert found(data_of({"rare": rare})) == {}


def test_one_in_a_hundred_contradicts_and_one_in_ten_thousand_may() -> None:
    at = np.arange(N * 10) % N
    x = np.tile(_MADE[_A, _B], 10)
    keys = {"a": _A[at], "b": _B[at]}
    often, seldom = x.copy(), x.copy()
    often[::100] += 1
    seldom[::10_000] += 1
    assert found(data_of({"often": often, "seldom": seldom}, keys)) == {"seldom": ("a", "b")}


def test_rows_without_a_parent_say_nothing() -> None:
    a, x = pd.Series(_A, dtype="Int64"), _MADE[_A, _B]
    a[::10], x[::10] = pd.NA, np.random.default_rng(3).integers(0, 99, len(x[::10]))
    assert found(data_of({"x": x}, {"a": a, "b": _B})) == {"x": ("a", "b")}


def test_of_keys_that_tell_those_are_taken_that_come_again_most_often() -> None:
    """A flight's weather tells its airport, so weather and destination tell the distance as well."""
    weather = _A * 30 + np.random.default_rng(4).integers(0, 30, N)
    data = data_of({"x": _MADE[_A, _B]}, {"weather": weather, "b": _B, "a": _A})
    assert found(data) == {"x": ("b", "a")}


def test_what_all_rows_of_a_family_have_is_not_told_by_its_devices() -> None:
    """A column of the users with a few exceptions; a device is one user's, and has none."""
    rng = np.random.default_rng(5)
    user = np.sort(rng.integers(0, 200, N))
    device = user * 3 + rng.integers(0, 3, N)
    x = rng.integers(0, 50, 200)[user]
    x[device == 7] += 1
    data = data_of({"x": x}, {"user": user, "device": device})
    assert found(data, "user", user) == {}


def test_what_hardly_more_than_one_entity_says_of_a_parent_is_too_little() -> None:
    """All rows with a parent are of one entity, but for a few: these few agree as well."""
    owners = _B.copy()
    owners[:20] = 99
    data = data_of({"x": _MADE[3][_B]})
    assert found(data, owners=owners) == {}
    owners[:200] = 99
    assert found(data, owners=owners) == {"x": ("b",)}


def test_few_that_come_again_are_found_among_many() -> None:
    """Of 600,000 pairs 300 come twice: none of these do among 20,000 rows taken at random."""
    n = np.r_[np.arange(600_000), np.random.default_rng(6).choice(600_000, 300, replace=False)]
    a, b = n // 1000, n % 1000
    data = data_of({"x": (a * 7919 + b * 104_729) % 1009}, {"a": a, "b": b})
    assert found(data) == {"x": ("a", "b")}


def test_a_computed_column_stays_computed() -> None:
    both = _MADE[_A, _B]
    pieces = np.random.default_rng(7).integers(1, 5, N)
    plans = make_blueprints(data_of({"both": both, "pieces": pieces, "sum": both + pieces}))["rows"].columns
    assert {plan.name: (bool(plan.rules), plan.fixed_by) for plan in plans} == {
        "both": (False, ("a", "b")),
        "pieces": (False, ()),
        "sum": (True, ()),
    }


def test_the_others_see_what_parents_tell() -> None:
    noise = np.random.default_rng(1).integers(0, 99, N)
    plans = make_blueprints(data_of({"noise": noise, "both": _MADE[_A, _B]}))["rows"].columns
    assert [plan.name for plan in plans] == ["both", "noise"]


def plan_of(data: RelationalData) -> ColumnPlan:
    """How ``x`` is drawn."""
    return next(plan for plan in make_blueprints(data)["rows"].columns if plan.name == "x")


def test_a_plan_survives_its_state() -> None:
    plan = plan_of(data_of({"x": _MADE[_A, _B]}))
    again = ColumnPlan.from_state(plan.state())
    assert plan.least >= 5
    assert (again.fixed_by, again.least) == (("a", "b"), plan.least)


def test_new_data_keep_it_unless_they_contradict() -> None:
    data = data_of({"x": _MADE[_A, _B]})
    before = make_blueprints(data)
    for x, kept in (
        (_MADE[_A, _B], ("a", "b")),
        (_MADE[_A, _B] + 50, ("a", "b")),
        (np.random.default_rng(8).integers(0, 99, N), ()),
    ):
        (plan,) = grow_blueprints(before, data_of({"x": x}))["rows"].columns
        assert plan.fixed_by == kept


def test_the_first_with_the_same_parents() -> None:
    links = {"a": np.array([1, 0, 1, -1, 0, -1]), "b": np.array([2, 2, 2, 0, 2, 0])}
    joined, there = joined_links(links, ["a", "b"], np.arange(6))
    assert there.tolist() == [True, True, True, False, True, False]
    assert first_alike(joined, there).tolist() == [0, 1, 0, 3, 1, 5]
