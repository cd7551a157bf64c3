"""Rows taken apart into structure and attributes, and put nothing between the two."""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from synth_models import RelationalData, Schema, Table
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints
from synth_models.graph.views import attribute_view, draft_view, structural_columns, structure_view
from synth_models.testing import shop


def test_each_token_is_in_one_of_the_two_and_both_are_what_encoding_them_alone_makes() -> None:
    data = shop(200)
    blueprints = make_blueprints(data)
    rows, views = encode_rows(data, blueprints), (structure_view(blueprints), attribute_view(blueprints))
    for name, blueprint in blueprints.items():
        at = sorted(views[0].tokens[name] + views[1].tokens[name])
        assert at == list(range(len(blueprint.tokens)))
    for view in views:  # profiles are of columns that may be in the other one
        bare = {name: replace(b, profiles=()) for name, b in view.blueprints.items()}
        alone, taken = encode_rows(data, bare), view.rows(rows)
        for name in blueprints:
            size = len(bare[name].tokens)
            for part in ("tokens", "learn"):
                assert torch.equal(getattr(alone[name], part), getattr(taken[name], part)[:, :size])
            assert torch.equal(alone[name].derived, taken[name].derived)


def test_what_parents_are_chosen_by_belongs_to_the_structure() -> None:
    blueprints = make_blueprints(shop(200))
    chosen, given = structure_view(blueprints).blueprints, attribute_view(blueprints).blueprints
    of_products = blueprints["products"].profiles
    assert of_products
    assert all(plan.key for plan in of_products)
    assert (chosen["products"].profiles, given["products"].profiles) == (of_products, ())
    assert not any(plan.key for plan in given["users"].profiles)


def test_what_is_chosen_from_belongs_to_the_structure() -> None:
    assert structural_columns(make_blueprints(shop(200))) == {
        "users": set(),
        "products": {"category", "price"},  # items choose them
        "orders": set(),
        "items": set(),
    }


def test_the_columns_of_a_primary_key_belong_to_the_structure() -> None:
    days = pd.date_range("2024-01-01", periods=20)
    frames = {
        "shops": pd.DataFrame({"id": range(60), "size": np.arange(60) % 3}),
        "days": pd.DataFrame({"shop": np.repeat(np.arange(60), 20), "day": np.tile(days, 60), "sold": 1}),
    }
    schema = Schema(
        {
            "shops": Table({"id": "key", "size": "integer"}, "id"),
            "days": Table(
                {"shop": "key", "day": "date", "sold": "integer"}, ("shop", "day"), {"shop": "shops"}
            ),
        }
    )
    found = structural_columns(make_blueprints(RelationalData(frames, schema)))
    assert found == {"shops": set(), "days": {"day"}}


def test_a_draft_leaves_out_what_decides_nothing() -> None:
    data = shop(200)
    blueprints = make_blueprints(data)
    leaf = {**blueprints, "items": replace(blueprints["items"], keys=(), totals=())}
    view = draft_view(leaf)
    assert view.blueprints["items"].steps == ()
    assert all(view.blueprints[name] == leaf[name] for name in ("users", "products", "orders"))
    assert draft_view(blueprints).blueprints == blueprints  # items choose a product
    taken = view.rows(encode_rows(data, blueprints))
    assert taken["items"].tokens.shape == (len(data["items"]), 0)
