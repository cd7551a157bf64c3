"""Copied and memorised rows are called out; unseen rows are not."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.report.anchors import shared_tables
from synth_models.report.metrics.base import Measurement, Metric
from synth_models.report.metrics.copies import Copies
from synth_models.report.metrics.entity_copies import EntityCopies
from synth_models.report.metrics.entity_train_share import EntityTrainShare
from synth_models.report.metrics.proximity import Proximity
from synth_models.report.metrics.train_share import TrainShare
from synth_models.report.side import Side
from synth_models.report.trial import Trial
from synth_models.testing import shop


@cache
def parts() -> tuple[RelationalData, RelationalData, RelationalData]:
    """Trained on, held out, and unseen by either: from the same source."""
    original, rest = shop(rows=1200, seed=5).split(0.5, seed=0)
    return original, *rest.split(0.5, seed=0)


def measured(metric: Metric, other: RelationalData, *, held_out: bool = True) -> dict[str, Measurement]:
    original, hidden, _ = parts()
    unseen = frozenset(original) - shared_tables(original, hidden) if held_out else frozenset()
    trial = Trial(
        real=Side(original), other=Side(other), held_out=Side(hidden) if held_out else None, unseen=unseen,
        skip=frozenset({"products"}),
    )  # fmt: skip
    return {m.table: m for m in metric.compute(trial)}


def mixture(share: float) -> RelationalData:
    """Unseen rows, a share of which is replaced by rows of the original."""
    original, _, fresh = parts()
    users = fresh["users"].copy()
    count = round(share * len(users))
    features = list(fresh.schema.tables["users"].features)
    copied = original["users"][features].iloc[:count].astype(object).to_numpy()
    for number, column in enumerate(features):
        values = users[column].to_numpy(copy=True)
        values[:count] = copied[:, number].astype(values.dtype)
        users[column] = values
    return RelationalData({**fresh, "users": users}, fresh.schema)


@pytest.mark.parametrize("held_out", [True, False])
def test_copies_are_counted(held_out: bool) -> None:
    found = measured(Copies(), mixture(0.2), held_out=held_out)["users"]
    assert found.value == pytest.approx(0.2, abs=0.01)
    assert found.details["copied"] == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("held_out", [True, False])
def test_unseen_rows_are_no_copies(held_out: bool) -> None:
    found = measured(Copies(), parts()[2], held_out=held_out)
    assert {"users", "orders"} <= set(found)
    assert all(m.value == pytest.approx(0, abs=0.01) for m in found.values())


def test_rows_that_many_entities_share_are_no_ones() -> None:
    original, hidden, _ = parts()
    frames = {**original, "items": original["items"].assign(unit_price=5.0)}
    real = Side(RelationalData(frames, original.schema))
    flat = {**hidden, "items": hidden["items"].assign(unit_price=5.0)}
    for other in (Side(RelationalData(flat, hidden.schema)), real):
        found = {m.table: m for m in Copies().compute(Trial(real=real, other=other))}["items"]
        assert found.value == 0
        assert found.details["equal"] == pytest.approx(1, abs=0.01)


def test_tables_whose_rows_agree_by_chance_are_left_out() -> None:
    schema = Schema({"t": Table({"a": "integer", "b": "integer"})})

    def rows(seed: int) -> Side:
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame({"a": rng.integers(0, 20, 200), "b": rng.integers(0, 20, 200)})
        return Side(RelationalData({"t": frame}, schema))

    assert Copies().compute(Trial(real=rows(0), other=rows(1))) == []


def few_rows(seed: int) -> RelationalData:
    """A hundred draws of 150 possible rows: some are met by chance, and shuffled columns meet none."""
    drawn = np.random.default_rng(seed).integers(0, 150, 100)
    frame = pd.DataFrame({"a": drawn, "b": drawn * 7 % 151})
    return RelationalData({"t": frame}, Schema({"t": Table({"a": "integer", "b": "integer"})}))


def test_what_chance_explains_in_small_tables_is_no_copy() -> None:
    def copies(seed: int, other: RelationalData) -> float:
        (found,) = Copies().compute(Trial(real=Side(few_rows(seed)), other=Side(other)))
        return found.value or 0.0

    fresh = [copies(seed, few_rows(seed + 100)) for seed in range(30)]
    assert sum(value > 0 for value in fresh) <= 1
    assert all(copies(seed, few_rows(seed)) > 0.3 for seed in range(30))


@pytest.mark.parametrize("held_out", [True, False])
def test_proximity_is_one_for_unseen_rows_and_less_for_copies(held_out: bool) -> None:
    fresh = measured(Proximity(), parts()[2], held_out=held_out)["users"].value
    copied = measured(Proximity(), mixture(0.2), held_out=held_out)["users"].value
    assert fresh is not None
    assert copied is not None
    assert fresh > 0.7
    assert copied < 0.45


def test_train_share_is_a_half_for_unseen_rows_and_more_for_copies() -> None:
    assert measured(TrainShare(), parts()[2])["users"].value == pytest.approx(0.5, abs=0.08)
    assert measured(TrainShare(), mixture(0.9))["users"].value == pytest.approx(0.75, abs=0.1)
    assert measured(TrainShare(), parts()[0])["users"].value == pytest.approx(
        0.75, abs=0.1
    )  # half of them drawn
    assert measured(TrainShare(), parts()[1])["users"].value == pytest.approx(0, abs=0.02)


def posts(seed: int) -> RelationalData:
    """People, what they write, and what others say to that."""
    rng, people, texts, said = np.random.default_rng(seed), 600, 1800, 2400
    frames = {
        "people": pd.DataFrame({"id": range(people), "age": rng.integers(18, 80, people)}),
        "posts": pd.DataFrame(
            {"id": range(texts), "by": rng.integers(0, people, texts), "votes": rng.poisson(3, texts)}
        ),
        "comments": pd.DataFrame(
            {
                "on": rng.integers(0, texts, said),
                "by": rng.integers(0, people, said),
                "votes": rng.poisson(1, said),
            }
        ),
    }
    schema = Schema(
        {
            "people": Table({"id": "key", "age": "integer"}, "id"),
            "posts": Table({"id": "key", "by": "key", "votes": "integer"}, "id", {"by": "people"}),
            "comments": Table(
                {"on": "key", "by": "key", "votes": "integer"}, None, {"on": "posts", "by": "people"}
            ),
        }
    )
    return RelationalData(frames, schema)


def test_entities_that_lose_what_points_at_others_are_held_against_their_like() -> None:
    """Those of few people are left with few comments; held against all that were trained on, real data of
    others would be nearer to these by far (.71 of the people, and copies .78).
    """
    original, hidden = posts(0).split(0.75, seed=0)
    fresh, copied = (
        {
            found.table: found.value
            for found in EntityTrainShare().compute(
                Trial(
                    real=Side(original), other=Side(other), held_out=Side(hidden), unseen=frozenset(original)
                )
            )
        }
        for other in (posts(1), original)
    )
    assert fresh == pytest.approx({"people": 0.5, "posts": 0.5}, abs=0.1)
    assert copied["people"] > fresh["people"] + 0.05


def test_train_share_takes_held_out_rows() -> None:
    assert measured(TrainShare(), parts()[2], held_out=False) == {}


def test_the_closest_rows_give_a_few_copies_away() -> None:
    assert measured(TrainShare(), parts()[2])["users"].alarm == ""
    few = measured(TrainShare(), mixture(0.15))["users"]
    assert few.value == pytest.approx(0.57, abs=0.1)
    assert "users" in few.alarm


def test_entities_below_the_roots_are_looked_at_as_well() -> None:
    original, _, fresh = parts()
    some = np.arange(original.n_rows["orders"]) % 5 == 0
    items = original["items"][some[original.links["items", "order"]]]
    users = np.random.default_rng(0).choice(fresh["users"]["id"], int(some.sum()))
    orders = original["orders"][some].assign(user=users, id=original["orders"]["id"][some] + 1_000_000)
    items = items.assign(id=items["id"] + 1_000_000, order=items["order"] + 1_000_000)
    frames = {
        **fresh,
        "orders": pd.concat([fresh["orders"], orders], ignore_index=True),
        "items": pd.concat([fresh["items"], items], ignore_index=True),
    }
    found = measured(EntityCopies(), RelationalData(frames, fresh.schema))
    share = some.sum() / len(frames["orders"])
    assert found["users"].value == pytest.approx(0, abs=0.01)  # their orders are from many
    assert found["orders"].value == pytest.approx(share, abs=0.05)
    assert all(m.value == pytest.approx(0, abs=0.01) for m in measured(EntityCopies(), fresh).values())


def test_noise_on_a_copy_is_still_near() -> None:
    original = parts()[0]
    rng = np.random.default_rng(0)
    users = original["users"].assign(
        age=original["users"]["age"] + rng.integers(-1, 2, len(original["users"]))
    )
    other = RelationalData({**original, "users": users}, original.schema)
    near = measured(Proximity(), other)["users"].value
    assert near is not None
    assert near < 0.2


def closed_days(shops: int, seed: int) -> RelationalData:
    """Shops with a year of days each: Sundays are the same everywhere, and so are a few odd days."""
    rng = np.random.default_rng(seed)
    days = np.tile(np.arange(100), shops)
    shop_of = np.repeat(np.arange(shops), 100)
    open_ = (days % 7 > 0).astype(int)
    sales = np.where(open_, rng.normal(1000, 300, len(days)).round(), 0.0)
    schema = Schema(
        {
            "shops": Table({"id": "key", "size": "numeric"}, "id"),
            "days": Table(
                {"shop": "key", "day": "integer", "open": "boolean", "promo": "boolean", "sales": "numeric"},
                None,
                {"shop": "shops"},
            ),
        }
    )
    frames = {
        "shops": pd.DataFrame({"id": range(shops), "size": rng.normal(size=shops)}),
        "days": pd.DataFrame(
            {"shop": shop_of, "day": days, "open": open_ == 1, "promo": days % 5 == 0, "sales": sales}
        ),
    }
    return RelationalData(frames, schema)


def test_what_many_entities_share_is_no_copy_and_few_held_out_entities_do() -> None:
    original, hidden, fresh = closed_days(90, 0), closed_days(5, 1), closed_days(90, 2)
    unseen = frozenset({"shops", "days"})

    def copies(other: RelationalData) -> Measurement:
        trial = Trial(real=Side(original), other=Side(other), held_out=Side(hidden), unseen=unseen)
        return next(m for m in Copies().compute(trial) if m.table == "days")

    found = copies(fresh)
    assert found.details["equal"] == pytest.approx(0.2, abs=0.1)  # closed days, and some by chance
    assert found.value is not None
    assert found.value < 0.01
    assert copies(original).value == pytest.approx(1, abs=0.1)
    days = fresh["days"].copy()
    features = ["day", "open", "promo", "sales"]
    days.loc[:449, features] = original["days"].loc[:449, features]
    mixed = copies(RelationalData({**fresh, "days": days}, fresh.schema)).value
    assert mixed is not None
    assert mixed > 0.03  # 5 % of the rows
