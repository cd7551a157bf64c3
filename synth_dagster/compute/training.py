"""The task ``train``: from scratch, or on from the checkpoint there is if the data have moved little."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np

from synth_dagster.compute.device import prepare
from synth_dagster.compute.divide import divide
from synth_dagster.compute.files import FAMILIES_FILE, INFO_FILE, MODEL_FILE, RESULT, SOURCE
from synth_dagster.compute.memory import used_memory
from synth_dagster.compute.unfinished import unfinished_in
from synth_dagster.retraining import COLD, WARM, Decision, Policy, judge
from synth_models.data.relational import RelationalData
from synth_models.data.replay import Replay, families_of, replay
from synth_models.errors import CheckpointError, DataError

if TYPE_CHECKING:
    from synth_models.models.model import Model
    from synth_models.training.events import EpochRecord

Say = Callable[[str], None]


@final
@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What to train, on what, and why."""

    model: "Model"
    data: RelationalData
    decision: Decision
    n_epochs: int | None
    said: Mapping[str, Any] = field(default_factory=dict)


def train(folder: Path, params: Mapping[str, Any], compute: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Fit a model to the tables in ``source``; leave the checkpoint and what is known of it in ``result``."""
    device = prepare(compute, say)
    data = RelationalData.from_dir(folder / SOURCE)
    say("rows: " + ", ".join(f"{name} {rows:,}" for name, rows in data.n_rows.items()))
    data, _ = divide(data, params["training"])
    plan = _planned(folder, params, data, device)
    say(f"{plan.decision.kind}: {plan.decision.reason}")
    try:
        _fit(plan, folder, params, compute, device, say)
    except DataError as error:
        if plan.decision.kind != WARM:
            raise
        plan = _cold(params, data, Decision(COLD, f"{plan.decision.reason}, but {error}"))
        say(f"{plan.decision.kind}: {plan.decision.reason}")
        _fit(plan, folder, params, compute, device, say)
    model, result = plan.model, folder / RESULT
    known = {"decision": plan.decision.kind, "reason": plan.decision.reason, **plan.said}
    model.lineage = {**params["lineage"], **known}
    model.save(result / MODEL_FILE)
    _keep_families(folder, data, anew=plan.decision.kind == COLD)
    history = [record.to_dict() for record in model.history]
    (result / INFO_FILE).write_text(json.dumps({"info": model.info, "history": history}), encoding="utf-8")
    return {"device": device, "epochs": len(history), **known}


def _planned(folder: Path, params: Mapping[str, Any], data: RelationalData, device: str) -> _Plan:
    if not params.get("policy"):
        return _cold(params, data, Decision(COLD, params.get("reason", "asked for")))
    from synth_models.load import load_model

    policy = Policy(**params["policy"])
    try:
        model = load_model(folder / MODEL_FILE, device)
        drift = model.drift(data)
    except CheckpointError as error:
        return _cold(params, data, Decision(COLD, f"{params['reason']}, but {error}"))
    found = judge(drift, policy)
    decision = Decision(found.kind, f"{params['reason']}; {found.reason}")
    if decision.kind == COLD:
        return _cold(params, data, decision, drift)
    chosen = _replayed(folder, data, policy, params["training"]["seed"])
    families = {"new": chosen.new, "replayed": chosen.replayed, "left out": chosen.left_out}
    return _Plan(
        model=model,
        data=chosen.data,
        decision=decision,
        n_epochs=max(1, round(policy.epochs * _epochs_anew(model.history))),
        said={
            "drift": drift,
            "families": families,
            "parent": params["parent"]["version"],
            "warm runs": params["parent"]["warm runs"] + 1,
        },
    )


def _cold(
    params: Mapping[str, Any],
    data: RelationalData,
    decision: Decision,
    drift: Mapping[str, Any] | None = None,
) -> _Plan:
    from synth_models.load import MODELS

    parameters = dict(params["model"])
    make = cast("Callable[..., Model]", MODELS.get(parameters.pop("kind")))  # of a schema and parameters
    return _Plan(
        model=make(data.schema, **parameters),
        data=data,
        decision=decision,
        n_epochs=params["training"]["n_epochs"],
        said={"drift": drift, "warm runs": 0} if drift else {"warm runs": 0},
    )


def _epochs_anew(history: Sequence["EpochRecord"]) -> int:
    """After how many epochs a model was done before it ever went on."""
    begun = [at for at, record in enumerate(history) if record.epoch == 1]
    return (*begun, len(history))[1]


def _replayed(folder: Path, data: RelationalData, policy: Policy, seed: int) -> Replay:
    with np.load(folder / FAMILIES_FILE) as seen:
        chosen = replay(data, dict(seen), policy.replay, seed)
    if all(len(frame) for frame in chosen.data.values()):
        return chosen
    return Replay(data, chosen.new, chosen.replayed + chosen.left_out, 0)  # no table may be without rows


def _keep_families(folder: Path, data: RelationalData, *, anew: bool) -> None:
    """Keep which families the model has seen: those of now, and those it knew."""
    seen = families_of(data)
    if not anew:
        with np.load(folder / FAMILIES_FILE) as before:
            seen = {
                name: np.union1d(one, before[name]) if name in before else one for name, one in seen.items()
            }
    np.savez_compressed(folder / RESULT / FAMILIES_FILE, allow_pickle=False, **seen)


def _fit(
    plan: _Plan,
    folder: Path,
    params: Mapping[str, Any],
    compute: Mapping[str, Any],
    device: str,
    say: Say,
) -> None:
    settings, told = params["training"], list[str]()
    place = params.get("unfinished")
    unfinished = unfinished_in(place, folder, compute["keep_every_s"], say) if place else None

    def tell(record: object) -> None:
        told.append(f"{record}, {used_memory(device)}")
        say(told[-1])

    def fit() -> None:
        plan.model.train(
            plan.data,
            plan.n_epochs,
            batch_size=settings["batch_size"],
            lr=settings["lr"],
            beta=dict.fromkeys(plan.data, settings["beta"]) | settings["beta_of"],
            optimizer=settings["optimizer"],
            optimizer_params=settings["optimizer_params"],
            tensorboard_dir=folder / RESULT / "tensorboard",
            device=device,
            precision="bf16" if compute["precision"] == "bf16" else "fp32",
            seed=settings["seed"],
            min_count=settings["min_count"],
            progress=False,
            on_epoch=tell,
            unfinished=unfinished,
        )

    try:
        fit()
    except CheckpointError as error:
        if told or unfinished is None:
            raise
        # what is unfinished is of no use, so that nothing is lost without it
        say(f"begins again: {error}")
        unfinished.remove()
        fit()
