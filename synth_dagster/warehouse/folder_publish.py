"""Publish several tables as files: new ones beside the old, then one document that says which count."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa

from synth_dagster.failure import WarehouseError
from synth_dagster.location import Location, safe_name
from synth_dagster.warehouse import faults
from synth_dagster.warehouse.arrow import kind_of_arrow, spans_as_numbers, to_reader
from synth_dagster.warehouse.base import BATCH_ROWS, Publication, WarehouseKey
from synth_dagster.warehouse.duckdb_catalog import type_of
from synth_dagster.warehouse.duckdb_publish import insert, is_full
from synth_dagster.warehouse.folder_files import KEPT, SCHEMA_FILE, engine, held_as, make_view
from synth_dagster.warehouse.names import listed, quoted
from synth_dagster.warehouse.versions import next_version, outdated
from synth_models.data.schema import KEY

_VERSION = "version-"


def publish_all(location: Location, form: str, tables: Sequence[Publication], keep: int = 0) -> None:
    """Write the tables into a new folder, check their keys, and replace ``schema.json``.

    The files of the version before stay for those who are reading them, and so do those of versions that are
    kept, which ``schema.json`` tells; others are removed, and so is what somebody who died has left. Tables
    of ``schema.json`` that are not published now stay as they are.

    Raises:
        WarehouseError: Naming the table, if rows do not fit their types or break a key.
    """
    version = f"{_VERSION}{time.time_ns()}-{uuid4().hex[:8]}"
    home = location.path(version)
    with _understood(location), engine(location) as connection:
        known = location.read(location.path(SCHEMA_FILE)) or {}
        old = known.get("tables", {})
        kept = _kept(known, {table.name for table in tables}, keep)
        try:
            home.mkdir(parents=True, exist_ok=True)
            made = {
                table.name: _written(connection, location, f"{version}/{safe_name(table.name)}.{form}", table)
                for table in tables
            }
            for table in tables:
                _check(connection, table, {other.name: other for other in tables})
        except BaseException:
            location.remove([home])
            raise
        document = {"tables": {**old, **made}} | ({KEPT: kept} if kept else {})
        location.write(location.path(SCHEMA_FILE), document)
        staying = [table for held in (old, *kept.values()) for table in held.values()]
        used = {str(table.get("file", "")).partition("/")[0] for table in staying}
        _clear(location, {version} | used)


def _kept(known: Mapping[str, Any], names: set[str], keep: int) -> dict[str, dict[str, Any]]:
    """The versions that are kept, with the tables that are replaced now; what is said of each table."""
    kept = dict(known.get(KEPT, {}))
    replaced = {name: table for name, table in known.get("tables", {}).items() if name in names}
    if replaced and keep:
        kept[next_version(kept)] = replaced
    for version in outdated(kept, names, keep):
        del kept[version]
    return kept


def _written(
    connection: duckdb.DuckDBPyConnection, location: Location, file: str, table: Publication
) -> dict[str, Any]:
    """Write the file of a table; returns what ``schema.json`` says of it."""
    columns = table.table.columns
    options = "(FORMAT parquet)" if file.endswith(".parquet") else "(FORMAT csv, HEADER)"
    try:
        rows = to_reader(table.load(), list(columns), BATCH_ROWS)
        kinds = {name: kind_of_arrow(rows.schema.field(name).type) for name in columns}
        types = {name: type_of(column, kinds[name]) for name, column in columns.items()}
        if file.endswith(".parquet"):
            rows = spans_as_numbers(rows)
        path = str(location.file(file)).replace("'", "''")
        held = {name: held_as(sql, file) for name, sql in types.items()}
        insert(connection, "COPY (", rows, held, f") TO '{path}' {options}")
    except (duckdb.Error, pa.ArrowException) as error:
        if is_full(error):
            raise
        raise faults.unfitting(table.name, type(error).__name__) from None
    keys = [
        {"column": k.columns[0] if len(k.columns) == 1 else list(k.columns), "parent": k.parent}
        for k in table.table.foreign_keys
    ]
    primary = table.table.primary_key
    said = {
        "file": file,
        "primary_key": primary[0] if len(primary) == 1 else list(primary) or None,
        "foreign_keys": keys,
        "columns": {
            name: {
                "type": _type(table, name, column.kind or kinds[name]),
                "sql": types[name],
                "nullable": column.nullable,
            }
            for name, column in columns.items()
        },
    }
    make_view(connection, location, table.name, said)
    return said


def _type(table: Publication, column: str, kind: str) -> str:
    """The type of a column as ``Schema.from_dict`` takes it."""
    single = [table.table.primary_key, *(key.columns for key in table.table.foreign_keys)]
    return KEY if (column,) in single else kind


def _check(
    connection: duckdb.DuckDBPyConnection, table: Publication, published: Mapping[str, Publication]
) -> None:
    """Files have no rules of their own: look whether the rows keep those of the table."""
    own, primary = quoted(table.name), table.table.primary_key
    must = {*primary, *(name for name, column in table.table.columns.items() if not column.nullable)}
    missing = " OR ".join(f"{quoted(name)} IS NULL" for name in sorted(must))
    queries = [f"SELECT 1 FROM {own} WHERE {missing}"] if must else []  # noqa: S608
    if primary:
        queries.append(f"SELECT 1 FROM {own} GROUP BY {listed(primary)} HAVING count(*) > 1")  # noqa: S608
    queries += [
        _orphans(own, key, published[key.parent])
        for key in table.table.foreign_keys
        if key.parent in published
    ]
    if any(connection.execute(f"{query} LIMIT 1").fetchall() for query in queries):
        raise faults.rule_broken(table.name, "found by looking")


def _orphans(own: str, key: WarehouseKey, parent: Publication) -> str:
    columns = key.parent_columns or parent.table.primary_key
    given = " AND ".join(f"c.{quoted(name)} IS NOT NULL" for name in key.columns)
    same = " AND ".join(
        f"c.{quoted(name)} = p.{quoted(theirs)}" for name, theirs in zip(key.columns, columns, strict=True)
    )
    found = f"SELECT 1 FROM {quoted(parent.name)} p WHERE {same}"  # noqa: S608
    return f"SELECT 1 FROM {own} c WHERE {given} AND NOT EXISTS ({found})"  # noqa: S608


def _clear(location: Location, kept: set[str]) -> None:
    """Remove the versions before those that are kept; later ones may be in the making."""
    oldest = min(name for name in kept if name.startswith(_VERSION))
    folders = (path for path in location.listed(location.path()) if path.name.startswith(_VERSION))
    location.remove(path for path in folders if path.name < oldest)


@contextmanager
def _understood(location: Location) -> Iterator[None]:
    """What DuckDB and fsspec say may quote values: tell the place and the class only."""
    try:
        yield
    except WarehouseError:
        raise
    except (duckdb.Error, OSError) as error:
        if is_full(error):
            raise faults.full(location.root) from None
        raise faults.irreplaceable(location.root, type(error).__name__) from None
