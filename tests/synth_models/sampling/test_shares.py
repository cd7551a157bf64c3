"""Tables have as many missing values as they should, and where they should, however little was learned."""

import numpy as np
import pandas as pd
import pytest

from synth_models import ForeignKey, GraphSynth, MultiLevelSynth, RelationalData, Schema, Table
from synth_models.models.model import Model


@pytest.fixture(scope="module")
def data() -> RelationalData:
    rng = np.random.default_rng(0)
    kind, n = rng.choice(["a", "b"], 80), 80
    age = np.where(rng.random(n) < np.where(kind == "a", 0.5, 0.1), np.nan, rng.integers(20, 60, n))
    city = pd.Series(rng.choice(["x", "y"], n)).where(np.arange(n) % 8 > 0)
    users = pd.DataFrame({"id": range(n), "kind": kind, "age": age, "city": city})
    columns = {"id": "key", "kind": "categorical", "age": "integer", "city": "categorical"}
    return RelationalData({"users": users}, Schema({"users": Table(columns, "id")}))


def _missing(rows: RelationalData) -> list[int]:
    return rows["users"][["age", "city"]].isna().sum().tolist()


def test_a_model_that_has_hardly_learned_has_them(data: RelationalData) -> None:
    model: Model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, device="cpu", min_count=1, progress=False)
    for seed in range(3):
        made = model.sample(device="cpu", seed=seed, progress=False)
        np.testing.assert_allclose(_missing(made), _missing(data), atol=1)


def test_a_model_that_learns_on_has_those_of_now(data: RelationalData) -> None:
    model: Model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, device="cpu", min_count=1, progress=False)
    users = data["users"].assign(city=data["users"]["city"].where(np.arange(80) % 2 == 0, None))
    now = RelationalData({"users": users}, data.schema)
    model.train(now, 1, tensorboard_dir=None, device="cpu", min_count=1, progress=False)
    made = model.sample(device="cpu", seed=0, progress=False)
    np.testing.assert_allclose(_missing(made), _missing(now), atol=1)


PLACES = 30


@pytest.fixture(scope="module")
def visits() -> RelationalData:
    """Siblings one after the other: a mark is missing at first, a score is there or not for all of them."""
    rng, users = np.random.default_rng(0), 60
    owner = np.repeat(np.arange(users), rng.integers(1, PLACES, users))
    place = np.concatenate([np.arange(n) for n in np.bincount(owner)])
    silent = rng.random(users) < 0.3
    mark = np.where((place < 10) | (rng.random(len(owner)) < 0.2), np.nan, rng.integers(1, 9, len(owner)))
    score = np.where(silent[owner], np.nan, rng.normal(size=len(owner)).round(2))
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(place, unit="D")
    visits = pd.DataFrame({"id": range(len(owner)), "user": owner, "day": day, "mark": mark, "score": score})
    columns = {"id": "key", "user": "key", "day": "date", "mark": "integer", "score": "numeric"}
    key = ForeignKey("user", "users")
    schema = Schema({"users": Table({"id": "key"}, "id"), "visits": Table(columns, "id", [key])})
    return RelationalData({"users": pd.DataFrame({"id": range(users)}), "visits": visits}, schema)


@pytest.mark.parametrize("flavour", [MultiLevelSynth, GraphSynth])
def test_siblings_lack_what_they_should_and_where(flavour: type[Model], visits: RelationalData) -> None:
    model = flavour(visits.schema)
    model.train(visits, 2, tensorboard_dir=None, device="cpu", min_count=1, progress=False)
    real = visits["visits"]
    for seed in range(3):
        made = model.sample(device="cpu", seed=seed, progress=False)["visits"].sort_values(["user", "day"])
        early = made.groupby("user").cumcount() < 10
        for column in ("mark", "score"):
            assert abs(made[column].isna().mean() - real[column].isna().mean()) < 0.02
        assert made["score"].isna().groupby(made["user"]).nunique().max() == 1  # all of one's visits, or none
        alone = model.sample(n_samples={"users": 1, "visits": 25}, device="cpu", seed=seed, progress=False)
        assert alone["visits"]["score"].isna().nunique() == 1
        assert made["mark"][early].isna().mean() > 0.9


@pytest.mark.parametrize("flavour", [MultiLevelSynth, GraphSynth])
def test_few_families_of_very_different_sizes_lack_as_much(flavour: type[Model]) -> None:
    """Whole families lack a region, so the large ones decide of how many rows it is missing."""
    rng, users = np.random.default_rng(0), 120
    owner = np.repeat(np.arange(users), rng.integers(1, 40, users) ** 2 // 40 + 1)
    region = pd.Series(rng.choice(["n", "s"], len(owner))).where(rng.random(users)[owner] < 0.4)
    orders = pd.DataFrame({"id": range(len(owner)), "user": owner, "region": region})
    columns = {"id": "key", "user": "key", "region": "categorical"}
    schema = Schema(
        {"users": Table({"id": "key"}, "id"), "orders": Table(columns, "id", [ForeignKey("user", "users")])}
    )
    data = RelationalData({"users": pd.DataFrame({"id": range(users)}), "orders": orders}, schema)
    model = flavour(schema)
    model.train(data, 1, tensorboard_dir=None, device="cpu", min_count=1, progress=False)
    for seed in range(5):
        made = model.sample(device="cpu", seed=seed, progress=False)["orders"]
        assert made["region"].isna().groupby(made["user"]).nunique().max() == 1
        assert made["region"].isna().mean() == pytest.approx(region.isna().mean(), abs=0.03)
