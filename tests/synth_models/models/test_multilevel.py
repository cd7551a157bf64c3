"""``MultiLevelSynth`` as a user meets it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models import MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.errors import (
    CheckpointError,
    DataError,
    NotTrainedError,
    SchemaError,
    SettingError,
    UnknownNameError,
)
from synth_models.testing import shop

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


@pytest.fixture(scope="module")
def data() -> RelationalData:
    return shop(600)


@pytest.fixture(scope="module")
def model(data: RelationalData) -> MultiLevelSynth:
    made = MultiLevelSynth(data.schema)
    made.train(data, 50, **QUIET)
    return made


def same(a: RelationalData, b: RelationalData) -> bool:
    return all(a[name].equals(b[name]) for name in a)


def test_a_sample_is_valid_and_of_the_same_form(model: MultiLevelSynth, data: RelationalData) -> None:
    made = model.sample(progress=False)  # RelationalData checks keys and types
    for name in data:
        assert list(made[name].columns) == list(data[name].columns)
        assert made[name].dtypes.astype(str).to_dict() == data[name].dtypes.astype(str).to_dict()
        assert len(made[name]) == len(data[name])
    real, fake = data["items"]["product"].isna().mean(), made["items"]["product"].isna().mean()
    assert 0 < fake < 2.5 * real


def test_marginals_and_dependences_are_learned(model: MultiLevelSynth, data: RelationalData) -> None:
    made = model.sample(progress=False, seed=3)
    users, fake = data["users"], made["users"]
    assert abs(users["age"].mean() - fake["age"].mean()) < 3
    assert abs(users["premium"].mean() - fake["premium"].mean()) < 0.1
    real_r, fake_r = (u[["age", "income"]].corr().iloc[0, 1] for u in (users, fake))
    assert fake_r > 0.4 * real_r > 0.2

    def price_of(d: RelationalData) -> float:
        joined = d["items"].merge(d["products"], left_on="product", right_on="code")
        return joined[["unit_price", "price"]].corr(method="spearman").iloc[0, 1]

    assert price_of(made) > 0.5 * price_of(data)

    def orders_of(d: RelationalData) -> pd.Series:
        counts = d["orders"].groupby("user").size().reindex(d["users"]["id"]).fillna(0)
        return counts.groupby(d["users"]["premium"].to_numpy()).mean()

    assert (orders_of(made).diff().iloc[-1] > 0) == (orders_of(data).diff().iloc[-1] > 0)


def test_the_same_seed_makes_the_same_rows(model: MultiLevelSynth) -> None:
    assert same(model.sample(progress=False, seed=5), model.sample(progress=False, seed=5))
    assert not same(model.sample(progress=False, seed=5), model.sample(progress=False, seed=6))


def test_sizes_are_met_and_kept_tables_are_kept(model: MultiLevelSynth, data: RelationalData) -> None:
    made = model.sample(data, {"users": 100, "orders": 350, "items": 600}, progress=False)
    assert made.n_rows == {"users": 100, "products": len(data["products"]), "orders": 350, "items": 600}
    pd.testing.assert_frame_equal(made["products"], data["products"])
    assert model.sample(n_samples=dict.fromkeys(data, 0), progress=False).n_rows == dict.fromkeys(data, 0)
    more = {name: 2 * rows for name, rows in data.n_rows.items()}
    assert model.sample(n_samples=more, progress=False).n_rows == more


def test_the_original_keys_can_be_kept(model: MultiLevelSynth, data: RelationalData) -> None:
    made = model.sample(data, mode="original_fks", progress=False)
    for key, link in data.links.items():
        assert np.array_equal(made.links[key], link)
    assert not made["users"]["age"].equals(data["users"]["age"])


def test_degrees_of_keys_match(model: MultiLevelSynth, data: RelationalData) -> None:
    made = model.sample(progress=False)
    for (table, column), link in data.links.items():
        parent = next(k.parent for k in data.schema.tables[table].foreign_keys if k.name == column)
        real = np.bincount(link[link >= 0], minlength=len(data[parent]))
        fake_link = made.links[table, column]
        fake = np.bincount(fake_link[fake_link >= 0], minlength=len(made[parent]))
        assert abs(real.std() - fake.std()) < 0.5 * real.std() + 0.3


def test_saved_and_loaded_it_makes_the_same_rows(
    model: MultiLevelSynth, data: RelationalData, tmp_path: Path
) -> None:
    model.lineage["source"] = {"orders": "v1"}
    model.save(tmp_path / "deep" / "model.pt")
    again = load_model(tmp_path / "deep" / "model.pt", device="cpu")
    assert same(model.sample(progress=False), again.sample(progress=False))
    assert again.info == model.info
    assert again.history == model.history
    again.train(data, 1, **QUIET)
    assert len(again.history) == len(model.history) + 1
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["model.pt"]


def test_a_checkpoint_is_data_and_nothing_else(model: MultiLevelSynth, tmp_path: Path) -> None:
    model.save(tmp_path / "model.pt")
    content = torch.load(tmp_path / "model.pt", weights_only=True)
    torch.save({**content, "format": 99}, tmp_path / "newer.pt")
    with pytest.raises(CheckpointError, match="99"):
        load_model(tmp_path / "newer.pt")
    weights = {name: value for name, value in content["decoder"].items() if "head" not in name}
    for part, wrong in (("decoder", weights), ("blueprints", [{"name": "users"}]), ("model", "other")):
        torch.save({**content, part: wrong}, tmp_path / "unfit.pt")
        with pytest.raises(CheckpointError, match="does not fit"):
            load_model(tmp_path / "unfit.pt")
    torch.save({"format": content["format"]}, tmp_path / "bare.pt")
    with pytest.raises(CheckpointError, match="does not fit"):
        load_model(tmp_path / "bare.pt")
    (tmp_path / "broken.pt").write_bytes((tmp_path / "model.pt").read_bytes()[:500])
    with pytest.raises(CheckpointError, match="damaged"):
        load_model(tmp_path / "broken.pt")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_model(tmp_path / "absent.pt")


def test_before_training_there_is_nothing(data: RelationalData, tmp_path: Path) -> None:
    model = MultiLevelSynth(data.schema)
    assert model.device is None
    for call in (model.sample, model.save, lambda: model.report(data, tmp_path)):
        with pytest.raises(NotTrainedError):
            call()
    assert list(tmp_path.iterdir()) == []


def test_reset_forgets(data: RelationalData) -> None:
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, **QUIET)
    assert str(model.device) == "cpu"
    model.reset()
    assert model.device is None
    assert model.history == []


def test_bad_parameters_are_told_together(data: RelationalData) -> None:
    with pytest.raises(SettingError) as error:
        MultiLevelSynth(data.schema, hidden_units=(0,), d_link=0, temp=0.0)
    assert all(name in str(error.value) for name in ("hidden_units", "d_link", "temp"))
    with pytest.raises(UnknownNameError, match="add_attention"):
        MultiLevelSynth(data.schema, aggregator="add_atention")


def test_data_of_another_schema_are_refused(data: RelationalData) -> None:
    schema = Schema({"users": Table({"id": "key", "age": "numeric"}, "id")})
    model = MultiLevelSynth(schema)
    with pytest.raises(SchemaError, match="orders"):
        model.train(data, 1, **QUIET)


def test_an_empty_table_is_refused(data: RelationalData) -> None:
    empty = data.take({name: np.zeros(0, dtype=int) for name in data})
    with pytest.raises(DataError, match="no rows"):
        MultiLevelSynth(data.schema).train(empty, 1, **QUIET)


@pytest.mark.parametrize("aggregator", ["leaf", "gaussian", "add_attention"])
def test_every_aggregator_trains(aggregator: str) -> None:
    data = shop(40)
    model = MultiLevelSynth(data.schema, aggregator=aggregator, d_latent={"users": 3, "orders": 2})
    model.train(data, 1, **QUIET)
    assert model.sample(progress=False).n_rows == data.n_rows


def test_link_tables_keep_their_pairs_unique() -> None:
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(0, 30, (400, 2)), axis=0)
    schema = Schema(
        {
            "films": Table({"id": "key", "year": "integer"}, "id"),
            "actors": Table({"id": "key"}, "id"),
            "roles": Table(
                {"film": "key", "actor": "key"}, ("film", "actor"), {"film": "films", "actor": "actors"}
            ),
        }
    )
    frames = {
        "films": pd.DataFrame({"id": range(30), "year": rng.integers(1990, 2000, 30)}),
        "actors": pd.DataFrame({"id": [f"a{i:03d}" for i in range(30)]}),
        "roles": pd.DataFrame({"film": pairs[:, 0], "actor": [f"a{i:03d}" for i in pairs[:, 1]]}),
    }
    data = RelationalData(frames, schema)
    model = MultiLevelSynth(schema)
    model.train(data, 3, **QUIET)
    made = model.sample(progress=False)
    assert not made["roles"].duplicated().any()
    assert len(made["roles"]) == len(pairs)
    assert made["actors"]["id"].str.fullmatch(r"a\d{3}").all()


def test_tables_without_a_primary_key_and_all_missing_keys() -> None:
    schema = Schema(
        {
            "shops": Table({"id": "key"}, "id"),
            "visits": Table({"shop": "key", "kind": "categorical"}, None, {"shop": "shops"}),
        }
    )
    frames = {
        "shops": pd.DataFrame({"id": [1, 2, 3]}),
        "visits": pd.DataFrame({"shop": pd.array([None] * 40, dtype="Int64"), "kind": ["a", "b"] * 20}),
    }
    model = MultiLevelSynth(schema)
    model.train(RelationalData(frames, schema), 2, **QUIET)
    made = model.sample(progress=False)
    assert made["visits"]["shop"].isna().all()
    assert len(made["visits"]) == 40
