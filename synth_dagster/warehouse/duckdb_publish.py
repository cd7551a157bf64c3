"""Publish several tables of DuckDB schemas in one stroke."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import final

import duckdb
import pyarrow as pa

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse import faults
from synth_dagster.warehouse.arrow import kind_of_arrow, to_reader
from synth_dagster.warehouse.base import BATCH_ROWS, Publication, WarehouseKey
from synth_dagster.warehouse.duckdb_catalog import ZONED, path_of, type_of
from synth_dagster.warehouse.duckdb_old import fill, in_order, replace_old
from synth_dagster.warehouse.names import Schemas, quoted

_STAGING = "__synth_staging"


def publish_all(
    connection: duckdb.DuckDBPyConnection,
    schemas: Schemas,
    tables: Sequence[Publication],
    place: str,
    keep: int = 0,
) -> None:
    """Load all tables beside the published ones, then replace those in one transaction.

    The slow part (loading) happens under another schema; what a killed publication left there is dropped
    by the next one. The swap is one transaction: it holds as a whole or, if anything fails, not at all. Old
    tables that are kept are copied in it, for DuckDB cannot move tables between schemas.

    Raises:
        WarehouseError: Naming the table, if rows do not fit its declared types or keys, or if a table of
            somebody else's refers to one of these.
    """
    staging = f"{schemas.names[0]}{_STAGING}"
    named = {table.name: table for table in tables}
    keys = in_order({name: table.table for name, table in named.items()})
    with _understood(place):
        connection.execute(f"DROP SCHEMA IF EXISTS {quoted(staging)} CASCADE")
        connection.execute(f"CREATE SCHEMA {quoted(staging)}")
        try:
            loaded = [_Loaded(connection, schemas, staging, named[name]) for name in keys]
            with _transaction(connection):
                for schema in {one.schema for one in loaded}:
                    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {path_of(connection, schema)}")
                replace_old(connection, schemas, set(named), place, keep)
                for one in loaded:
                    one.create(keys[one.publication.name])
                connection.execute(f"DROP SCHEMA {quoted(staging)} CASCADE")
        except BaseException:
            with suppress(duckdb.Error):  # else the next publication does it
                connection.execute(f"DROP SCHEMA IF EXISTS {quoted(staging)} CASCADE")
            raise


@final
class _Loaded:
    """A table whose rows are in the staging schema."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        schemas: Schemas,
        staging: str,
        publication: Publication,
    ) -> None:
        self.publication = publication
        self.schema, _ = schemas.split(publication.name)
        self._connection = connection
        self._schemas = schemas
        self._staged = path_of(connection, staging, publication.name)
        with _blaming(faults.unfitting, publication.name):
            columns = publication.table.columns
            rows = to_reader(publication.load(), list(columns), BATCH_ROWS)
            self._types = {
                column: type_of(declared, kind_of_arrow(rows.schema.field(column).type))
                for column, declared in columns.items()
            }
            declared = ", ".join(f"{quoted(column)} {sql}" for column, sql in self._types.items())
            connection.execute(f"CREATE TABLE {self._staged} ({declared})")
            insert(connection, f"INSERT INTO {self._staged}", rows, self._types)

    def create(self, keys: Sequence[WarehouseKey]) -> None:
        """Put the table in its place, with its keys."""
        with _blaming(faults.rule_broken, self.publication.name):
            table = self.publication.table
            fill(
                self._connection, self._schemas, self.publication.name, table, self._types, keys, self._staged
            )


def insert(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    rows: pa.RecordBatchReader,
    types: Mapping[str, str],
    rest: str = "",
) -> None:
    """Run a statement that a query is part of: that of the rows, converted to these types."""
    connection.register("synth_rows", rows)
    try:
        chosen = ", ".join(_written(name, sql) for name, sql in types.items())
        connection.execute(f"{statement} SELECT {chosen} FROM synth_rows{rest}")  # noqa: S608
    finally:
        connection.unregister("synth_rows")


def _written(name: str, sql: str) -> str:
    own = quoted(name)
    converted = f"(CAST({own} AS TIMESTAMP) AT TIME ZONE 'UTC')" if sql == ZONED else f"CAST({own} AS {sql})"
    return f"{converted} AS {own}"


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def is_full(error: Exception) -> bool:
    """Whether the disk is full, or a file may not grow any more."""
    said = str(error).lower()
    return isinstance(error, (duckdb.IOException, duckdb.FatalException, OSError)) and any(
        sign in said for sign in ("no space left", "file too large", "disk quota")
    )


@contextmanager
def _understood(place: str) -> Iterator[None]:
    """DuckDB's messages may quote values: tell the place and the class only."""
    try:
        yield
    except duckdb.Error as error:
        if is_full(error):
            raise faults.full(place) from None
        raise faults.irreplaceable(place, type(error).__name__) from None


@contextmanager
def _blaming(fault: Callable[[str, str], WarehouseError], table: str) -> Iterator[None]:
    """What goes wrong inside is the fault of the rows of this table, unless the disk is full."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException) as error:
        if is_full(error):
            raise
        raise fault(table, type(error).__name__) from None
