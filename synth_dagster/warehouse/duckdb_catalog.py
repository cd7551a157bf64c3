"""What a DuckDB schema declares: tables, columns, types, primary and foreign keys."""

import re
from typing import Any

import duckdb

from synth_dagster.warehouse.base import WarehouseColumn, WarehouseKey, WarehouseTable

_KINDS = {
    "BOOLEAN": "boolean",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "numeric"),
    "DATE": "date",
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "datetime"),
    "TIMESTAMP WITH TIME ZONE": "datetime",
    **dict.fromkeys(("VARCHAR", "UUID"), "categorical"),
}


def quoted(identifier: str) -> str:
    """An identifier that may hold anything, as SQL takes it."""
    return '"' + identifier.replace('"', '""') + '"'


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
    decimal = re.fullmatch(r"DECIMAL\(\d+,\s*(\d+)\)", sql)
    if decimal:
        return "integer" if decimal[1] == "0" else "numeric"
    return _KINDS.get(sql)


def read_catalog(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, WarehouseTable]:
    """Every table and view of the schema."""
    columns: dict[str, dict[str, WarehouseColumn]] = {}
    for table, column, sql, nullable in _rows(
        connection,
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? AND NOT internal "
        "ORDER BY table_name, column_index",
        schema,
    ):
        columns.setdefault(table, {})[column] = WarehouseColumn(sql, kind_of(sql), bool(nullable))
    primary: dict[str, tuple[str, ...]] = {}
    foreign: dict[str, list[WarehouseKey]] = {}
    for table, kind, own, parent, theirs in _rows(
        connection,
        "SELECT table_name, constraint_type, constraint_column_names, referenced_table, "
        "referenced_column_names FROM duckdb_constraints() "
        "WHERE database_name = current_database() AND schema_name = ? ORDER BY table_name, constraint_index",
        schema,
    ):
        if kind == "PRIMARY KEY":
            primary[table] = tuple(own)
        elif kind == "FOREIGN KEY":
            foreign.setdefault(table, []).append(WarehouseKey(tuple(own), parent, tuple(theirs)))
    return {
        name: WarehouseTable(found, primary.get(name, ()), tuple(foreign.get(name, ())))
        for name, found in columns.items()
    }


def _rows(connection: duckdb.DuckDBPyConnection, query: str, schema: str) -> list[tuple[Any, ...]]:
    return connection.execute(query, [schema]).fetchall()
