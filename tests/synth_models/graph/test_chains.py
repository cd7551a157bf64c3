"""Siblings of the same time are put into the order in which a balance runs."""

import numpy as np
import pandas as pd

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints


def bank(*, shuffled: bool, broken: float = 0.0) -> RelationalData:
    """Accounts with several bookings a day, which the file keeps in any order."""
    rng = np.random.default_rng(0)
    n = 2000
    frame = pd.DataFrame({"account": np.sort(rng.integers(0, 100, n))})
    place = frame.groupby("account").cumcount()
    frame["day"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(place // 3 * 7, unit="D")
    frame["kind"] = rng.choice(["in", "out"], n)
    frame["amount"] = np.round(rng.exponential(100, n) + 1, 2)
    step = frame["amount"].where(frame["kind"] == "in", -frame["amount"])
    frame["balance"] = step.groupby(frame["account"]).cumsum().round(2)
    frame.loc[rng.random(n) < broken, "balance"] += 5
    if shuffled:
        frame = frame.sample(frac=1, random_state=0, ignore_index=True)
    types = {
        "account": "key",
        "day": "date",
        "kind": "categorical",
        "amount": "numeric",
        "balance": "numeric",
    }
    schema = Schema(
        {"accounts": Table({"id": "key"}, "id"), "bookings": Table(types, None, {"account": "accounts"})}
    )
    return RelationalData({"accounts": pd.DataFrame({"id": range(100)}), "bookings": frame}, schema)


def test_a_balance_is_found_whatever_the_order_of_a_day() -> None:
    for shuffled in (False, True):
        data = bank(shuffled=shuffled)
        plan = make_blueprints(data)["bookings"]
        (rule,) = next(c.rules for c in plan.columns if c.name == "balance")
        assert rule.kind == "signed"
        assert rule.operands[0].start == 0.0
        assert plan.order == ("day",)


def test_the_rows_are_stored_in_the_order_in_which_it_runs() -> None:
    data = bank(shuffled=True)
    blueprints = make_blueprints(data)
    assert blueprints["bookings"].chain == "balance"
    rows = encode_rows(data, blueprints)["bookings"]
    frame = data["bookings"].iloc[rows.source]
    step = frame["amount"].where(frame["kind"] == "in", -frame["amount"])
    np.testing.assert_allclose(frame["balance"], step.groupby(frame["account"]).cumsum(), atol=0.005)


def test_a_sampled_balance_runs_in_the_order_of_the_rows() -> None:
    data = bank(shuffled=True)
    model = MultiLevelSynth(data.schema)
    model.train(data, 2, tensorboard_dir=None, progress=False)
    made = model.sample(progress=False)["bookings"]
    step = made["amount"].where(made["kind"] == "in", -made["amount"])
    np.testing.assert_allclose(made["balance"], step.groupby(made["account"]).cumsum(), atol=0.005)


def test_a_broken_balance_is_none() -> None:
    plan = make_blueprints(bank(shuffled=True, broken=0.05))["bookings"]
    assert plan.chain is None
    assert not [c.name for c in plan.columns if c.rules]


def test_a_sampled_balance_stays_within_what_was_seen() -> None:
    data = bank(shuffled=True)
    plan = make_blueprints(data)["bookings"]
    low, high = next(c.bounds for c in plan.columns if c.name == "balance")
    assert data["bookings"]["balance"].min() <= low < high <= data["bookings"]["balance"].max()
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, progress=False)
    least = data["bookings"]["amount"].nsmallest(20).max()  # a step is made smaller, but never less than that
    for seed in range(4, 6):
        made = model.sample(progress=False, seed=seed)["bookings"]
        beyond = ~made["balance"].between(low - 0.01, high + 0.01)
        assert (made["amount"][beyond] <= least).all()
        assert made["balance"].between(low - 5 * least, high + 5 * least).all()
        assert (made["amount"] >= 0).all()


def test_a_table_of_one_row_without_numbers_runs_on_from_nothing() -> None:
    types = {"of": "key", "day": "date", "balance": "integer", "other": "integer"}
    schema = Schema(
        {"accounts": Table({"id": "key"}, "id"), "bookings": Table(types, None, {"of": "accounts"})}
    )
    row = pd.DataFrame({"of": [1], "day": pd.to_datetime(["2024-01-01"]), "balance": [4], "other": [np.nan]})
    blueprints = make_blueprints(
        RelationalData({"accounts": pd.DataFrame({"id": [1]}), "bookings": row}, schema)
    )
    assert not any(column.rules for column in blueprints["bookings"].columns)
