"""What becomes of tables of DuckDB that are replaced: they are dropped, or copied into a kept version."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import duckdb

from synth_dagster.warehouse import faults
from synth_dagster.warehouse.base import WarehouseKey, WarehouseTable
from synth_dagster.warehouse.duckdb_catalog import path_of, read_catalog
from synth_dagster.warehouse.names import Schemas, listed, quoted
from synth_dagster.warehouse.versions import kept_in, next_version, outdated, suffix_of


def replace_old(
    connection: duckdb.DuckDBPyConnection, schemas: Schemas, names: Collection[str], place: str, keep: int
) -> None:
    """Drop the tables that are there of these names; keep a copy of them, and so many copies in all.

    Raises:
        WarehouseError: If a table of somebody else's refers to one of them.
    """
    kept = versions_in(connection, schemas)
    there = {name: table for name, table in read_catalog(connection, schemas).items() if name in names}
    if there and keep:
        version = next_version(kept)
        _copy(connection, schemas, there, suffix_of(version))
        kept[version] = set(there)
    _drop(connection, schemas, there, place)
    for version in outdated(kept, names, keep):
        at = schemas.at(suffix_of(version))
        _drop(connection, at, kept[version], place)
        for schema in _schemas_of(at, kept[version]):
            connection.execute(f"DROP SCHEMA {path_of(connection, schema)}")


def versions_in(connection: duckdb.DuckDBPyConnection, schemas: Schemas) -> dict[str, set[str]]:
    """The tables of every version that is kept."""
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    return kept_in(schemas, found)


def in_order(tables: Mapping[str, WarehouseTable]) -> dict[str, list[WarehouseKey]]:
    """Parents first, and the keys that can be declared in that order (not those that close a cycle)."""
    waiting, done = dict(tables), list[str]()
    while waiting:
        ready = [
            name
            for name, table in waiting.items()
            if {key.parent for key in table.foreign_keys} & tables.keys() <= {*done, name}
        ]
        for name in ready or list(waiting)[:1]:
            del waiting[name]
            done.append(name)
    return {
        name: [key for key in tables[name].foreign_keys if key.parent in done[:place]]
        for place, name in enumerate(done)
    }


def fill(
    connection: duckdb.DuckDBPyConnection,
    schemas: Schemas,
    name: str,
    table: WarehouseTable,
    types: Mapping[str, str],
    keys: Sequence[WarehouseKey],
    source: str,
) -> None:
    """Make a table, with its keys, and fill it from another.

    Args:
        connection: To the database.
        schemas: Where the table is made.
        name: What it is called there.
        table: What it is.
        types: By column, as DuckDB is to hold it.
        keys: The foreign keys to declare, to tables that are there already.
        source: The path of the table with the rows.
    """
    schema, own = schemas.split(name)
    target = path_of(connection, schema, own)
    parts = [
        f"{quoted(column)} {types[column]}{'' if declared.nullable else ' NOT NULL'}"
        for column, declared in table.columns.items()
    ]
    if table.primary_key:
        parts.append(f"PRIMARY KEY ({listed(table.primary_key)})")
    for key in keys:
        home, parent = schemas.split(key.parent)
        if home == schema:  # DuckDB has no keys across schemas
            parts.append(
                f"FOREIGN KEY ({listed(key.columns)}) REFERENCES {path_of(connection, home, parent)}"
            )
    connection.execute(f"CREATE TABLE {target} ({', '.join(parts)})")
    connection.execute(f"INSERT INTO {target} SELECT * FROM {source}")  # noqa: S608


def _copy(
    connection: duckdb.DuckDBPyConnection, schemas: Schemas, tables: Mapping[str, WarehouseTable], suffix: str
) -> None:
    at = schemas.at(suffix)
    for schema in _schemas_of(at, tables):
        connection.execute(f"CREATE SCHEMA {path_of(connection, schema)}")
    for name, keys in in_order(tables).items():
        types = {column: declared.sql for column, declared in tables[name].columns.items()}
        fill(connection, at, name, tables[name], types, keys, path_of(connection, *schemas.split(name)))


def _schemas_of(schemas: Schemas, names: Iterable[str]) -> list[str]:
    return sorted({schemas.split(name)[0] for name in names})


def _drop(
    connection: duckdb.DuckDBPyConnection, schemas: Schemas, names: Collection[str], place: str
) -> None:
    """Drop the tables, children first."""
    there = read_catalog(connection, schemas)
    going = [name for name in there if name in names]
    while going:
        used = {k.parent for n, t in there.items() for k in t.foreign_keys if k.parent != n}
        free = [name for name in going if name not in used]
        if not free:
            others = {
                n for n, t in there.items() if n not in names for k in t.foreign_keys if k.parent in names
            }
            raise faults.referred(place, sorted(going), sorted(others))
        for name in free:
            connection.execute(f"DROP TABLE {path_of(connection, *schemas.split(name))}")
            going.remove(name)
            del there[name]
