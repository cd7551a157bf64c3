"""What is computed rather than drawn holds exactly, in every mode, and after a model was saved."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints
from synth_models.graph.relations import in_order
from synth_models.graph.rules import LINEAR, LOOKUP, PRODUCT, SIGNED, Operand, Rule

_ACCOUNTS, _LINES = 200, 1500


def ledger(seed: int = 0) -> RelationalData:
    """Accounts with bookings of products, most columns of which follow from others."""
    rng = np.random.default_rng(seed)
    accounts = pd.DataFrame({"id": range(_ACCOUNTS), "opening": rng.integers(0, 1000, _ACCOUNTS)})
    prices = np.round(rng.uniform(1, 100, 40), 2)
    products = pd.DataFrame({"id": range(40), "price": prices})
    lines = pd.DataFrame(
        {
            "account": np.sort(rng.integers(0, _ACCOUNTS, _LINES)),
            "product": rng.integers(0, 40, _LINES),
            "total": 0.0,  # before what it is computed from
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 600, _LINES), unit="D"),
            "quantity": rng.integers(1, 20, _LINES),
            "kind": rng.choice(["in", "out", "cash out"], _LINES),
            "amount": np.round(rng.exponential(100, _LINES), 2),
            "region": rng.choice(["north", "south", "west"], _LINES),
        }
    ).sort_values(["account", "day"], kind="stable", ignore_index=True)
    lines["total"] = np.round(lines["quantity"] * prices[lines["product"]], 2)
    lines["year"], lines["weekday"] = lines["day"].dt.year, lines["day"].dt.day_name()
    lines["balance"] = balances(lines, accounts)
    lines["tax"] = np.round(lines["total"] * 0.19, 2).where(rng.random(_LINES) > 0.1)
    lines["due"] = lines["day"] + pd.Timedelta(14, unit="D")
    lines["office"] = lines["region"].map({"north": "A", "south": "B", "west": "B"})
    types = {"account": "key", "product": "key", "total": "numeric", "day": "date", "quantity": "integer"}
    types |= {"kind": "categorical", "amount": "numeric", "region": "categorical", "year": "integer"}
    types |= {"weekday": "categorical", "balance": "numeric", "tax": "numeric", "due": "date"}
    schema = Schema(
        {
            "accounts": Table({"id": "key", "opening": "integer"}, "id"),
            "products": Table({"id": "key", "price": "numeric"}, "id"),
            "lines": Table(
                {**types, "office": "categorical"}, None, {"account": "accounts", "product": "products"}
            ),
        }
    )
    return RelationalData({"accounts": accounts, "products": products, "lines": lines}, schema)


def balances(lines: pd.DataFrame, accounts: pd.DataFrame) -> pd.Series:
    """What the balance after every booking must be."""
    step = lines["amount"].where(lines["kind"] == "in", -lines["amount"])
    opening = accounts.set_index("id")["opening"].loc[lines["account"]].to_numpy()
    return (opening + step.groupby(lines["account"]).cumsum()).round(2)


def assert_exact(data: RelationalData) -> None:
    """Every relation of the ledger holds in every row."""
    lines = data["lines"]
    price = data["products"].set_index("id")["price"].loc[lines["product"]].to_numpy()
    np.testing.assert_allclose(lines["total"], lines["quantity"] * price, atol=0.0051)
    np.testing.assert_allclose(lines["balance"], balances(lines, data["accounts"]), atol=0.0051)
    assert (lines["year"] == lines["day"].dt.year).all()
    assert (lines["weekday"] == lines["day"].dt.day_name()).all()
    assert ((lines["due"] - lines["day"]).dt.days == 14).all()
    assert (lines["office"] == lines["region"].map({"north": "A", "south": "B", "west": "B"})).all()
    taxed = lines[lines["tax"].notna()]
    np.testing.assert_allclose(taxed["tax"], taxed["total"] * 0.19, atol=0.0051)
    assert 0.05 < lines["tax"].isna().mean() < 0.2


@pytest.fixture(scope="module")
def data() -> RelationalData:
    return ledger()


@pytest.fixture(scope="module")
def model(data: RelationalData) -> MultiLevelSynth:
    made = MultiLevelSynth(data.schema)
    made.train(data, 3, tensorboard_dir=None, progress=False)
    return made


def test_every_relation_is_found(data: RelationalData) -> None:
    columns = {c.name: c for c in make_blueprints(data)["lines"].columns}
    kinds = {name: c.rules[0].kind for name, c in columns.items() if c.rules}
    assert kinds == {
        "total": PRODUCT,
        "year": LINEAR,
        "weekday": LOOKUP,
        "balance": SIGNED,
        "tax": LINEAR,
        "due": LINEAR,
        "office": LOOKUP,
    }
    assert columns["balance"].rules[0].operands[0] == Operand("balance", previous=True, start="opening")
    assert columns["tax"].rules[0].weights == (0.19, 0.0)
    assert [name for name, c in columns.items() if c.gaps] == ["tax"]
    assert list(columns).index("total") > list(columns).index("quantity")


def test_they_hold_exactly_in_new_rows(model: MultiLevelSynth) -> None:
    assert_exact(model.sample(progress=False, seed=3))


def test_they_hold_exactly_where_keys_are_given(model: MultiLevelSynth, data: RelationalData) -> None:
    assert_exact(model.sample(data, mode="original_fks", progress=False, seed=3))


def test_they_hold_exactly_after_loading(model: MultiLevelSynth, tmp_path: Path) -> None:
    model.save(tmp_path / "model.pt")
    again = load_model(tmp_path / "model.pt").sample(progress=False, seed=3)
    assert_exact(again)
    pd.testing.assert_frame_equal(again["lines"], model.sample(progress=False, seed=3)["lines"])


def test_what_is_computed_is_not_learned(data: RelationalData) -> None:
    blueprints = make_blueprints(data)
    lines, rows = blueprints["lines"], encode_rows(data, blueprints)["lines"]
    assert not rows.learn[:, lines.token_at("column", "total")].any()
    assert not rows.learn[:, lines.token_at("column", "balance")].any()
    assert rows.learn[:, lines.token_at("column", "amount")].all()
    (gap,) = lines.token_at("gap", "tax")
    assert rows.learn[:, gap].all()
    assert int(rows.tokens[:, gap].sum()) == int(data["lines"]["tax"].isna().sum())


def test_a_model_learns_on_and_they_still_hold(data: RelationalData) -> None:
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, progress=False)
    model.train(ledger(1), 1, reset=False, tensorboard_dir=None, progress=False)
    assert_exact(model.sample(progress=False, seed=3))


def test_columns_come_after_what_they_are_computed_from() -> None:
    rules = {"a": (Rule(PRODUCT, (Operand("b"), Operand("c"))),), "b": (Rule(LOOKUP, (Operand("d"),)),)}
    assert in_order(["a", "b", "c", "d", "e"], rules, ()) == ["c", "d", "b", "a", "e"]
    assert in_order(["d", "c", "e", "a", "b"], rules, ("a", "b")) == ["d", "b", "c", "a", "e"]
