"""``model``: the checkpoint; trained again only if something it depends on has changed, and only as much."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

import dagster as dg

from synth_dagster.assets.heavy import cost_metadata, run_job
from synth_dagster.compute.files import FAMILIES_FILE, INFO_FILE, MODEL_FILE, RESULT, SOURCE
from synth_dagster.facts import TableFacts
from synth_dagster.failure import StaleError, as_failure
from synth_dagster.metadata import decision_metadata, training_metadata
from synth_dagster.retraining import SKIP, WARM, Decision, Inputs, Policy, decide, digest
from synth_dagster.settings import TrainingSettings, with_defaults
from synth_dagster.staged import staged_source
from synth_dagster.store import Result
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role, code_version


def model_asset(synthesis: Synthesis) -> dg.AssetsDefinition:
    """One op that decides whether to train, and trains."""
    nodes = [synthesis.node(Role.SOURCE, table) for table in synthesis.tables]
    spec = synthesis.spec(Role.MODEL, deps=nodes)

    @dg.multi_asset(
        name=synthesis.op("model"),
        specs=[spec.replace_attributes(deps=[*spec.deps, *synthesis.itself_before(Role.MODEL)])],
        backfill_policy=synthesis.backfill,
        required_resource_keys=Resources.required(synthesis),
        config_schema=with_defaults(synthesis.training),
        pool=synthesis.pool,
        op_tags=dict(synthesis.op_tags),
        retry_policy=synthesis.retry_policy,
    )
    @synthesis.executed(Role.MODEL)
    def model(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        resources = Resources.of(context, synthesis)
        settings = TrainingSettings(**context.op_execution_context.op_config)
        with as_failure():
            facts = learned_from(context, synthesis, staged_source(synthesis, resources.store))
            inputs = inputs_of(synthesis, settings, facts)
            current = resources.store.current(Role.MODEL)
            decision = decide(
                inputs,
                current.info["info"]["lineage"] if current else None,
                Policy(**synthesis.retraining.model_dump()),
                force=settings.force,
            )
            cost: dict[str, Any] = {}
            if decision.kind != SKIP or current is None:
                job = _Job(context, resources, synthesis, inputs, decision, current, forced=settings.force)
                current, cost = job.run(facts)
            else:
                context.log.info(f"The model is not trained again: {decision.reason}")
            shown = _shown(current, decision, inputs)
        yield dg.MaterializeResult(data_version=dg.DataVersion(current.version), metadata={**shown, **cost})

    return model


def inputs_of(synthesis: Synthesis, settings: TrainingSettings, facts: dict[str, TableFacts]) -> Inputs:
    """Everything that the model is a function of."""
    training = settings.model_dump()
    del training["force"]
    return Inputs(
        source={name: one.version for name, one in facts.items()},
        tables={name: one.table for name, one in facts.items()},
        model=synthesis.architecture.to_dict(),
        training=training,
        code=code_version(),
    )


def learned_from(
    context: dg.AssetExecutionContext, synthesis: Synthesis, staged: Mapping[str, TableFacts]
) -> dict[str, TableFacts]:
    """What is staged; of divided tables the partitions learned from before, as the event log has them, and
    those of this run.

    Raises:
        StaleError: Naming the partitions of this run that are not staged.
    """
    if synthesis.partitions is None:
        return dict(staged)
    before = context.instance.get_materialized_partitions(synthesis.key(Role.MODEL))
    parts = {*before, *context.partition_keys}
    missing = sorted(set(context.partition_keys).difference(*(one.parts for one in staged.values())))
    if missing:
        raise StaleError(
            f"Nothing is staged of the partitions {missing}. Materialize the source of them first."
        )
    return {name: one.taken(parts) for name, one in staged.items()}


@final
@dataclass(frozen=True)
class _Job:
    """A training that has been decided on."""

    context: dg.AssetExecutionContext
    resources: Resources
    synthesis: Synthesis
    inputs: Inputs
    decision: Decision
    current: Result | None
    _: KW_ONLY
    forced: bool

    def run(self, facts: Mapping[str, TableFacts]) -> tuple[Result, dict[str, Any]]:
        """Train, and make the checkpoint the current one."""
        store = self.resources.store
        lineage = {**self.inputs.to_dict(), "partitions": _partitions(facts)}
        with store.scratch() as folder:
            store.check_out(folder / SOURCE, {Role.SOURCE: facts.values()})
            params = {
                "model": lineage["model"],
                "training": lineage["training"],
                "lineage": lineage,
                "reason": self.decision.reason,
                "policy": None,
                "unfinished": store.unfinished(digest([self._version(cold=False), self.decision.kind])),
            }
            if self.decision.kind == WARM and self.current is not None:
                store.fetch(Role.MODEL, MODEL_FILE, folder)
                store.fetch(Role.MODEL, FAMILIES_FILE, folder)
                known = self.current.info["info"]["lineage"]
                parent = {"version": self.current.version, "warm runs": known.get("warm runs", 0)}
                params |= {"policy": self.synthesis.retraining.model_dump(), "parent": parent}
            result = run_job(self.context, self.resources, "train", folder, params)
            version = self._version(cold=result["decision"] != WARM)
            known = json.loads((folder / RESULT / INFO_FILE).read_text(encoding="utf-8"))
            known["trained"] = datetime.now(UTC).isoformat(" ", "minutes")
            made = store.commit(Role.MODEL, version, folder / RESULT, known)
        store.finished()
        return made, cost_metadata(result)

    def _version(self, *, cold: bool) -> str:
        """A function of the inputs; of the checkpoint it goes on from, too; of the run, if it was forced."""
        version = self.inputs.version
        if not cold and self.current is not None:
            version = digest([version, self.current.version])
        if not self.forced:
            return version
        run = self.context.run
        return f"{version}-{(run.root_run_id or run.run_id)[:8]}"  # a retry goes on with what it retries


def _partitions(facts: Mapping[str, TableFacts]) -> list[str]:
    return sorted({part for one in facts.values() for part in one.parts})


def _shown(current: Result, decision: Decision, inputs: Inputs) -> dict[str, Any]:
    """What the UI shows: of a model that was kept the decision of now, of a new one that of its training."""
    lineage = current.info["info"]["lineage"]
    made = decision if decision.kind == SKIP else Decision(lineage["decision"], lineage["reason"])
    return {
        "decision": made.kind,
        "reason": made.reason,
        "checkpoint": dg.MetadataValue.path(str(Path(current.place) / MODEL_FILE)),
        "TensorBoard": dg.MetadataValue.path(str(Path(current.place) / "tensorboard")),
        "lineage": dg.MetadataValue.json(
            {
                "source data versions": dict(inputs.source),
                "settings": inputs.to_dict()["training"],
                "code": inputs.code,
                "parent": lineage.get("parent"),
                "partitions": lineage["partitions"],
            }
        ),
        **training_metadata(current.info),
        **({} if decision.kind == SKIP else decision_metadata(lineage)),
    }
