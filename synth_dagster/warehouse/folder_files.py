"""The files of a folder of tables, and the DuckDB that reads them."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from synth_dagster.failure import WarehouseError
from synth_dagster.location import Location
from synth_dagster.warehouse.base import WarehouseKey, WarehouseTable
from synth_dagster.warehouse.duckdb_catalog import kind_of
from synth_dagster.warehouse.names import quoted

SCHEMA_FILE = "schema.json"
KEPT = "kept"
"""What ``schema.json`` calls the versions that are kept: by version its tables."""
_SUFFIXES = (".parquet", ".csv.gz", ".csv")
_TEXTS = ("categorical", "text")


def described(location: Location, version: str | None = None) -> dict[str, dict[str, Any]]:
    """What is known of every table, of now or of a version, by name; at least the ``file`` it is in.

    Raises:
        WarehouseError: If the folder cannot be read, or its ``schema.json`` cannot be understood.
    """
    with _understood(location):
        raw = location.read(location.path(SCHEMA_FILE))
        if raw is not None:
            tables = raw["tables"] if version is None else raw[KEPT][version]
            return {
                str(name): {**table, "file": table.get("file") or _found(location, name)}
                for name, table in tables.items()
            }
        names = sorted(path.name for path in location.listed(location.path()))
    return {
        name.removesuffix(suffix): {"file": name}
        for name in names
        for suffix in _SUFFIXES
        if name.endswith(suffix) and not name.startswith(".")
    }


def versions_in(location: Location) -> list[str]:
    """The versions that are kept, the newest first.

    Raises:
        WarehouseError: If the folder cannot be read, or its ``schema.json`` cannot be understood.
    """
    with _understood(location):
        raw = location.read(location.path(SCHEMA_FILE)) or {}
        return sorted(dict(raw.get(KEPT, {})), reverse=True)


@contextmanager
def _understood(location: Location) -> Iterator[None]:
    """What goes wrong while ``schema.json`` or the folder is read, in our words."""
    try:
        yield
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, AttributeError, TypeError):
        raise WarehouseError(
            f"The '{SCHEMA_FILE}' of the warehouse '{location.root}' cannot be understood. Write one with a "
            f"'tables' entry, as RelationalData.to_dir does."
        ) from None
    except Exception as error:
        raise WarehouseError(
            f"The warehouse '{location.root}' cannot be listed ({type(error).__name__}). Check the path or "
            f"URL, that its fsspec package is installed, and your credentials."
        ) from None


def with_description(table: WarehouseTable, said: Mapping[str, Any]) -> WarehouseTable:
    """A table as its file is, with the keys that ``schema.json`` tells."""
    primary = said.get("primary_key") or ()
    columns = {
        name: replace(column, nullable=bool(_column(said, name).get("nullable", True)))
        for name, column in table.columns.items()
    }
    keys = [
        WarehouseKey(_listed(key["column"]), str(key["parent"]), ()) for key in said.get("foreign_keys") or ()
    ]
    return WarehouseTable(columns, _listed(primary), tuple(keys))


@contextmanager
def engine(location: Location) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory that can read and write there."""
    spill = Path(tempfile.gettempdir()) / "synth-dagster-duckdb"
    with duckdb.connect(config={"temp_directory": str(spill)}) as connection:
        base = location.path()
        if not isinstance(base, Path):
            connection.register_filesystem(base.fs)
        yield connection


def make_view(
    connection: duckdb.DuckDBPyConnection, location: Location, name: str, said: Mapping[str, Any]
) -> None:
    """A view of the file of a table."""
    file = str(said["file"])
    path = _literal(str(location.file(file)))
    if file.endswith(".parquet"):
        columns = (said.get("columns") or {}).keys()
        spans = [c for c in columns if _told(_column(said, c)) == "INTERVAL"]
        listed = ", ".join(f"to_microseconds({quoted(c)}) AS {quoted(c)}" for c in spans)
        source = f"{f'REPLACE ({listed}) ' if spans else ''}FROM read_parquet({path})"
    else:
        source = f"FROM {_csv(connection, path, said)}"
    connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * {source}")


def held_as(sql: str, file: str) -> str:
    """The type a file holds a column of this type as: Parquet has no negative time spans."""
    return "BIGINT" if sql == "INTERVAL" and file.endswith(".parquet") else sql


def _csv(connection: duckdb.DuckDBPyConnection, path: str, said: Mapping[str, Any]) -> str:
    """How to read a CSV: with the types that are told, and those that fit all of its rows."""
    header = connection.sql(f"SELECT * FROM read_csv({path}, header = true, all_varchar = true)")  # noqa: S608
    told = {name: sql for name in header.columns if (sql := _told(_column(said, name)))}
    guessed = connection.sql(
        f"SELECT * FROM read_csv({path}, header = true, sample_size = -1{_types(told)})"  # noqa: S608
    )
    types = dict(zip(guessed.columns, map(str, guessed.types), strict=True))
    return f"read_csv({path}, header = true{_types(types)})"


def _told(column: Mapping[str, Any]) -> str | None:
    """The type that ``schema.json`` tells of a column: texts stay texts, though they look like numbers."""
    sql = str(column.get("sql", ""))
    if kind_of(sql) is not None:
        return sql
    return "VARCHAR" if column.get("type") in _TEXTS else None


def _types(types: Mapping[str, str]) -> str:
    listed = ", ".join(f"{_literal(name)}: {_literal(sql)}" for name, sql in types.items())
    return f", types = {{{listed}}}" if types else ""


def _column(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    column = (said.get("columns") or {}).get(name, {})
    return column if isinstance(column, Mapping) else {"type": column}


def _found(location: Location, name: str) -> str:
    """The file of a table that ``schema.json`` does not tell."""
    there = [name + suffix for suffix in _SUFFIXES if location.file(name + suffix).exists()]
    return there[0] if there else f"{name}.parquet"


def _listed(names: Any) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
