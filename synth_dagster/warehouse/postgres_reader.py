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
from synth_dagster.warehouse.division import Division
from synth_dagster.warehouse.names import Schemas, quoted
from synth_dagster.warehouse.postgres_catalog import kind_of, oid_of, read_catalog
from synth_dagster.warehouse.postgres_connection import literal, queried, understood

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
        found = self._versions(table, columns, f"{self._path(table)} AS p0", "''")
        return found.get("", _contents(0, None, None))

    def parts(self, table: str, columns: Sequence[str], division: Division) -> dict[str, Contents]:
        """See ``WarehouseReader``."""
        return self._versions(table, columns, *self._divided(table, division))

    def batches(
        self,
        table: str,
        columns: Mapping[str, WarehouseColumn],
        rows: int = BATCH_ROWS,
        part: tuple[Division, str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """See ``WarehouseReader``."""
        own = {name: f"p0.{quoted(name)}" for name in columns}
        chosen = ", ".join(f"{_read(own[name], c)} AS {quoted(name)}" for name, c in columns.items())
        schema = arrow_schema({name: column.kind for name, column in columns.items()})
        source = f"{self._path(table)} AS p0"
        if part is not None:
            joined, told = self._divided(table, part[0])
            source = f"{joined} WHERE {told} = {literal(part[1])}"
        with understood(self._where, table), self._connection.cursor() as cursor:
            cursor.execute(f"SELECT {chosen} FROM {source} LIMIT 0")  # noqa: S608
            cursor.fetchall()  # locks the table, so that it stays the one that is checked
            self._check_same(table)
            cursor.execute(f"SELECT {chosen} FROM {source}")  # noqa: S608
            yield from pieces(cast_reader(cursor.fetch_record_batch(), schema), rows)

    def _versions(self, table: str, columns: Sequence[str], source: str, part: str) -> dict[str, Contents]:
        known = (self._known or self.tables()).get(table)
        if known is None:
            raise faults.vanished(self._where, table)
        own = ", ".join(_hashable(f"p0.{quoted(name)}", known.columns[name]) for name in columns)
        with understood(self._where, table):
            found = queried(
                self._connection,
                f"SELECT part, count(*) AS rows, sum(hash_record_extended(whole, 0))::text AS low, "  # noqa: S608
                f"sum(hash_record_extended(whole, 1))::text AS high "
                f"FROM (SELECT {part} AS part, ROW({own}) AS whole FROM {source}) AS divided "
                f"WHERE part IS NOT NULL GROUP BY part",
            )
            self._check_same(table)
        return {row["part"]: _contents(row["rows"], row["low"], row["high"]) for row in found}

    def _divided(self, table: str, division: Division) -> tuple[str, str]:
        """What to select from, and an expression for the part of a row."""

        def begins(unit: str, time: str) -> str:
            return f"to_char(date_trunc('{unit}', {time}), 'YYYY-MM-DD')"

        kind = "text" if division.every is None else "timestamp"
        return division.joined(table, self._path), division.part(lambda own: f"{own}::{kind}", begins)

    def _path(self, table: str) -> str:
        return ".".join(quoted(name) for name in self._schemas.split(table))

    def _check_same(self, table: str) -> None:
        """A table that was dropped and made anew after this transaction began would look empty."""
        known = self._oids.get(table)
        if known is not None and known != oid_of(self._connection, *self._schemas.split(table)):
            raise faults.vanished(self._where, table)


def _contents(rows: int, low: str | None, high: str | None) -> Contents:
    return Contents(rows, hashlib.sha256(f"{rows} {low} {high}".encode()).hexdigest()[:16])


def _hashable(own: str, column: WarehouseColumn) -> str:
    """JSON cannot be hashed, and values of an enumeration are by when they were made: both as text."""
    by_text = column.sql == "json" or kind_of(column.sql) is None
    return f"{own}::text" if by_text else own


def _read(own: str, column: WarehouseColumn) -> str:
    if column.kind == "time" and column.sql.endswith("with time zone"):
        return f"({own} AT TIME ZONE 'UTC')::time"
    return _EXPRESSIONS.get(column.kind or "", "{}::text").format(own)
