"""``model``: the checkpoint; trained again only if something it depends on has changed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from synth_dagster.assets.heavy import cost_metadata, run_job
from synth_dagster.compute.tasks import INFO_FILE, RESULT, SOURCE
from synth_dagster.facts import TableFacts
from synth_dagster.failure import as_failure
from synth_dagster.metadata import training_metadata
from synth_dagster.retraining import COLD, Decision, Inputs, decide
from synth_dagster.settings import TrainingSettings, with_defaults
from synth_dagster.staged import staged_source
from synth_dagster.store import Result
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role, code_version


def model_asset(synthesis: Synthesis) -> dg.AssetsDefinition:
    """One op that decides whether to train, and trains."""
    nodes = [synthesis.node(Role.SOURCE, table) for table in synthesis.tables]

    @dg.multi_asset(
        name=synthesis.op("model"),
        specs=[synthesis.spec(Role.MODEL, deps=nodes)],
        required_resource_keys=Resources.required(synthesis),
        config_schema=with_defaults(synthesis.training),
        pool=synthesis.pool,
        op_tags=dict(synthesis.op_tags),
        retry_policy=synthesis.retry_policy,
    )
    def model(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        resources = Resources.of(context, synthesis)
        settings = TrainingSettings(**context.op_execution_context.op_config)
        with as_failure():
            facts = staged_source(synthesis, resources.store)
            inputs = inputs_of(synthesis, settings, facts)
            current = resources.store.current(Role.MODEL)
            decision = decide(
                inputs, current.info["info"]["lineage"] if current else None, force=settings.force
            )
            context.log.info(f"{_WORDS[decision.kind]}: {decision.reason}")
            cost: dict[str, Any] = {}
            if decision.kind == COLD or current is None:
                current, cost = _train(context, resources, inputs, facts, forced=settings.force)
            shown = _shown(current, decision, inputs)
        yield dg.MaterializeResult(data_version=dg.DataVersion(current.version), metadata={**shown, **cost})

    return model


_WORDS = {"skip": "The model is not trained again", "cold": "The model is trained from scratch"}


def inputs_of(synthesis: Synthesis, settings: TrainingSettings, facts: dict[str, TableFacts]) -> Inputs:
    """Everything that the model is a function of."""
    training = settings.model_dump()
    del training["force"]
    return Inputs(
        source={name: one.version for name, one in facts.items()},
        tables={name: one.table for name, one in facts.items()},
        model=synthesis.architecture.model_dump(),
        training=training,
        code=code_version(),
    )


def _train(
    context: dg.AssetExecutionContext,
    resources: Resources,
    inputs: Inputs,
    facts: dict[str, TableFacts],
    *,
    forced: bool,
) -> tuple[Result, dict[str, Any]]:
    with resources.store.scratch() as folder:
        resources.store.check_out(folder / SOURCE, {Role.SOURCE: facts.values()})
        lineage = inputs.to_dict()
        params = {"model": lineage["model"], "training": lineage["training"], "lineage": lineage}
        result = run_job(context, resources, "train", folder, params)
        version = f"{inputs.version}-{context.run_id[:8]}" if forced else inputs.version
        known = json.loads((folder / RESULT / INFO_FILE).read_text(encoding="utf-8"))
        return resources.store.commit(Role.MODEL, version, folder / RESULT, known), cost_metadata(result)


def _shown(current: Result, decision: Decision, inputs: Inputs) -> dict[str, Any]:
    return {
        "decision": decision.kind,
        "reason": decision.reason,
        "checkpoint": dg.MetadataValue.path(str(Path(current.place) / "model.pt")),
        "lineage": dg.MetadataValue.json(
            {
                "source data versions": dict(inputs.source),
                "settings": inputs.to_dict()["training"],
                "code": inputs.code,
            }
        ),
        **training_metadata(current.info),
    }
