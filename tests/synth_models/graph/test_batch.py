"""Batches hold whole families, every row once, and everything they refer to."""

import numpy as np

from synth_models.graph.batch import families, make_batch
from synth_models.graph.encode import encode_rows
from synth_models.graph.links import family_places
from synth_models.graph.plan import make_blueprints
from synth_models.testing import shop


def test_every_row_is_in_one_family_of_one_root() -> None:
    data = shop(60)
    blueprints = make_blueprints(data)
    rows = encode_rows(data, blueprints)
    seen = {name: np.zeros(len(block), dtype=int) for name, block in rows.items()}
    rng = np.random.default_rng(0)
    for group in families(rows, blueprints):
        for units in group.draw(np.arange(group.units), 40, rng):
            for name, mine in group.members(units).items():
                np.add.at(seen[name], mine, 1)
    assert all((count == 1).all() for count in seen.values())


def test_a_family_has_the_value_of_the_row_it_begins_with() -> None:
    data = shop(60)
    blueprints = make_blueprints(data)
    rows = encode_rows(data, blueprints)
    numbers = {name: np.arange(len(block)) for name, block in rows.items()}
    for group in families(rows, blueprints):
        first = group.by_first_row(numbers)
        assert len(first) == group.units
        for unit, row in enumerate(first):
            begins = next(mine for mine in group.members(np.array([unit])).values() if len(mine))
            assert begins[0] == row  # tables come parents first


def test_links_of_a_batch_point_at_the_same_rows() -> None:
    data = shop(60)
    blueprints = make_blueprints(data)
    rows = encode_rows(data, blueprints)
    group = next(g for g in families(rows, blueprints) if g.root == "users")
    batch = make_batch(group.members(np.array([3, 7, 11])), rows, blueprints)
    for (table, column), local in batch.links.items():
        parent = blueprints[table].key_parents[column]
        real = rows[table].links[column][batch.rows[table]]
        assert ((local < 0) == (real < 0)).all()
        assert (batch.rows[parent][local[local >= 0]] == real[real >= 0]).all()
    orders = batch.tree_parent["orders"]
    assert (orders >= 0).all()
    assert len(batch.tree["users"]) == 3


def test_rows_without_a_family_are_alone() -> None:
    position, size = family_places(np.array([-1, -1, 0, 0, 2]))
    assert position.tolist() == [0, 0, 0, 1, 0]
    assert size.tolist() == [1, 1, 2, 2, 1]


def test_stored_rows_are_the_data_sorted_by_family() -> None:
    data = shop(60)
    blueprints = make_blueprints(data)
    rows = encode_rows(data, blueprints)
    family = blueprints["orders"].family
    assert family == "user"
    parent = rows["orders"].links[family].numpy()
    assert (np.diff(parent) >= 0).all()
    users = data["users"]["id"].to_numpy()[rows["users"].source][parent]
    assert (users == data["orders"]["user"].to_numpy()[rows["orders"].source]).all()
