"""Rows out of DuckDB, by Arrow."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import final

import duckdb
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
from synth_dagster.warehouse.duckdb_catalog import ZONED, path_of, read_catalog
from synth_dagster.warehouse.names import Schemas, listed, quoted

_CASTS = {
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "numeric": "DOUBLE",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
}

_QUOTE = "'"
_NO_FILE = r"no files found|no such file|not found"


@final
class DuckDBReader(WarehouseReader):
    """Reads the tables of schemas through a connection.

    Args:
        connection: It is not closed.
        schemas: Those that are meant.
        place: What the warehouse is called in errors.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schemas: Schemas, place: str) -> None:
        self._connection = connection
        self._schemas = schemas
        self._place = place

    def tables(self) -> dict[str, WarehouseTable]:
        """See ``WarehouseReader``."""
        with self._understood():
            return read_catalog(self._connection, self._schemas)

    def contents(self, table: str, columns: Sequence[str]) -> Contents:
        """See ``WarehouseReader``."""
        # Sums do not depend on the order of the rows, and unlike XOR they count repeated rows. MD5 is the
        # same in every version of DuckDB; hash() promises no such thing.
        row = quoted("r" * (1 + max(map(len, columns))))  # no column is called so
        with self._understood(table):
            found = self._connection.execute(
                f"SELECT count(*), sum((h & {2**64 - 1})::HUGEINT), sum((h >> 64)::HUGEINT) "  # noqa: S608
                f"FROM (SELECT md5_number(to_json({row})::VARCHAR) AS h "
                f"FROM (SELECT {listed(columns)} FROM {self._path(table)}) AS {row})"
            ).fetchall()  # all: an unfetched result blocks the connection
        return _contents(*found[0])

    def parts(self, table: str, columns: Sequence[str], division: Division) -> dict[str, Contents]:
        """See ``WarehouseReader``."""
        packed = ", ".join(f"{quoted(column)} := p0.{quoted(column)}" for column in columns)
        with self._understood(table):
            joined, part = self._divided(table, division)
            found = self._connection.execute(
                f"SELECT part, count(*), sum((h & {2**64 - 1})::HUGEINT), sum((h >> 64)::HUGEINT) "  # noqa: S608
                f"FROM (SELECT {part} AS part, md5_number(to_json(struct_pack({packed}))::VARCHAR) AS h "
                f"FROM {joined}) WHERE part IS NOT NULL GROUP BY part"
            ).fetchall()
        return {part: _contents(*told) for part, *told in found}

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
        # A connection has one open result; another query may be asked while these rows are read.
        with self._understood(table), self._connection.cursor() as cursor:
            source = f"{self._path(table)} AS p0"
            if part is not None:
                joined, told = self._divided(table, part[0])
                source = f"{joined} WHERE {told} = '{part[1].replace(_QUOTE, 2 * _QUOTE)}'"
            result = cursor.sql(f"SELECT {chosen} FROM {source}")  # noqa: S608
            yield from pieces(cast_reader(result.to_arrow_reader(rows), schema), rows)

    def _divided(self, table: str, division: Division) -> tuple[str, str]:
        """What to select from, and an expression for the part of a row."""
        told_by = self.tables().get(division.told_by(table))
        column = told_by.columns.get(division.column) if told_by is not None else None
        if column is None:
            raise faults.vanished(self._place, division.told_by(table))

        def expression(own: str) -> str:
            if division.every is None:
                return f"CAST({own} AS VARCHAR)"
            return _read(own, WarehouseColumn(column.sql, "datetime"))

        def begins(unit: str, time: str) -> str:
            return f"strftime(date_trunc('{unit}', {time}), '%Y-%m-%d')"

        return division.joined(table, self._path), division.part(expression, begins)

    def _path(self, table: str) -> str:
        return path_of(self._connection, *self._schemas.split(table))

    @contextmanager
    def _understood(self, table: str | None = None) -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, pa.ArrowException) as error:
            gone = isinstance(error, duckdb.CatalogException) or re.search(_NO_FILE, str(error), re.I)
            if table is not None and gone:
                raise faults.vanished(self._place, table) from None
            what = "the catalogue" if table is None else f"table '{table}'"
            raise faults.unreadable(self._place, what, type(error).__name__) from None


def _contents(rows: int, low: int | None, high: int | None) -> Contents:
    return Contents(int(rows), hashlib.sha256(f"{rows} {low} {high}".encode()).hexdigest()[:16])


def _read(own: str, column: WarehouseColumn) -> str:
    if column.sql == ZONED:
        return f"({own} AT TIME ZONE 'UTC')"
    if column.kind == "duration":
        return f"epoch_us({own})"  # a month has 30 days
    return f"CAST({own} AS {_CASTS.get(column.kind or '', 'VARCHAR')})"
