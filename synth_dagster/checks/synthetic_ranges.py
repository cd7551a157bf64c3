"""Numbers and times of a synthetic table lie within the range of its source: a warning, it never gates."""

from collections.abc import Iterator

import dagster as dg

from synth_dagster.checks.expectations import broken, range_expectations
from synth_dagster.failure import as_failure
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role

CHECK = "ranges"


def synthetic_ranges(synthesis: Synthesis) -> dg.AssetChecksDefinition:
    """One check per synthetic table, in one op."""
    tables = {synthesis.key(Role.SYNTHETIC, table): table for table in synthesis.made}

    @dg.multi_asset_check(
        name=synthesis.op("synthetic_ranges"),
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                description="Numbers and times lie within the range of the source's (great-expectations).",
            )
            for key in tables
        ],
        can_subset=True,
        required_resource_keys=Resources.required(synthesis),
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        store = Resources.of(context, synthesis).store
        for key, table in tables.items():
            if dg.AssetCheckKey(key, CHECK) not in context.selected_asset_check_keys:
                continue
            with as_failure():
                suite = range_expectations(store.frame(Role.SOURCE, table))
                faults = broken(store.frame(Role.SYNTHETIC, table), suite) if suite else []
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=CHECK,
                passed=not faults,
                severity=dg.AssetCheckSeverity.WARN,
                description="; ".join(f"not so: {fault}" for fault in faults)
                or f"{len(suite)} columns are in range",
                metadata={"columns": len(suite), "broken": faults},
            )

    return check
