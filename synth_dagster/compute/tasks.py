"""The heavy work: train, sample, report. Runs in the worker; knows the library, not Dagster."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from synth_dagster.compute.device import prepare
from synth_dagster.compute.divide import FAMILY_KEYS, divide
from synth_dagster.compute.files import MODEL_FILE, RESULT, SOURCE, SYNTHETIC
from synth_dagster.compute.training import train
from synth_models.data.relational import RelationalData
from synth_models.data.skeleton import Skeleton
from synth_models.data.topology import family_keys

Task = Callable[[Path, Mapping[str, Any], Mapping[str, Any], Callable[[str], None]], dict[str, Any]]


def sample(
    folder: Path, params: Mapping[str, Any], compute: Mapping[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    """Draw new tables from the checkpoint in the folder; leave them in ``synthetic`` as Parquet."""
    device = prepare(compute, say)
    from synth_models.load import load_model

    model = load_model(folder / MODEL_FILE, device)
    original = RelationalData.from_dir(folder / SOURCE)
    wanted = params["n_samples"]
    say("sampling " + ", ".join(f"{rows:,} {name}" for name, rows in wanted.items()))
    drawn = model.sample(
        original,
        wanted,
        params["mode"],
        device,
        seed=params["seed"],
        progress=False,
    )
    drawn.to_dir(folder / SYNTHETIC, format="parquet")
    return {"rows": dict(drawn.n_rows)}


def report(
    folder: Path, params: Mapping[str, Any], compute: Mapping[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    """Compare the tables in ``synthetic`` with those in ``source``; leave PDF and JSON in ``result``."""
    device = prepare(compute, say)
    from synth_models.load import load_model

    model = load_model(folder / MODEL_FILE, device)
    whole = RelationalData.from_dir(folder / SOURCE)
    families = model.lineage.get(FAMILY_KEYS) or family_keys(whole)  # checkpoints of before do not say
    learned, held_out = divide(Skeleton.read(folder / SOURCE, families), params["training"])
    synthetic = RelationalData.from_dir(folder / SYNTHETIC)
    say("comparing the synthetic tables with what was trained on, and with rows that were not")
    model.report(
        learned.of(whole),
        folder / RESULT,
        device,
        synthetic_data=synthetic,
        holdout_data=held_out.of(whole) if held_out else None,
        kept=params["kept"],
        thresholds=params["thresholds"],
        enough=params["enough"],
        facts=params["facts"],
        seed=params["seed"],
        progress=False,
    )
    return {}


TASKS: dict[str, Task] = {"train": train, "sample": sample, "report": report}
"""Every task by its name."""
