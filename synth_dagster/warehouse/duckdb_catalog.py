"""What DuckDB schemas declare: tables, columns, types, primary and foreign keys."""

import re
from typing import Any

import duckdb

from synth_dagster.warehouse.base import WarehouseColumn, WarehouseKey, WarehouseTable
from synth_dagster.warehouse.names import Schemas, quoted

ZONED = "TIMESTAMP WITH TIME ZONE"

_KINDS = {
    "BOOLEAN": "boolean",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "numeric"),
    "DATE": "date",
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "datetime"),
    ZONED: "datetime",
    "TIME": "time",
    "INTERVAL": "duration",
    **dict.fromkeys(("VARCHAR", "UUID"), "categorical"),
}
_TYPES = {
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "numeric": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
    "duration": "INTERVAL",
}


def path_of(connection: duckdb.DuckDBPyConnection, *names: str) -> str:
    """A schema or a table as SQL takes it, from the catalogue down.

    DuckDB names the catalogue after the file, and refuses ``x.t`` where a file x has a schema x.
    """
    [(catalogue,)] = connection.execute("SELECT current_database()").fetchall()
    return ".".join(quoted(name) for name in (str(catalogue), *names))


def kind_of(sql: str) -> str | None:
    """The column type a DuckDB type is read as; None for those that are not supported."""
    if sql.startswith("ENUM"):
        return "categorical" if sql.endswith(")") else None
    decimal = re.fullmatch(r"(?:DECIMAL|NUMERIC)\(\d+,\s*(\d+)\)", sql)
    if decimal:
        return "integer" if decimal[1] == "0" else "numeric"
    return _KINDS.get(sql)


def type_of(column: WarehouseColumn, kind: str) -> str:
    """The DuckDB type of a column to publish: its own, or if that is another database's, that of its kind.

    Args:
        column: As its source declares it.
        kind: The kind its values look like.
    """
    own = column.sql.upper() if not column.sql.startswith("ENUM") else column.sql
    if kind_of(own) is not None:
        return own
    return _TYPES.get(column.kind or kind, "VARCHAR")


def read_catalog(connection: duckdb.DuckDBPyConnection, schemas: Schemas) -> dict[str, WarehouseTable]:
    """Every table and view of the schemas."""
    columns: dict[str, dict[str, WarehouseColumn]] = {}
    for schema, table, column, sql, nullable in _rows(
        connection,
        "SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
        "WHERE database_name = current_database() AND list_contains(?, schema_name) AND NOT internal "
        "ORDER BY schema_name, table_name, column_index",
        schemas,
    ):
        named = columns.setdefault(schemas.name(schema, table), {})
        named[column] = WarehouseColumn(sql, kind_of(sql), bool(nullable))
    primary: dict[str, tuple[str, ...]] = {}
    foreign: dict[str, list[WarehouseKey]] = {}
    for schema, table, kind, own, parent, theirs in _rows(
        connection,
        "SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, "
        "referenced_column_names FROM duckdb_constraints() WHERE database_name = current_database() "
        "AND list_contains(?, schema_name) ORDER BY schema_name, table_name, constraint_index",
        schemas,
    ):
        name = schemas.name(schema, table)
        if kind == "PRIMARY KEY":
            primary[name] = tuple(own)
        elif kind == "FOREIGN KEY":  # DuckDB has none across schemas
            key = WarehouseKey(tuple(own), schemas.name(schema, parent), tuple(theirs))
            foreign.setdefault(name, []).append(key)
    return {
        name: WarehouseTable(found, primary.get(name, ()), tuple(foreign.get(name, ())))
        for name, found in columns.items()
    }


def _rows(connection: duckdb.DuckDBPyConnection, query: str, schemas: Schemas) -> list[tuple[Any, ...]]:
    return connection.execute(query, [list(schemas.names)]).fetchall()
