"""The heavy work itself, in this process: a small shop from rows to a report."""

import json
from pathlib import Path
from typing import Any

import pytest

from synth_dagster.compute.tasks import RESULT, SOURCE, SYNTHETIC, TASKS
from synth_dagster.settings import ModelSettings, TrainingSettings
from synth_models import RelationalData, load_model
from synth_models.errors import DataError, SettingError, UnknownNameError
from synth_models.testing import shop

COMPUTE = {"device": "cpu", "threads": 1, "precision": "fp32"}


def train_params(**training: Any) -> dict[str, Any]:
    settings = TrainingSettings(n_epochs=1).model_dump() | training
    return {
        "model": ModelSettings().to_dict(),
        "training": settings,
        "lineage": {"source": {"users": "v1"}},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shop(60).to_dir(tmp_path / SOURCE, format="parquet")
    return tmp_path


def test_from_rows_to_a_report(folder: Path) -> None:
    said: list[str] = []
    TASKS["train"](folder, train_params(), COMPUTE, said.append)
    assert any(line.startswith("epoch 1/1") for line in said)
    known = json.loads((folder / RESULT / "info.json").read_text())
    lineage = {"source": {"users": "v1"}, "decision": "cold", "reason": "asked for", "warm runs": 0}
    lineage["family keys"] = {"users": None, "products": None, "orders": "user", "items": "order"}
    assert known["info"]["lineage"] == lineage
    assert known["info"]["rows"]["users"] < 60  # some families are held out
    assert known["history"][0]["epoch"] == 1
    assert load_model(folder / RESULT / "model.pt").lineage == lineage
    assert list((folder / RESULT / "tensorboard").iterdir())

    (folder / RESULT / "model.pt").rename(folder / "model.pt")
    (folder / RESULT).rename(folder / "trained")
    wanted = {"users": 30, "orders": 70, "items": 100}
    params = {"n_samples": wanted, "mode": "sample_fks", "seed": 1}
    result = TASKS["sample"](folder, params, COMPUTE, said.append)
    drawn = RelationalData.from_dir(folder / SYNTHETIC)
    assert {name: len(drawn[name]) for name in wanted} == wanted
    assert result["rows"]["products"] == len(shop(60)["products"])  # not asked for: kept

    params = {"training": train_params()["training"], "seed": 0, "kept": ["products"]}
    params |= {"thresholds": {"shapes": 0.99}, "enough": 0.5, "facts": {"model version": "7"}}
    TASKS["report"](folder, params, COMPUTE, said.append)
    assert (folder / RESULT / "report.pdf").read_bytes().startswith(b"%PDF")
    scores = json.loads((folder / RESULT / "report.json").read_text())["scores"]
    assert {"value", "ceiling", "floor", "position", "group", "title", "mark"} <= set(scores["shapes"])


@pytest.mark.parametrize(
    ("params", "error"),
    [
        (train_params(optimizer="Adamm"), SettingError),
        (train_params() | {"model": ModelSettings(aggregator="maen").to_dict()}, UnknownNameError),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_training(
    folder: Path, params: dict, error: type[Exception]
) -> None:
    said: list[str] = []
    with pytest.raises(error):
        TASKS["train"](folder, params, COMPUTE, said.append)
    assert not any("epoch" in line for line in said)


def test_tables_that_do_not_fit_together_are_refused_before_training(folder: Path) -> None:
    data = shop(60)
    data["orders"].iloc[:-5].to_parquet(folder / SOURCE / "orders.parquet")
    with pytest.raises(DataError, match="rows have a 'order' that is not a 'id' of 'orders'"):
        TASKS["train"](folder, train_params(), COMPUTE, lambda _: None)


def test_the_kind_of_the_model_is_chosen_with_its_parameters(folder: Path) -> None:
    chosen = ModelSettings(kind="graph", messenger="copy", n_graph_layers=1, d=8, d_latent={"users": 2})
    params = train_params(beta_of={"orders": 0.5}, optimizer="AdamW", optimizer_params={"weight_decay": 0.1})
    TASKS["train"](folder, params | {"model": chosen.to_dict()}, COMPUTE, lambda _: None)
    model = load_model(folder / RESULT / "model.pt")
    assert model.name == "graph"
    assert model.settings()["messenger"] == "copy"
    assert model.settings()["d_latent"] == {"users": 2}
    assert type(model._networks.trainer.optimizer).__name__ == "AdamW"
