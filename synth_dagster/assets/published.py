"""``published/<table>``: the tables in the destination, replaced in one transaction or not at all."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg

from synth_dagster.checks.scores import blocks, fidelity_outcome, privacy_outcome, threshold_outcome
from synth_dagster.checks.validity import synthetic_verdict
from synth_dagster.facts import TableFacts
from synth_dagster.failure import StaleError, as_failure
from synth_dagster.metadata import column_lineage, table_metadata
from synth_dagster.staged import scores_of, staged_sample
from synth_dagster.store import Store
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role
from synth_dagster.warehouse.base import Publication
from synth_models.errors import DataError, report_all


def published_assets(synthesis: Synthesis) -> dg.AssetsDefinition:
    """One op for all tables: they can only be published together."""

    @dg.multi_asset(
        name=synthesis.op("published"),
        specs=[
            synthesis.spec(
                Role.PUBLISHED,
                table,
                [synthesis.node(*_origin(synthesis, table)), synthesis.node(Role.REPORT)],
            )
            for table in synthesis.tables
        ],
        required_resource_keys=Resources.required(synthesis),
        retry_policy=synthesis.retry_policy,
    )
    @synthesis.executed(Role.PUBLISHED)
    def published(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        resources = Resources.of(context, synthesis)
        store = resources.store
        with as_failure():
            made, lineage = staged_sample(synthesis, store)
            check_gate(synthesis, store, lineage["sample"])
            kept = store.facts_of(Role.SOURCE, synthesis.keep, "Materialize the source assets first.")
            facts = {**made, **kept}
            keep = synthesis.publish.keep
            resources.destination.publish(
                [_publication(synthesis, store, facts[t]) for t in synthesis.tables], keep
            )
            versions = {"versions kept": resources.destination.versions()} if keep else {}
            context.log.info(f"Published {len(facts)} tables in one transaction")
        for table in synthesis.tables:
            yield dg.MaterializeResult(
                asset_key=synthesis.key(Role.PUBLISHED, table),
                data_version=dg.DataVersion(facts[table].version),
                metadata={
                    **table_metadata(facts[table]),
                    "dagster/table_name": resources.destination.place(table),
                    "dagster/column_lineage": column_lineage(
                        facts[table].sql, synthesis.key(*_origin(synthesis, table))
                    ),
                    "kept as it is": table in synthesis.keep,
                    **versions,
                    "lineage": dg.MetadataValue.json(lineage),
                },
            )

    return published


def check_gate(synthesis: Synthesis, store: Store, sample: str) -> None:
    """Raise unless everything that gates publishing holds of this very sample.

    Dagster keeps the op from running after a blocking check has failed in the same run; this holds in any
    run, whatever was selected.

    Raises:
        StaleError: If the report is on another sample.
        DataError: With every limit that is not kept.
    """
    limits = synthesis.checks
    report = store.current(Role.REPORT)
    if report is None or report.info["lineage"]["sample"] != sample:
        raise StaleError(
            "There is no report on the staged synthetic tables. Materialize the report, then this."
        )
    faults = []
    if limits.validity_blocks:
        for table in synthesis.made:
            faults += [
                f"Table '{table}': {fault}." for fault in synthetic_verdict(synthesis, store, table).faults
            ]
    if limits.privacy_blocks:
        faults += [f"Privacy: {fault}." for fault in privacy_outcome(scores_of(store), limits).faults]
    if limits.fidelity_blocks:
        faults += [f"Fidelity: {fault}." for fault in fidelity_outcome(scores_of(store), limits).faults]
    for name, threshold in limits.thresholds.items():
        if blocks(name, threshold):
            outcome = threshold_outcome(scores_of(store), name, threshold)
            faults += [f"Threshold: {fault}." for fault in outcome.faults]
    report_all(DataError, f"The synthesis '{synthesis.name}' is not published", faults)


def _origin(synthesis: Synthesis, table: str) -> tuple[Role, str]:
    return (Role.SOURCE if table in synthesis.keep else Role.SYNTHETIC), table


def _publication(synthesis: Synthesis, store: Store, facts: TableFacts) -> Publication:
    kind = Role.SOURCE if facts.name in synthesis.keep else Role.SYNTHETIC
    return Publication(facts.name, facts.warehouse_table(), partial(store.batches, kind, facts.name))
