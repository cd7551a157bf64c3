"""``synthetic/<table>``: the tables as the model draws them anew, staged in the store."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow.parquet as pq

from synth_dagster.assets.heavy import cost_metadata, run_job
from synth_dagster.compute.files import MODEL_FILE, SOURCE, SYNTHETIC
from synth_dagster.facts import TableFacts
from synth_dagster.failure import as_failure
from synth_dagster.frames import frame_type
from synth_dagster.metadata import column_lineage, table_metadata
from synth_dagster.retraining import digest
from synth_dagster.settings import SamplingSettings, check_sampling, with_defaults
from synth_dagster.staged import check_fits, current_model, staged_source
from synth_dagster.store import Store
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role, code_version


def synthetic_assets(synthesis: Synthesis) -> dg.AssetsDefinition:
    """One op that draws all tables together, and stages those that are selected.

    A sample is a function of the checkpoint and the settings, so tables staged in different runs fit together
    as long as these are the same.
    """

    @dg.multi_asset(
        name=synthesis.op("synthetic"),
        outs={
            synthesis.out(table): dg.AssetOut.from_spec(
                synthesis.spec(Role.SYNTHETIC, table),
                dagster_type=frame_type(synthesis.op(f"synthetic_{table}")),
                io_manager_key=synthesis.op("tables"),
                is_required=False,
            )
            for table in synthesis.made
        },
        deps=[synthesis.dep(Role.SYNTHETIC, synthesis.node(Role.MODEL))],
        can_subset=True,
        required_resource_keys=Resources.required(synthesis),
        config_schema=with_defaults(synthesis.sampling),
        pool=synthesis.pool,
        op_tags=dict(synthesis.op_tags),
        retry_policy=synthesis.retry_policy,
    )
    @synthesis.executed(Role.SYNTHETIC)
    def synthetic(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[pd.DataFrame]]:
        resources = Resources.of(context, synthesis)
        store = resources.store
        settings = SamplingSettings(**context.op_execution_context.op_config)
        chosen = [
            t for t in synthesis.made if synthesis.key(Role.SYNTHETIC, t) in context.selected_asset_keys
        ]
        with as_failure(), store.scratch() as folder:
            lineage, source = _lineage(synthesis, settings, store)
            version = digest(lineage)
            others = [t for t in synthesis.made if t not in chosen and not _is_staged(store, t, version)]
            if others:
                context.log.warning(
                    f"Of this sample will be only {', '.join(chosen)}. Materialize {', '.join(others)} as "
                    f"well: until then keys do not fit together, and nothing can be reported or published."
                )
            cost = None
            if settings.force or not all(_is_staged(store, table, version) for table in chosen):
                cost = _sample(context, resources, lineage, source, folder)
            else:
                context.log.info("These very rows are staged already (same model, settings and seed)")
            for table in chosen:
                frame = (
                    _drawn(folder, source[table], version, lineage)
                    if cost
                    else store.frame(Role.SYNTHETIC, table)
                )
                upstream = synthesis.key(Role.SOURCE, table)
                yield dg.MaterializeResult(
                    asset_key=synthesis.key(Role.SYNTHETIC, table),
                    value=frame,
                    data_version=dg.DataVersion(version),
                    metadata={
                        **table_metadata(TableFacts.of(frame)),
                        "dagster/column_lineage": column_lineage(source[table].sql, upstream),
                        "lineage": dg.MetadataValue.json(lineage),
                        **(cost or {}),
                    },
                )

    return synthetic


def _lineage(
    synthesis: Synthesis, settings: SamplingSettings, store: Store
) -> tuple[dict[str, Any], dict[str, TableFacts]]:
    """What the sample is a function of, and the source it stands beside."""
    model, source = current_model(store), staged_source(synthesis, store)
    check_fits(model, source)
    wanted = {
        table: settings.n_samples.get(table, max(1, round(source[table].rows * settings.scale)))
        for table in synthesis.made
    }
    check_sampling(settings, synthesis.made, synthesis.keep)
    lineage = {
        "model": model.version,
        "kept": {table: source[table].version for table in synthesis.keep},
        "mode": settings.mode,
        "seed": settings.seed,
        "rows": wanted,
        "code": code_version(),
    }
    return lineage, source


def _is_staged(store: Store, table: str, version: str) -> bool:
    facts = store.facts(Role.SYNTHETIC, table)
    return facts is not None and facts.version == version


def _sample(
    context: dg.AssetExecutionContext,
    resources: Resources,
    lineage: Mapping[str, Any],
    source: Mapping[str, TableFacts],
    folder: Path,
) -> dict[str, Any]:
    resources.store.check_out(folder / SOURCE, {Role.SOURCE: source.values()})
    resources.store.fetch(Role.MODEL, MODEL_FILE, folder)
    params = {"n_samples": lineage["rows"], "mode": lineage["mode"], "seed": lineage["seed"]}
    return cost_metadata(run_job(context, resources, "sample", folder, params))


def _drawn(folder: Path, source: TableFacts, version: str, lineage: Mapping[str, Any]) -> pd.DataFrame:
    frame = pq.read_table(folder / SYNTHETIC / f"{source.name}.parquet").to_pandas()
    facts = TableFacts(
        name=source.name,
        version=version,
        rows=len(frame),
        table=source.table,
        sql=source.sql,
        lineage=lineage,
    )
    return facts.attach(frame[list(source.table["columns"])])
