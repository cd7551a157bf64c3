"""``GraphSynth``: attributes that fit a whole structure, and structures of its own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models import GraphSynth, MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.errors import SettingError, UnknownNameError
from synth_models.graph.levels import depths
from synth_models.testing import shop

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


@pytest.fixture(scope="module")
def trained() -> tuple[GraphSynth, RelationalData]:
    data = shop(200)
    model = GraphSynth(data.schema)
    model.train(data, 3, **QUIET)
    return model, data


def test_options_are_checked() -> None:
    schema = shop(5).schema
    with pytest.raises(UnknownNameError, match=r"No messenger is called 'coppy'\. Did you mean 'copy'"):
        GraphSynth(schema, messenger="coppy")
    with pytest.raises(UnknownNameError, match="aggregator"):
        GraphSynth(schema, aggregator="leaf")
    with pytest.raises(UnknownNameError, match="updater"):
        GraphSynth(schema, updater="lstm")
    with pytest.raises(SettingError, match=r"(?s)n_graph_layers.*got -1.*d: .*got 0"):
        GraphSynth(schema, n_graph_layers=-1, d=0)


def test_both_modes_make_valid_data_of_the_right_size(trained: tuple[GraphSynth, RelationalData]) -> None:
    model, data = trained
    made = model.sample(progress=False)  # RelationalData checks keys and types
    assert made.n_rows == data.n_rows
    again = model.sample(progress=False)
    assert all(made[name].equals(again[name]) for name in data)
    other = model.sample(progress=False, seed=1)
    assert not made["users"].equals(other["users"])
    same = model.sample(data, mode="original_fks", progress=False)
    for key, link in data.links.items():
        assert (same.links[key] == link).all()
    assert not same["users"]["income"].equals(data["users"]["income"])
    bigger = model.sample(n_samples={name: 2 * n for name, n in data.n_rows.items()}, progress=False)
    assert bigger.n_rows["users"] == 400


def test_lookup_tables_can_be_kept(trained: tuple[GraphSynth, RelationalData]) -> None:
    model, data = trained
    sizes = {name: n for name, n in data.n_rows.items() if name != "products"}
    made = model.sample(data, n_samples=sizes, progress=False)
    pd.testing.assert_frame_equal(made["products"], data["products"])
    assert (made.links["items", "product"] < 0).mean() < 0.15


def test_a_checkpoint_makes_the_same_rows_and_learns_on(
    trained: tuple[GraphSynth, RelationalData], tmp_path: Path
) -> None:
    model, data = trained
    model.save(tmp_path / "model.pt")
    loaded = load_model(tmp_path / "model.pt")
    assert isinstance(loaded, GraphSynth)
    made, again = model.sample(progress=False), loaded.sample(progress=False)
    assert all(made[name].equals(again[name]) for name in data)
    loaded.train(shop(220, seed=1), 1, **QUIET)
    assert len(loaded.history) == len(model.history) + 1


def fingerprint(link: np.ndarray, n: int) -> list[int]:
    """Whose parents have how many children, whatever the rows are called."""
    return sorted(np.bincount(link[link >= 0], minlength=n))


def test_the_structure_is_made_and_not_copied(trained: tuple[GraphSynth, RelationalData]) -> None:
    model, data = trained
    made = [model.sample(progress=False, seed=seed) for seed in (0, 1)]
    for table, key, parent in (
        ("orders", "user", "users"),
        ("items", "order", "orders"),
        ("items", "product", "products"),
    ):
        n = data.n_rows[parent]
        real, *drawn = (fingerprint(d.links[table, key], n) for d in (data, *made))
        assert real != drawn[0] != drawn[1]
        assert np.mean(drawn[0]) == pytest.approx(np.mean(real), rel=0.1)
    # who has which product: a copy would have all pairs, chance has a sixth of them
    pairs = [
        {
            (user, product)
            for user, product in zip(
                d.links["orders", "user"][d.links["items", "order"]],
                d.links["items", "product"],
                strict=True,
            )
            if product >= 0
        }
        for d in (data, *made)
    ]
    shared = len(pairs[0] & pairs[1]) / len(pairs[0])
    assert shared < 0.35


def tree(n: int, rule: str, seed: int = 0) -> tuple[RelationalData, np.ndarray]:
    """Three levels; what kind a row of the first is depends on the third, which the second does not tell."""
    rng = np.random.default_rng(seed)
    b = np.repeat(np.arange(n), rng.integers(1, 4, n))
    c = np.repeat(np.arange(len(b)), rng.choice([0, 1, 2, 6], len(b), p=[0.3, 0.3, 0.2, 0.2]))
    below = np.bincount(c, minlength=len(b))
    big = np.bincount(b, below, minlength=n) >= 4
    if rule == "largest":
        big = np.zeros(n, dtype=bool)
        np.logical_or.at(big, b, below == 6)
    frames = {
        "a": pd.DataFrame({"id": range(n), "kind": np.where(big, "big", "small")}),
        "b": pd.DataFrame({"id": range(len(b)), "a": b}),
        "c": pd.DataFrame({"id": range(len(c)), "b": c}),
    }
    schema = Schema(
        {
            "a": Table({"id": "key", "kind": "categorical"}, "id"),
            "b": Table({"id": "key", "a": "key"}, "id", {"a": "a"}),
            "c": Table({"id": "key", "b": "key"}, "id", {"b": "b"}),
        }
    )
    return RelationalData(frames, schema), big


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["grandchildren", "largest"])
def test_attributes_fit_the_structure_two_levels_down(rule: str) -> None:
    data, big = tree(800, rule)
    right = {}
    for kind in (GraphSynth, MultiLevelSynth):
        model = kind(data.schema)
        model.train(data, 15, lr=4e-3, **QUIET)
        made = model.sample(data, mode="original_fks", progress=False)
        right[kind] = ((made["a"]["kind"] == "big") == big).mean()
    assert right[GraphSynth] > 0.9
    assert right[GraphSynth] > right[MultiLevelSynth] + 0.2


@pytest.mark.slow
def test_an_attribute_is_the_product_of_those_of_two_parents() -> None:
    rng = np.random.default_rng(0)
    u, v = rng.choice([-1, 1], 400), rng.choice([-1, 1], 200)
    p, q = np.repeat(np.arange(400), 4), rng.integers(0, 200, 1600)
    frames = {
        "p": pd.DataFrame({"id": range(400), "u": np.where(u > 0, "plus", "minus")}),
        "q": pd.DataFrame({"id": range(200), "v": np.where(v > 0, "plus", "minus")}),
        "r": pd.DataFrame({"p": p, "q": q, "z": np.where(u[p] * v[q] > 0, "plus", "minus")}),
    }
    schema = Schema(
        {
            "p": Table({"id": "key", "u": "categorical"}, "id"),
            "q": Table({"id": "key", "v": "categorical"}, "id"),
            "r": Table({"p": "key", "q": "key", "z": "categorical"}, None, {"p": "p", "q": "q"}),
        }
    )
    data = RelationalData(frames, schema)
    model = GraphSynth(schema)
    model.train(data, 20, lr=4e-3, **QUIET)
    for made in (model.sample(data, mode="original_fks", progress=False), model.sample(progress=False)):
        u, v = (np.where(made[t][c] == "plus", 1, -1) for t, c in (("p", "u"), ("q", "v")))
        product = u[made.links["r", "p"]] * v[made.links["r", "q"]]
        assert ((made["r"]["z"] == "plus") == (product > 0)).mean() > 0.9


def test_tables_without_an_order_cycles_and_unique_pairs() -> None:
    """People who know people, and a leader per club; members come once per club."""
    rng = np.random.default_rng(0)
    n, clubs = 120, 20
    boss = np.where(np.arange(n) < 12, np.nan, np.arange(n) // 10)
    pairs = np.unique(np.c_[rng.integers(0, n, 400), rng.integers(0, clubs, 400)], axis=0)
    frames = {
        "people": pd.DataFrame(
            {
                "id": range(n),
                "boss": pd.array(boss, dtype="Int64"),
                "club": rng.integers(0, clubs, n),
                "age": rng.integers(20, 60, n),
            }
        ),
        "clubs": pd.DataFrame(
            {"id": range(clubs), "leader": rng.integers(0, n, clubs), "town": rng.choice(["a", "b"], clubs)}
        ),
        "members": pd.DataFrame({"person": pairs[:, 0], "club": pairs[:, 1]}),
    }
    schema = Schema(
        {
            "people": Table(
                {"id": "key", "boss": "key", "club": "key", "age": "integer"},
                "id",
                {"boss": "people", "club": "clubs"},
            ),
            "clubs": Table({"id": "key", "leader": "key", "town": "categorical"}, "id", {"leader": "people"}),
            "members": Table(
                {"person": "key", "club": "key"}, ("person", "club"), {"person": "people", "club": "clubs"}
            ),
        }
    )
    data = RelationalData(frames, schema)
    model = GraphSynth(schema)
    model.train(data, 2, **QUIET)
    made = model.sample(progress=False)
    assert depths(made.links["people", "boss"]) is not None  # nobody leads those who lead him
    assert not made["members"].duplicated().any()
    assert len(made["members"]) > 0.8 * len(pairs)
    same = model.sample(data, mode="original_fks", progress=False)
    assert all((same.links[key] == link).all() for key, link in data.links.items())


def test_training_follows_the_seed() -> None:
    data = shop(60)
    weights = []
    for seed in (0, 0, 1):
        model = GraphSynth(data.schema)
        model.train(data, 1, seed=seed, **QUIET)
        weights.append(torch.cat([p.detach().flatten() for p in model._networks.encoder.parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
