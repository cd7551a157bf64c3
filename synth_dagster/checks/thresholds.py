"""A check for each threshold that is set of a score of the report."""

from collections.abc import Iterator

import dagster as dg

from synth_dagster.checks.scores import blocks, threshold_outcome
from synth_dagster.failure import as_failure
from synth_dagster.staged import scores_of
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role

_SEVERITIES = {"warn": dg.AssetCheckSeverity.WARN, "error": dg.AssetCheckSeverity.ERROR}


def thresholds(synthesis: Synthesis) -> list[dg.AssetChecksDefinition]:
    """One op for all thresholds of a synthesis; none if there are none.

    Raises:
        UnknownNameError: If a threshold is set of a metric that is not there.
    """
    key, wanted = synthesis.key(Role.REPORT), synthesis.checks.thresholds
    specs = [
        dg.AssetCheckSpec(
            name,
            asset=key,
            blocking=blocks(name, threshold),
            description=f"The score {name} of the report keeps its threshold of {threshold.limit:g}.",
        )
        for name, threshold in wanted.items()
    ]
    if not specs:
        return []

    @dg.multi_asset_check(
        name=synthesis.op("thresholds"),
        specs=specs,
        can_subset=True,
        required_resource_keys=Resources.required(synthesis),
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with as_failure():
            scores = scores_of(Resources.of(context, synthesis).store)
        for name, threshold in wanted.items():
            if dg.AssetCheckKey(key, name) in context.selected_asset_check_keys:
                outcome = threshold_outcome(scores, name, threshold)
                yield outcome.result(context, key, name, _SEVERITIES[threshold.severity])

    return [check]
