"""Versions of published tables that are kept: what they are called, which are too many, and the way back."""

import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from synth_dagster.warehouse.arrow import arrow_schema
from synth_dagster.warehouse.base import Publication, Warehouse, WarehouseReader, WarehouseTable
from synth_dagster.warehouse.names import Schemas
from synth_models.errors import SettingError, report_all

_FORMAT = "%Y%m%d_%H%M%S_%f"
_SCHEMA = re.compile(r"(.*)__v(\d{8}_\d{6}_\d{6})", re.DOTALL)


def suffix_of(version: str) -> str:
    """What the names of the schemas end with that hold this version.

    Example:
        >>> suffix_of("20260131_030000_000000")
        '__v20260131_030000_000000'
    """
    return f"__v{version}"


def next_version(there: Iterable[str]) -> str:
    """What the version that is replaced now is called: by the moment (UTC), and later than all there are."""
    now = datetime.now(UTC)
    last = max(there, default=None)
    if last is not None:  # the clock may have been set back
        now = max(now, datetime.strptime(last, _FORMAT).replace(tzinfo=UTC) + timedelta(microseconds=1))
    return now.strftime(_FORMAT)


def kept_in(schemas: Schemas, found: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """The tables of every kept version, as ``schemas`` calls them.

    Args:
        schemas: Those of the published tables.
        found: Schema and name of tables of the database, whichever.

    Example:
        >>> kept_in(Schemas(("main",)), [("main", "a"), ("main__v20260131_030000_000000", "a")])
        {'20260131_030000_000000': {'a'}}
    """
    kept: dict[str, set[str]] = {}
    for schema, table in found:
        match = _SCHEMA.fullmatch(schema)
        if match and match[1] in schemas.names:
            kept.setdefault(match[2], set()).add(schemas.name(match[1], table))
    return kept


def outdated(kept: Mapping[str, Collection[str]], tables: Collection[str], keep: int) -> list[str]:
    """The versions of these tables that are too many, the oldest first; those of others do not count.

    Example:
        >>> outdated({"1": {"a"}, "2": {"b"}, "3": {"a", "c"}, "4": {"a"}}, {"a"}, 1)
        ['1', '3']
    """
    own = sorted(version for version, held in kept.items() if not set(tables).isdisjoint(held))
    return own[: max(0, len(own) - keep)]


def restore(warehouse: Warehouse, version: str) -> list[str]:
    """Publish a kept version again; what it replaces is kept in turn, so that nothing is lost.

    It is a publication like any other: all of its tables are replaced, or none. Tables that the version
    does not have stay as they are.

    Args:
        warehouse: Where the tables are published.
        version: One of ``warehouse.versions()``; ``latest`` for the first of them.

    Returns:
        The names of the tables.

    Raises:
        SettingError: If there is no such version, or a table of it has a column that cannot be read.
        WarehouseError: If the warehouse cannot be read or written; the tables are then as they were.
    """
    there = warehouse.versions()
    chosen = there[0] if version == "latest" and there else version
    if chosen not in there:
        raise SettingError(
            f"There is no version '{version}' of the published tables (kept are: "
            f"{', '.join(there) or 'none'}). Name one that is kept."
        )
    with tempfile.TemporaryDirectory(prefix="synth-dagster-") as folder:
        with warehouse.kept(chosen) as reader:  # closed before they are published: DuckDB has one writer
            tables = reader.tables()
            _check_readable(tables)
            files = {name: Path(folder) / f"{number}.parquet" for number, name in enumerate(tables)}
            for name, table in tables.items():
                _copy(reader, name, table, files[name])
        published = [
            Publication(name, table, partial(_stream, files[name], table)) for name, table in tables.items()
        ]
        warehouse.publish(published, keep=len(there) + 1)
    return sorted(tables)


def _check_readable(tables: Mapping[str, WarehouseTable]) -> None:
    faults = [
        f"Table '{name}': column '{column}' has the type {found.label}, which is not supported. Restore the "
        f"version by SQL."
        for name, table in tables.items()
        for column, found in table.columns.items()
        if found.kind is None
    ]
    report_all(SettingError, "The version that is to be restored", faults)


def _kinds(table: WarehouseTable) -> dict[str, str | None]:
    return {name: column.kind for name, column in table.columns.items()}


def _copy(reader: WarehouseReader, name: str, table: WarehouseTable, file: Path) -> None:
    with pq.ParquetWriter(file, arrow_schema(_kinds(table))) as writer:
        for batch in reader.batches(name, table.columns):
            writer.write_batch(batch)


def _stream(file: Path, table: WarehouseTable) -> pa.RecordBatchReader:
    batches = pq.ParquetFile(file).iter_batches()
    return pa.RecordBatchReader.from_batches(arrow_schema(_kinds(table)), batches)
