"""Every synthetic table is what its schema says; by default this gates publishing."""

from collections.abc import Iterator

import dagster as dg

from synth_dagster.checks.validity import CHECK, synthetic_verdict
from synth_dagster.failure import as_failure
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role


def synthetic_validity(synthesis: Synthesis) -> dg.AssetChecksDefinition:
    """One check per synthetic table, in one op."""
    tables = {synthesis.key(Role.SYNTHETIC, table): table for table in synthesis.made}

    @dg.multi_asset_check(
        name=synthesis.op("synthetic_validity"),
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                blocking=synthesis.checks.validity_blocks,
                description="Columns, types, keys and missing values are those of the source "
                "(great-expectations).",
            )
            for key in tables
        ],
        can_subset=True,
        required_resource_keys=Resources.required(synthesis),
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        store = Resources.of(context, synthesis).store
        for key, table in tables.items():
            if dg.AssetCheckKey(key, CHECK) in context.selected_asset_check_keys:
                with as_failure():
                    verdict = synthetic_verdict(synthesis, store, table)
                broken = "".join(f"; {fault}" for fault in verdict.faults)
                context.log.info(
                    f"{table}: {len(verdict.faults)} of {verdict.checked} expectations are broken{broken}"
                )
                yield verdict.result(key)

    return check
