"""Publish several tables of a DuckDB schema in one stroke."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse.base import Publication, WarehouseKey
from synth_dagster.warehouse.duckdb_catalog import path_of, quoted, read_catalog
from synth_dagster.warehouse.duckdb_frames import write_frame

_STAGING = "__synth_staging"


def publish_all(connection: duckdb.DuckDBPyConnection, schema: str, tables: Sequence[Publication]) -> None:
    """Load all tables beside the published ones, then replace those in one transaction.

    The slow part (loading) happens under another schema; what a killed publication left there is dropped
    by the next one. The swap is one transaction: it holds as a whole or, if anything fails, not at all.

    Raises:
        WarehouseError: Naming the table, if rows do not fit its declared types or keys, or if a table of
            somebody else's refers to one of these.
    """
    staging = f"{schema}{_STAGING}"
    ordered, keys = _in_order(tables)
    with _understood(schema):
        connection.execute(f"DROP SCHEMA IF EXISTS {quoted(staging)} CASCADE")
        connection.execute(f"CREATE SCHEMA {quoted(staging)}")
        try:
            for table in ordered:
                _load(connection, staging, table)
            with _transaction(connection):
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {path_of(connection, schema)}")
                _drop_old(connection, schema, {table.name for table in ordered})
                for table in ordered:
                    _create(connection, schema, staging, table, keys[table.name])
        finally:
            connection.execute(f"DROP SCHEMA IF EXISTS {quoted(staging)} CASCADE")


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def _understood(schema: str) -> Iterator[None]:
    """DuckDB's messages may quote values: tell the place and the class only."""
    try:
        yield
    except duckdb.Error as error:
        raise WarehouseError(
            f"Schema '{schema}': the tables cannot be replaced ({type(error).__name__}). Nothing was "
            f"published. Check that none of them is a view, and that the file may be written."
        ) from None


def _in_order(tables: Sequence[Publication]) -> tuple[list[Publication], dict[str, list[WarehouseKey]]]:
    """Parents first, and the keys that can be declared in that order (not those that close a cycle)."""
    waiting, ordered, done = list(tables), [], set[str]()
    names = {table.name for table in tables}
    while waiting:
        ready = [t for t in waiting if {k.parent for k in t.table.foreign_keys} & names <= done | {t.name}]
        for table in ready or waiting[:1]:
            waiting.remove(table)
            ordered.append(table)
            done.add(table.name)
    place = {table.name: index for index, table in enumerate(ordered)}
    keys = {
        table.name: [
            k for k in table.table.foreign_keys if place.get(k.parent, len(place)) < place[table.name]
        ]
        for table in ordered
    }
    return ordered, keys


def _load(connection: duckdb.DuckDBPyConnection, staging: str, table: Publication) -> None:
    target = path_of(connection, staging, table.name)
    declared = ", ".join(f"{quoted(name)} {column.sql}" for name, column in table.table.columns.items())
    frame = table.load()
    try:
        connection.execute(f"CREATE TABLE {target} ({declared})")
        write_frame(connection, target, frame, table.table.columns)
    except (duckdb.Error, pa.ArrowException) as error:
        raise WarehouseError(
            f"Table '{table.name}': its {len(frame)} rows cannot be written with the types of the source "
            f"({type(error).__name__}). Nothing was published. Check that the destination has room, and that "
            f"the columns declared in the synthesis fit their types."
        ) from None


def _drop_old(connection: duckdb.DuckDBPyConnection, schema: str, names: set[str]) -> None:
    """Drop the tables to be replaced, children first."""
    there = read_catalog(connection, schema)
    going = [name for name in there if name in names]
    while going:
        used = {k.parent for n, t in there.items() for k in t.foreign_keys if k.parent != n}
        free = [name for name in going if name not in used]
        if not free:
            others = sorted(
                {n for n, t in there.items() if n not in names for k in t.foreign_keys if k.parent in names}
            )
            raise WarehouseError(
                f"Schema '{schema}': the tables {sorted(going)} cannot be replaced because foreign keys of "
                f"{others or 'each other'} refer to them. Nothing was published. Drop these keys, or "
                f"publish to a schema of its own."
            )
        for name in free:
            connection.execute(f"DROP TABLE {path_of(connection, schema, name)}")
            going.remove(name)
            del there[name]


def _create(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    staging: str,
    table: Publication,
    keys: Sequence[WarehouseKey],
) -> None:
    target = path_of(connection, schema, table.name)
    parts = [
        f"{quoted(name)} {column.sql}{'' if column.nullable else ' NOT NULL'}"
        for name, column in table.table.columns.items()
    ]
    if table.table.primary_key:
        parts.append(f"PRIMARY KEY ({_listed(table.table.primary_key)})")
    parts += [
        f"FOREIGN KEY ({_listed(key.columns)}) REFERENCES {path_of(connection, schema, key.parent)}"
        for key in keys
    ]
    try:
        connection.execute(f"CREATE TABLE {target} ({', '.join(parts)})")
        connection.execute(f"INSERT INTO {target} SELECT * FROM {path_of(connection, staging, table.name)}")  # noqa: S608
    except duckdb.Error as error:
        raise WarehouseError(
            f"Table '{table.name}': its rows break a key, a NOT NULL or another rule of the table "
            f"({type(error).__name__}). Nothing was published; the old tables are as they were. Look at the "
            f"validity checks of the synthetic tables."
        ) from None


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(quoted(column) for column in columns)
