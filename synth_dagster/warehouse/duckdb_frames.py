"""Rows between DuckDB and pandas, by Arrow."""

from collections.abc import Mapping

import duckdb
import pandas as pd
import pyarrow as pa

from synth_dagster.warehouse.base import WarehouseColumn
from synth_dagster.warehouse.duckdb_catalog import path_of, quoted

_ZONED = "TIMESTAMP WITH TIME ZONE"
_CASTS = {
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "numeric": "DOUBLE",
    "date": "TIMESTAMP",
    "datetime": "TIMESTAMP",
}
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def read_frame(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: Mapping[str, WarehouseColumn]
) -> pd.DataFrame:
    """The columns of a table: booleans, int64, float64, datetime64 (without zone, in UTC) and strings.

    Integers and booleans with missing values become the nullable dtypes Int64 and boolean.
    """
    chosen = ", ".join(f"{_read(name, column)} AS {quoted(name)}" for name, column in columns.items())
    query = f"SELECT {chosen} FROM {path_of(connection, schema, table)}"  # noqa: S608
    frame = connection.sql(query).to_arrow_table().to_pandas(types_mapper=_NULLABLE.get)
    plain = {
        name: "int64" if frame[name].dtype == pd.Int64Dtype() else "bool"
        for name in frame.columns
        if frame[name].dtype in _NULLABLE.values() and not frame[name].isna().any()
    }
    return frame.astype(plain)


def _read(name: str, column: WarehouseColumn) -> str:
    if column.sql == _ZONED:
        return f"({quoted(name)} AT TIME ZONE 'UTC')"
    return f"CAST({quoted(name)} AS {_CASTS.get(column.kind or '', 'VARCHAR')})"


def write_frame(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    frame: pd.DataFrame,
    columns: Mapping[str, WarehouseColumn],
) -> None:
    """Insert the rows into ``target`` (a quoted table), converted to the columns' types."""
    rows = pa.Table.from_pandas(frame[list(columns)], preserve_index=False)
    connection.register("synth_rows", rows)
    try:
        chosen = ", ".join(_written(name, column) for name, column in columns.items())
        connection.execute(f"INSERT INTO {target} SELECT {chosen} FROM synth_rows")  # noqa: S608
    finally:
        connection.unregister("synth_rows")


def _written(name: str, column: WarehouseColumn) -> str:
    if column.sql == _ZONED:
        return f"(CAST({quoted(name)} AS TIMESTAMP) AT TIME ZONE 'UTC')"
    return f"CAST({quoted(name)} AS {column.sql})"
