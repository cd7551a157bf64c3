"""No copies of training rows beyond chance, and no crowding near them; this gates publishing."""

import dagster as dg

from synth_dagster.checks.scores import privacy_outcome
from synth_dagster.failure import as_failure
from synth_dagster.staged import scores_of
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role

CHECK = "privacy"


def privacy(synthesis: Synthesis) -> dg.AssetChecksDefinition:
    """The check on the report."""
    key, blocks = synthesis.key(Role.REPORT), synthesis.checks.privacy_blocks

    @dg.multi_asset_check(
        name=synthesis.op(CHECK),
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                blocking=blocks,
                description="Copies and nearness to training rows are within their limits.",
            )
        ],
        required_resource_keys=Resources.required(synthesis),
    )
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with as_failure():
            outcome = privacy_outcome(scores_of(Resources.of(context, synthesis).store), synthesis.checks)
        return outcome.result(context, key, CHECK, dg.AssetCheckSeverity.ERROR)

    return check
