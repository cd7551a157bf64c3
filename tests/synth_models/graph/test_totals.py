"""Totals of parents and balances of families are found, and hold exactly in what is drawn."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import GraphSynth, MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.graph.plan import make_blueprints
from synth_models.graph.totals import total_of

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_ORDERS = 150


def orders(seed: int = 0) -> RelationalData:
    """Orders that say what their lines come to, and entries whose lines are balanced."""
    rng = np.random.default_rng(seed)
    lines = pd.DataFrame({"order": np.repeat(range(_ORDERS), rng.integers(0, 5, _ORDERS))})
    lines["quantity"] = rng.integers(1, 9, len(lines))
    lines["price"] = np.round(rng.lognormal(2, 1, len(lines)), 2)
    lines["amount"] = np.round(lines["quantity"] * lines["price"], 2)
    of = lines.groupby("order")
    made = pd.DataFrame({"id": range(_ORDERS)})
    made["lines"] = made["id"].map(of.size()).fillna(0).astype(int)
    made["net"] = made["id"].map(of["amount"].sum()).round(2)
    made["dearest"] = made["id"].map(of["price"].max())
    made["gross"] = np.round(made["net"] * 1.19, 2)
    entries = pd.DataFrame({"order": np.repeat(range(_ORDERS), rng.integers(2, 5, _ORDERS))})
    booked = np.round(rng.normal(0, 100, len(entries)), 2)
    last = ~entries["order"].duplicated(keep="last")
    sums = pd.Series(np.where(last, 0.0, booked)).groupby(entries["order"]).transform("sum")
    entries["booked"] = np.round(np.where(last, -sums, booked), 2)
    tables = {
        "orders": Table(
            {"id": "key", "lines": "integer", "net": "numeric", "dearest": "numeric", "gross": "numeric"},
            "id",
        ),
        "lines": Table(
            {"order": "key", "quantity": "integer", "price": "numeric", "amount": "numeric"},
            None,
            {"order": "orders"},
        ),
        "entries": Table({"order": "key", "booked": "numeric"}, None, {"order": "orders"}),
    }
    return RelationalData({"orders": made, "lines": lines, "entries": entries}, Schema(tables))


def holds(data: RelationalData) -> None:
    """Every total is what it must be."""
    made, of = data["orders"].set_index("id"), data["lines"].groupby("order")
    assert len(of)
    counts = of.size()
    assert (made["lines"].loc[counts.index] == counts).all()
    for column, sums in {"net": of["amount"].sum(), "dearest": of["price"].max()}.items():
        assert np.allclose(made[column].loc[sums.index], sums.round(2), atol=1e-6)
    some = made.loc[counts.index]
    assert np.allclose(some["gross"], some["net"] * 1.19, atol=0.0051)
    assert np.allclose(data["entries"].groupby("order")["booked"].sum(), 0, atol=1e-6)
    assert np.allclose(data["entries"]["booked"], data["entries"]["booked"].round(2))


@pytest.fixture(scope="module")
def data() -> RelationalData:
    return orders()


def test_totals_are_found(data: RelationalData) -> None:
    blueprints = make_blueprints(data)
    found = {(t.how, t.column, t.parent_column) for t in blueprints["lines"].totals}
    assert found == {("count", None, "lines"), ("sum", "amount", "net"), ("max", "price", "dearest")}
    (zero,) = blueprints["entries"].totals
    assert (zero.how, zero.column, zero.parent_column, zero.value, zero.unit) == (
        "sum",
        "booked",
        None,
        0,
        0.01,
    )


def test_a_number_that_few_entities_come_to_is_not_stored(data: RelationalData) -> None:
    """All orders that balance are of one customer of sixty."""
    schema = Schema(
        {
            "customers": Table({"id": "key"}, "id"),
            **data.schema.tables,
            "orders": Table(
                {**data.schema.tables["orders"].columns, "customer": "key"}, "id", {"customer": "customers"}
            ),
        }
    )
    number = np.arange(_ORDERS)
    orders_of = data["orders"].assign(customer=np.where(number < 40, 0, 1 + number % 59))
    entries = data["entries"][data["entries"]["order"] < 40].reset_index(drop=True)
    few = {"customers": pd.DataFrame({"id": range(60)}), **data, "orders": orders_of, "entries": entries}
    for min_count, found in ((1, 1), (5, 0)):
        blueprints = make_blueprints(RelationalData(few, schema), min_count=min_count)
        assert (blueprints["entries"].family, blueprints["orders"].family) == ("order", "customer")
        assert len(blueprints["entries"].totals) == found


def test_chance_is_no_total(data: RelationalData) -> None:
    rng = np.random.default_rng(1)
    mixed = data["orders"].assign(
        **{c: rng.permutation(data["orders"][c]) for c in ("lines", "net", "dearest", "gross")}
    )
    entries = data["entries"].assign(booked=rng.permutation(data["entries"]["booked"]))
    other = RelationalData({"orders": mixed, "lines": data["lines"], "entries": entries}, data.schema)
    blueprints = make_blueprints(other)
    assert not any(blueprint.totals for blueprint in blueprints.values())


@pytest.mark.parametrize("kind", [MultiLevelSynth, GraphSynth])
def test_totals_hold_exactly(data: RelationalData, kind: type, tmp_path: Path) -> None:
    holds(data)
    model = kind(data.schema)
    model.train(data, n_epochs=2, **QUIET)
    model.save(tmp_path / "model.pt")
    holds(load_model(tmp_path / "model.pt").sample(seed=1, progress=False))
    holds(model.sample(data, mode="original_fks", seed=2, progress=False))


def test_kept_parents_stay_as_they_are(data: RelationalData) -> None:
    model = MultiLevelSynth(data.schema)
    model.train(data, n_epochs=1, **QUIET)
    made = model.sample(data, {"lines": 300, "entries": 300}, progress=False)
    pd.testing.assert_frame_equal(made["orders"], data["orders"])


def test_missing_numbers_and_keys_count_for_nothing() -> None:
    numbers, link = np.array([1.0, np.nan, 2.0, 5.0, 7.0]), np.array([0, 0, 0, -1, 2])
    assert np.allclose(total_of("sum", numbers, link, 3), [3, np.nan, 7], equal_nan=True)
    assert np.allclose(total_of("count", numbers, link, 3), [2, np.nan, 1], equal_nan=True)
