"""Rows that are kept and that many others point at are known one by one; made-up ones are nobody's double."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.graph.encode import encode_rows
from synth_models.graph.growth import grow_blueprints
from synth_models.graph.plan import make_blueprints
from synth_models.models.model import Model

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_ITEMS, _COLOURS, _SALES = 25, 20, 2500
SCHEMA = Schema(
    {
        "users": Table({"id": "key"}, "id"),
        "items": Table({"id": "key"}, "id"),
        "sales": Table(
            {"user": "key", "item": "key", "colour": "categorical"}, None, {"user": "users", "item": "items"}
        ),
    }
)


def shop(items: int = _ITEMS, sales: int = _SALES) -> RelationalData:
    """Every item is sold in two colours, which nothing else tells; the last item is hardly ever sold."""
    rng = np.random.default_rng(0)
    item = np.r_[rng.integers(0, items - 1, sales), np.full(5, items - 1)]
    colours = rng.integers(0, _COLOURS, (items, 2))
    colour = colours[item, rng.integers(0, 2, len(item))]
    user = rng.permutation(np.arange(len(item)) // 5)
    frame = pd.DataFrame({"user": user, "item": item, "colour": [f"c{c}" for c in colour]})
    keys = {"users": user.max() + 1, "items": items}
    tables = {name: pd.DataFrame({"id": range(n)}) for name, n in keys.items()}
    return RelationalData({**tables, "sales": frame}, SCHEMA)


@pytest.fixture(scope="module")
def learned() -> tuple[RelationalData, Model]:
    data, model = shop(), MultiLevelSynth(SCHEMA)
    model.train(data, 60, lr=5e-3, **QUIET)
    return data, model


def _own(real: pd.DataFrame, made: pd.DataFrame) -> float:
    """The share of the sales in one of the two colours that the item is sold in."""
    pairs = {(i, c) for i, c in zip(real["item"], real["colour"], strict=True)}
    return float(np.mean([(i, c) in pairs for i, c in zip(made["item"], made["colour"], strict=True)]))


def test_items_that_are_kept_are_sold_in_their_colours(learned: tuple[RelationalData, Model]) -> None:
    data, model = learned
    made = model.sample(data, {"users": 500, "sales": _SALES}, seed=1, progress=False)["sales"]
    by_chance = _own(data["sales"], made.assign(item=made["item"].sample(frac=1, random_state=0).to_numpy()))
    assert by_chance < 0.2
    assert _own(data["sales"], made) > 0.8


def test_made_up_items_are_no_ones_double(learned: tuple[RelationalData, Model]) -> None:
    data, model = learned
    assert _own(data["sales"], model.sample(seed=1, progress=False)["sales"]) < 0.2


def test_only_items_of_enough_sales_are_known(learned: tuple[RelationalData, Model], tmp_path: Path) -> None:
    data, model = learned
    blueprints = make_blueprints(data)
    assert encode_rows(data, blueprints)["items"].identity.tolist().count(0) == 1
    assert int(encode_rows(data, blueprints)["items"].identity[-1]) == 0
    assert not len(encode_rows(data, blueprints)["sales"].identity)
    model.save(tmp_path / "model.pt")
    again = load_model(tmp_path / "model.pt", "cpu")
    one, other = (
        m.sample(data, {"users": 10, "sales": 50}, seed=1, progress=False)["sales"] for m in (model, again)
    )
    pd.testing.assert_frame_equal(one, other)


def test_who_is_known_stays_in_place() -> None:
    blueprints, more = make_blueprints(shop()), shop(_ITEMS + 5, 2 * _SALES)
    grown = grow_blueprints(blueprints, more)
    known = len(blueprints["items"].known)
    assert grown["items"].known[:known].tolist() == blueprints["items"].known.tolist()
    assert len(grown["items"].known) > known
    model = MultiLevelSynth(SCHEMA)
    model.train(shop(), 2, **QUIET)
    before = model._networks.encoder.table("items").identities.vectors.detach().clone()
    assert before.abs().max() > 0
    model.train(more, 1, lr=1e-9, **QUIET)
    after = model._networks.encoder.table("items").identities.vectors.detach()
    assert (after[:known] - before).abs().max() < 1e-6
