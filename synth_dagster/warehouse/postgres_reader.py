"""Rows out of PostgreSQL: COPY in its binary format, decoded to Arrow by ADBC."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, final

import pyarrow as pa

from synth_dagster.warehouse import faults
from synth_dagster.warehouse.arrow import arrow_schema, cast_reader, pieces
from synth_dagster.warehouse.base import (
    BATCH_ROWS,
    Contents,
    WarehouseColumn,
    WarehouseReader,
    WarehouseTable,
)
from synth_dagster.warehouse.names import Schemas, quoted
from synth_dagster.warehouse.postgres_catalog import kind_of, oid_of, read_catalog
from synth_dagster.warehouse.postgres_connection import queried, understood

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

_EXPRESSIONS = {
    "boolean": "{}",
    "integer": "{}::bigint",
    "numeric": "{}::double precision",
    # Infinite times are no points in time: they are missing.
    "date": "CASE WHEN isfinite({0}::date) THEN {0}::date END",
    "datetime": "CASE WHEN isfinite({0}) THEN {0}::timestamp END",
    "time": "{}::time",
    "duration": "(extract(epoch FROM {}) * 1000000)::bigint",
}


@final
class PostgresReader(WarehouseReader):
    """A transaction that reads; the streams of a reader are read one after the other.

    Args:
        connection: With a transaction, which is REPEATABLE READ and READ ONLY.
        schemas: Those that are meant.
        where: What the warehouse is called in errors.
    """

    def __init__(self, connection: "Connection", schemas: Schemas, where: str) -> None:
        self._connection = connection
        self._schemas = schemas
        self._where = where
        self._known: dict[str, WarehouseTable] = {}
        self._oids: dict[str, int] = {}

    def tables(self) -> dict[str, WarehouseTable]:
        """See ``WarehouseReader``."""
        with understood(self._where):
            self._known, self._oids = read_catalog(self._connection, self._schemas)
        return self._known

    def contents(self, table: str, columns: Sequence[str]) -> Contents:
        """See ``WarehouseReader``."""
        # Sums do not depend on the order of the rows, and unlike XOR they count repeated rows. PostgreSQL may
        # hash otherwise after an upgrade to another major version: the table then counts as changed, once.
        known = (self._known or self.tables()).get(table)
        if known is None:
            raise faults.vanished(self._where, table)
        row = f"ROW({', '.join(_hashable(name, known.columns[name]) for name in columns)})"
        with understood(self._where, table):
            [found] = queried(
                self._connection,
                f"SELECT count(*) AS rows, sum(hash_record_extended({row}, 0))::text AS low, "  # noqa: S608
                f"sum(hash_record_extended({row}, 1))::text AS high FROM {self._path(table)}",
            )
            self._check_same(table)
        said = f"{found['rows']} {found['low']} {found['high']}"
        return Contents(found["rows"], hashlib.sha256(said.encode()).hexdigest()[:16])

    def batches(
        self, table: str, columns: Mapping[str, WarehouseColumn], rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """See ``WarehouseReader``."""
        chosen = ", ".join(f"{_read(name, column)} AS {quoted(name)}" for name, column in columns.items())
        schema = arrow_schema({name: column.kind for name, column in columns.items()})
        with understood(self._where, table), self._connection.cursor() as cursor:
            cursor.execute(f"SELECT {chosen} FROM {self._path(table)} LIMIT 0")  # noqa: S608
            cursor.fetchall()  # locks the table, so that it stays the one that is checked
            self._check_same(table)
            cursor.execute(f"SELECT {chosen} FROM {self._path(table)}")  # noqa: S608
            yield from pieces(cast_reader(cursor.fetch_record_batch(), schema), rows)

    def _path(self, table: str) -> str:
        return ".".join(quoted(name) for name in self._schemas.split(table))

    def _check_same(self, table: str) -> None:
        """A table that was dropped and made anew after this transaction began would look empty."""
        known = self._oids.get(table)
        if known is not None and known != oid_of(self._connection, *self._schemas.split(table)):
            raise faults.vanished(self._where, table)


def _hashable(name: str, column: WarehouseColumn) -> str:
    """JSON cannot be hashed, and values of an enumeration are by when they were made: both as text."""
    by_text = column.sql == "json" or kind_of(column.sql) is None
    return f"{quoted(name)}::text" if by_text else quoted(name)


def _read(name: str, column: WarehouseColumn) -> str:
    own = quoted(name)
    if column.kind == "time" and column.sql.endswith("with time zone"):
        return f"({own} AT TIME ZONE 'UTC')::time"
    return _EXPRESSIONS.get(column.kind or "", "{}::text").format(own)
