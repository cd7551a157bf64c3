"""The synthetic tables are faithful enough; a warning unless it is told to gate publishing."""

import dagster as dg

from synth_dagster.checks.scores import fidelity_outcome
from synth_dagster.failure import as_failure
from synth_dagster.staged import scores_of
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role

CHECK = "fidelity"


def fidelity(synthesis: Synthesis) -> dg.AssetChecksDefinition:
    """The check on the report."""
    key, blocks = synthesis.key(Role.REPORT), synthesis.checks.fidelity_blocks

    @dg.multi_asset_check(
        name=synthesis.op(CHECK),
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                blocking=blocks,
                description="The mean place of the scores of fidelity, and of structure, between independent "
                "columns and real data reaches its limit.",
            )
        ],
        required_resource_keys=Resources.required(synthesis),
    )
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with as_failure():
            outcome = fidelity_outcome(scores_of(Resources.of(context, synthesis).store), synthesis.checks)
        severity = dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN
        return outcome.result(context, key, CHECK, severity)

    return check
