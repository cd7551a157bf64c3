"""``source/<table>``: a snapshot of the warehouse, checked as a whole before any of it is kept."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from synth_dagster.assets.parts import DividedTable
from synth_dagster.discovery import discover, faults_of, kept_faults, schema_of
from synth_dagster.facts import TableFacts
from synth_dagster.failure import as_failure
from synth_dagster.frames import frame_type
from synth_dagster.metadata import table_metadata
from synth_dagster.retraining import digest
from synth_dagster.store import Store
from synth_dagster.synthesis import Resources, Synthesis
from synth_dagster.translator import Role
from synth_dagster.warehouse.base import Warehouse, WarehouseColumn, WarehouseReader
from synth_models.columns import COLUMN_TYPES
from synth_models.data.relational import RelationalData
from synth_models.data.schema import KEY
from synth_models.errors import DataError, SchemaError, SynthError, report_all


def source_assets(synthesis: Synthesis) -> dg.AssetsDefinition:
    """One op that reads all tables in one short look at the warehouse, and stages those that are selected."""

    @dg.multi_asset(
        name=synthesis.op("source"),
        outs={
            synthesis.out(table): dg.AssetOut.from_spec(
                synthesis.spec(Role.SOURCE, table),
                dagster_type=frame_type(synthesis.op(f"source_{table}")),
                io_manager_key=synthesis.op("tables"),
                is_required=False,
            )
            for table in synthesis.tables
        },
        deps=[dep for table in synthesis.tables for dep in synthesis.itself_before(Role.SOURCE, table)],
        # each table on itself alone: what depends on each other in a circle cannot be backfilled
        internal_asset_deps={synthesis.out(t): {synthesis.key(Role.SOURCE, t)} for t in synthesis.tables}
        if synthesis.in_order
        else None,
        backfill_policy=synthesis.backfill,
        can_subset=True,
        required_resource_keys=Resources.required(synthesis),
        retry_policy=synthesis.retry_policy,
    )
    @synthesis.executed(Role.SOURCE)
    def source(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[pd.DataFrame]]:
        resources = Resources.of(context, synthesis)
        chosen = [t for t in synthesis.tables if synthesis.key(Role.SOURCE, t) in context.selected_asset_keys]
        with as_failure():
            frames = take_snapshot(
                resources.source, synthesis, resources.store, wanted_parts(context, synthesis)
            )
        for table in chosen:
            facts = TableFacts.of(frames[table])
            before = resources.store.facts(Role.SOURCE, table)
            news = "as before" if before and before.version == facts.version else "new"
            context.log.info(f"{table}: {facts.rows:,} rows, {news} (version {facts.version})")
            yield dg.MaterializeResult(
                asset_key=synthesis.key(Role.SOURCE, table),
                value=frames[table],
                data_version=dg.DataVersion(_version(context, facts)),
                metadata={
                    **table_metadata(facts),
                    "dagster/table_name": resources.source.place(table),
                    **_parts_metadata(context, facts),
                },
            )

    return source


def wanted_parts(context: dg.AssetExecutionContext, synthesis: Synthesis) -> list[str]:
    """The partitions that have been materialized before, as the event log has them, and those of this run."""
    if synthesis.partitions is None:
        return []
    keys = [synthesis.key(Role.SOURCE, table) for table in synthesis.partitions.tables]
    before = {part for key in keys for part in context.instance.get_materialized_partitions(key)}
    return sorted({*before, *context.partition_keys})


def take_snapshot(
    warehouse: Warehouse, synthesis: Synthesis, store: Store | None = None, parts: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """All tables of the synthesis, with their facts, of one moment; or one error with everything that is
    wrong.

    Args:
        warehouse: To read from.
        synthesis: Its tables.
        store: Where the parts are staged that have been read before; None for nowhere.
        parts: The parts to take of divided tables.

    Raises:
        WarehouseError: If the warehouse cannot be opened or read.
        SynthError: A ``SchemaError`` or a ``DataError`` naming every table and column that is missing or of a
            type that is not supported, and every fault of the rows.
    """
    with warehouse.reading() as reader:
        there = reader.tables()
        tables, faults = discover(there, synthesis.tables)
        faults += kept_faults(tables, synthesis.keep)
        divisions, further = synthesis.partitions.divisions(tables) if synthesis.partitions else ({}, [])
        faults += further
        # What is there is read and checked even if something else is amiss: all faults in one message.
        frames = {}
        for name, table in tables.items():
            columns = {column: there[name].columns[column] for column in table["columns"]}
            if name in divisions:
                divided = DividedTable(name, table, columns, divisions[name])
                frames[name] = divided.read(reader, parts, _staged(store, name))
            else:
                frames[name] = _read(reader, name, table, columns)
    if tables:
        try:
            RelationalData(frames, schema_of(tables))
        except SynthError as error:
            faults += [fault for fault in faults_of(error) if fault not in faults]
    kind = DataError if frames else SchemaError
    report_all(kind, f"The source of the synthesis '{synthesis.name}' cannot be used", faults)
    return {name: as_declared(frame, tables[name]["columns"]) for name, frame in frames.items()}


def versions_of(warehouse: Warehouse, synthesis: Synthesis) -> dict[str, str]:
    """The version of every table as it is in the warehouse now, which computes it: no row is read.

    Raises:
        WarehouseError: If the warehouse cannot be opened or read.
        SchemaError: Naming every table and column that is missing or of a type that is not supported.
    """
    with warehouse.reading() as reader:
        tables, faults = discover(reader.tables(), synthesis.tables)
        report_all(SchemaError, f"The source of the synthesis '{synthesis.name}' cannot be used", faults)
        return {name: reader.contents(name, list(table["columns"])).version for name, table in tables.items()}


def _staged(store: Store | None, table: str) -> pd.DataFrame | None:
    there = store is not None and store.facts(Role.SOURCE, table) is not None
    return store.frame(Role.SOURCE, table) if store is not None and there else None


def _version(context: dg.AssetExecutionContext, facts: TableFacts) -> str:
    """The data version: of a divided table that of the partition."""
    parts = facts.parts
    return digest([parts[part] for part in context.partition_keys]) if parts else facts.version


def _parts_metadata(context: dg.AssetExecutionContext, facts: TableFacts) -> dict[str, Any]:
    if not facts.parts:
        return {}
    rows, read = facts.taken(context.partition_keys).rows, facts.lineage["read"]
    return {
        "dagster/partition_row_count": rows,
        "partitions": len(facts.parts),
        "partitions read": read,
    }


def _read(
    reader: WarehouseReader, name: str, table: Mapping[str, Any], columns: Mapping[str, WarehouseColumn]
) -> pd.DataFrame:
    contents = reader.contents(name, list(columns))
    facts = TableFacts(
        name=name,
        version=contents.version,
        rows=contents.rows,
        table=table,
        sql={column: (found.sql, found.nullable) for column, found in columns.items()},
    )
    return facts.attach(reader.read(name, columns))


def as_declared(frame: pd.DataFrame, columns: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The frame with columns of words that are declared numbers or times read as such (checked before)."""
    converted = {}
    for name, spec in columns.items():
        if spec["type"] == KEY or not COLUMN_TYPES.get(spec["type"]).kind.is_measure:
            continue
        if pd.api.types.infer_dtype(frame[name]) == "string":
            read = COLUMN_TYPES.get(spec["type"]).read(pa.chunked_array([pa.array(frame[name])]))
            zoned = isinstance(read.dtype, pd.DatetimeTZDtype)
            converted[name] = read.dt.tz_convert(None) if zoned else read  # staged tables have no zones
    return frame.assign(**converted)
