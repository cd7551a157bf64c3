"""Every source table is what its schema says (as it is staged; nothing invalid is ever staged)."""

from collections.abc import Iterator

import dagster as dg

from synth_dagster.checks.validity import CHECK, source_verdict
from synth_dagster.failure import as_failure
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role


def source_validity(synthesis: Synthesis) -> dg.AssetChecksDefinition:
    """One check per source table, in one op."""
    tables = {synthesis.key(Role.SOURCE, table): table for table in synthesis.tables}

    @dg.multi_asset_check(
        name=synthesis.op("source_validity"),
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                description="Columns, types, keys and missing values are those of the schema "
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
                    verdict = source_verdict(synthesis, store, table)
                yield verdict.result(key)

    return check
