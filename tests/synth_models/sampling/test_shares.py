"""Tables without families have as many missing values as they should, however little was learned."""

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
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
