"""The heavy work: train, sample, report. Runs in the worker; knows the library, not Dagster."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from synth_models.data.relational import RelationalData

Task = Callable[[Path, Mapping[str, Any], Mapping[str, Any], Callable[[str], None]], dict[str, Any]]

SOURCE, SYNTHETIC, RESULT = "source", "synthetic", "result"
"""Folders of a job: the source's tables, the synthetic ones, and what the job makes."""
MODEL_FILE, INFO_FILE = "model.pt", "info.json"
REPORT_FILE, PDF_FILE = "report.json", "report.pdf"


def train(
    folder: Path, params: Mapping[str, Any], compute: Mapping[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    """Fit a model to the tables in ``source``; leave the checkpoint and what is known of it in ``result``."""
    _prepare(compute)
    from synth_models.models.multilevel import MultiLevelSynth

    settings = params["training"]
    data = RelationalData.from_dir(folder / SOURCE)
    say("rows: " + ", ".join(f"{name} {rows:,}" for name, rows in data.n_rows.items()))
    data, _ = _divide(data, settings)
    model = MultiLevelSynth(data.schema, **params["model"])
    model.lineage = dict(params["lineage"])
    result = folder / RESULT
    result.mkdir()
    model.train(
        data,
        settings["n_epochs"],
        batch_size=settings["batch_size"],
        lr=settings["lr"],
        beta=settings["beta"],
        optimizer=settings["optimizer"],
        tensorboard_dir=result / "tensorboard",
        device=compute["device"],
        seed=settings["seed"],
        min_count=settings["min_count"],
        progress=False,
        on_epoch=lambda record: say(str(record)),
    )
    model.save(result / MODEL_FILE)
    known = {"info": dict(model.info), "history": [record.to_dict() for record in model.history]}
    (result / INFO_FILE).write_text(json.dumps(known), encoding="utf-8")
    return {"device": str(model.device), "epochs": len(model.history)}


def sample(
    folder: Path, params: Mapping[str, Any], compute: Mapping[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    """Draw new tables from the checkpoint in the folder; leave them in ``synthetic`` as Parquet."""
    _prepare(compute)
    from synth_models.load import load_model

    model = load_model(folder / MODEL_FILE, compute["device"])
    original = RelationalData.from_dir(folder / SOURCE)
    wanted = params["n_samples"]
    say("sampling " + ", ".join(f"{rows:,} {name}" for name, rows in wanted.items()))
    drawn = model.sample(
        original,
        wanted,
        params["mode"],
        compute["device"],
        seed=params["seed"],
        progress=False,
    )
    drawn.to_dir(folder / SYNTHETIC, format="parquet")
    return {"rows": dict(drawn.n_rows)}


def report(
    folder: Path, params: Mapping[str, Any], compute: Mapping[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    """Compare the tables in ``synthetic`` with those in ``source``; leave PDF and JSON in ``result``."""
    _prepare(compute)
    from synth_models.load import load_model

    model = load_model(folder / MODEL_FILE, compute["device"])
    train_data, holdout = _divide(RelationalData.from_dir(folder / SOURCE), params["training"])
    synthetic = RelationalData.from_dir(folder / SYNTHETIC)
    say("comparing the synthetic tables with what was trained on, and with rows that were not")
    model.report(
        train_data,
        folder / RESULT,
        compute["device"],
        synthetic_data=synthetic,
        holdout_data=holdout,
        kept=params["kept"],
        seed=params["seed"],
        progress=False,
    )
    return {}


TASKS: dict[str, Task] = {"train": train, "sample": sample, "report": report}
"""Every task by its name."""


def _divide(
    data: RelationalData, training: Mapping[str, Any]
) -> tuple[RelationalData, RelationalData | None]:
    """What is trained on, and what is held out for the report: the same parts in every job."""
    if not training["holdout"]:
        return data, None
    return data.split(1 - training["holdout"], seed=training["seed"])


def _prepare(compute: Mapping[str, Any]) -> None:
    import torch

    if compute["threads"] is not None:
        torch.set_num_threads(compute["threads"])
    torch.set_float32_matmul_precision(compute["precision"])
