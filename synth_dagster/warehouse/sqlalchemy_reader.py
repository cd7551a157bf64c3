"""Rows out of a database by SQLAlchemy, made Arrow chunk by chunk."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, final

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse import faults
from synth_dagster.warehouse.arrow import arrow_schema, version_of
from synth_dagster.warehouse.base import (
    BATCH_ROWS,
    Contents,
    WarehouseColumn,
    WarehouseReader,
    WarehouseTable,
)
from synth_dagster.warehouse.division import Division
from synth_dagster.warehouse.names import Schemas
from synth_dagster.warehouse.sqlalchemy_catalog import read_catalog

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "datetime": sa.DateTime(),
    "time": sa.Time(),
}
"""Types whose values SQLAlchemy makes those of Python, for databases that hold them as something else."""


@final
class SQLAlchemyReader(WarehouseReader):
    """Reads within one transaction of a connection.

    Args:
        connection: It is not closed.
        schemas: Those that are meant.
        where: What the warehouse is called in errors.
    """

    def __init__(self, connection: sa.Connection, schemas: Schemas, where: str) -> None:
        self._connection = connection
        self._schemas = schemas
        self._where = where
        self._known: dict[str, WarehouseTable] = {}

    def tables(self) -> dict[str, WarehouseTable]:
        """See ``WarehouseReader``."""
        with self._understood():
            self._known = read_catalog(self._connection, self._schemas)
        return self._known

    def contents(self, table: str, columns: Sequence[str]) -> Contents:
        """See ``WarehouseReader``; databases have no hash in common, so the rows are fetched."""
        known = (self._known or self.tables()).get(table)
        if known is None:
            raise faults.vanished(self._where, table)
        return Contents(*version_of(self.batches(table, {name: known.columns[name] for name in columns})))

    def batches(
        self,
        table: str,
        columns: Mapping[str, WarehouseColumn],
        rows: int = BATCH_ROWS,
        part: tuple[Division, str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """See ``WarehouseReader``; there are no parts."""
        assert part is None
        schema, name = self._schemas.split(table)
        source = sa.table(
            name,
            *(_column(name, column) for name, column in columns.items()),
            schema=schema or None,
        )
        chosen = sa.select(*(_read(source.c[name], column) for name, column in columns.items()))
        arrow = arrow_schema({name: column.kind for name, column in columns.items()})
        with self._understood(table):
            streaming = self._connection.execution_options(stream_results=True, max_row_buffer=rows)
            with streaming.execute(chosen) as result:
                for chunk in result.partitions(rows):
                    values = zip(*chunk, strict=True)
                    arrays = [_array(v, field.type) for v, field in zip(values, arrow, strict=True)]
                    yield pa.RecordBatch.from_arrays(arrays, schema=arrow)

    @contextmanager
    def _understood(self, table: str | None = None) -> Iterator[None]:
        """Drivers' messages may quote values: tell the place and the class only."""
        try:
            yield
        except (WarehouseError, GeneratorExit):
            raise
        except Exception as error:
            if table is not None and self._is_gone(table):
                raise faults.vanished(self._where, table) from None
            what = "the catalogue" if table is None else f"table '{table}'"
            raise faults.unreadable(self._where, what, type(error).__name__) from None

    def _is_gone(self, table: str) -> bool:
        schema, name = self._schemas.split(table)
        try:
            self._connection.rollback()
            inspector = sa.inspect(self._connection)
            views = inspector.get_view_names(schema or None)
            return not inspector.has_table(name, schema or None) and name not in views
        except SQLAlchemyError:
            return False


def _column(name: str, column: WarehouseColumn) -> sa.ColumnClause[Any]:
    return sa.column(name, _TYPES.get(column.kind or "", sa.types.NullType()))


def _read(source: sa.ColumnElement[Any], column: WarehouseColumn) -> sa.ColumnElement[Any]:
    """Texts as they are, and what is to be read as text as text."""
    is_text = any(word in column.sql.upper() for word in ("CHAR", "TEXT", "STRING", "CLOB"))
    known = column.kind in (*_TYPES, "integer", "numeric") or is_text
    return source if known else sa.cast(source, sa.String()).label(source.key)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_floating(kind):
        return pa.array(np.array(values, dtype=float), kind, from_pandas=True)  # decimals too
    if pa.types.is_integer(kind):
        return pa.array([None if value is None else int(value) for value in values], kind)
    return pa.array(values, kind)
