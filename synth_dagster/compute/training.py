"""The task ``train``: from scratch, or on from the checkpoint there is if the data have moved little.

From scratch it reads all rows; to go on it reads their keys and digests, and of the rest the families chosen.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np

from synth_dagster.compute.device import prepare
from synth_dagster.compute.divide import FAMILY_KEYS, divide
from synth_dagster.compute.files import FAMILIES_FILE, INFO_FILE, MODEL_FILE, RESULT, SOURCE
from synth_dagster.compute.memory import used_memory
from synth_dagster.compute.unfinished import unfinished_in
from synth_dagster.retraining import COLD, WARM, Decision, Policy, judge
from synth_models.data.relational import RelationalData
from synth_models.data.replay import Replay, Seen, families_of, replay
from synth_models.data.skeleton import Skeleton
from synth_models.data.topology import family_keys
from synth_models.errors import CheckpointError, DataError

if TYPE_CHECKING:
    from synth_models.models.model import Model
    from synth_models.training.events import EpochRecord

Say = Callable[[str], None]
_LEAST_REPLAY = 0.01


@final
@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What to train, on what, and why; ``seen`` are all families it will have seen, then or before."""

    model: "Model"
    data: RelationalData
    seen: Seen
    decision: Decision
    n_epochs: int | None
    said: Mapping[str, Any]


def train(folder: Path, params: Mapping[str, Any], compute: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Fit a model to the tables in ``source``; leave the checkpoint and what is known of it in ``result``."""
    device = prepare(compute, say)
    plan = _planned(folder, params, device, say)
    say(f"{plan.decision.kind}: {plan.decision.reason}")
    try:
        _fit(plan, folder, params, compute, device, say)
    except DataError as error:
        if plan.decision.kind != WARM:
            raise
        plan = _cold(folder, params, Decision(COLD, f"{plan.decision.reason}, but {error}"), say)
        say(f"{plan.decision.kind}: {plan.decision.reason}")
        _fit(plan, folder, params, compute, device, say)
    model, result = plan.model, folder / RESULT
    known = {"decision": plan.decision.kind, "reason": plan.decision.reason, **plan.said}
    model.lineage = {**params["lineage"], **known}
    model.save(result / MODEL_FILE)
    np.savez_compressed(result / FAMILIES_FILE, allow_pickle=False, **plan.seen)
    history = [record.to_dict() for record in model.history]
    (result / INFO_FILE).write_text(json.dumps({"info": model.info, "history": history}), encoding="utf-8")
    return {"device": device, "epochs": len(history), **known}


def _planned(folder: Path, params: Mapping[str, Any], device: str, say: Say) -> _Plan:
    if not params.get("policy"):
        return _cold(folder, params, Decision(COLD, params.get("reason", "asked for")), say)
    from synth_models.load import load_model

    policy = Policy(**params["policy"])
    try:
        model = load_model(folder / MODEL_FILE, device)
        learned = _learned(folder, params, model)
        with np.load(folder / FAMILIES_FILE) as seen:
            before = dict(seen)
        found = _replayed(learned, before, policy, params["training"]["seed"])
        drift = _drift(model, found, learned)
    except CheckpointError as error:
        return _cold(folder, params, Decision(COLD, f"{params['reason']}, but {error}"), say)
    judged = judge(drift, policy)
    decision = Decision(judged.kind, f"{params['reason']}; {judged.reason}")
    if decision.kind == COLD:
        return _cold(folder, params, decision, say, drift)
    families = {"new": found.new, "replayed": found.replayed, "left out": found.left_out}
    read = (f"{name} {rows:,} of {learned.n_rows[name]:,}" for name, rows in found.chosen.n_rows.items())
    say(f"rows read: {', '.join(read)}")
    return _Plan(
        model=model,
        data=found.chosen.load(),
        seen={name: np.union1d(one, before.get(name, one)) for name, one in families_of(learned).items()},
        decision=decision,
        n_epochs=max(1, round(policy.epochs * _epochs_anew(model.history))),
        said={
            FAMILY_KEYS: dict(learned.families),
            "drift": drift,
            "families": families,
            "parent": params["parent"]["version"],
            "warm runs": params["parent"]["warm runs"] + 1,
        },
    )


def _cold(
    folder: Path,
    params: Mapping[str, Any],
    decision: Decision,
    say: Say,
    drift: Mapping[str, Any] | None = None,
) -> _Plan:
    from synth_models.load import MODELS

    whole = RelationalData.from_dir(folder / SOURCE)
    say("rows: " + ", ".join(f"{name} {rows:,}" for name, rows in whole.n_rows.items()))
    families = family_keys(whole)
    learned, _ = divide(Skeleton.read(folder / SOURCE, families), params["training"])
    parameters = dict(params["model"])
    make = cast("Callable[..., Model]", MODELS.get(parameters.pop("kind")))  # of a schema and parameters
    return _Plan(
        model=make(whole.schema, **parameters),
        data=learned.of(whole),
        seen=families_of(learned),
        decision=decision,
        n_epochs=params["training"]["n_epochs"],
        said={FAMILY_KEYS: families, "warm runs": 0, **({"drift": drift} if drift else {})},
    )


def _learned(folder: Path, params: Mapping[str, Any], model: "Model") -> Skeleton:
    """What a model goes on with, by the families it began with."""
    families = model.lineage.get(FAMILY_KEYS)
    if not families:
        raise CheckpointError("the checkpoint does not say which keys make its families. Train it anew.")
    return divide(Skeleton.read(folder / SOURCE, families), params["training"])[0]


def _drift(model: "Model", found: Replay, learned: Skeleton) -> dict[str, dict[str, float]]:
    """How far all rows are from those the model was last trained on: as far as the new ones are, times their
    share of all. What is as it was has not moved, and is not read.
    """
    share = {name: found.unseen.n_rows[name] / max(1, rows) for name, rows in learned.n_rows.items()}
    return {
        table: {column: round(share[table] * apart, 4) for column, apart in columns.items()}
        for table, columns in model.drift(found.unseen.load()).items()
    }


def _epochs_anew(history: Sequence["EpochRecord"]) -> int:
    """After how many epochs a model was done before it ever went on."""
    begun = [at for at, record in enumerate(history) if record.epoch == 1]
    return (*begun, len(history))[1]


def _replayed(learned: Skeleton, seen: Seen, policy: Policy, seed: int) -> Replay:
    share = policy.replay
    while True:
        found = replay(learned, seen, share, seed)
        if share >= 1 or all(found.chosen.n_rows.values()):
            return found
        share = max(_LEAST_REPLAY, 2 * share)  # no table may be without rows


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
