"""DuckDB as a warehouse: one file, short connections, read-only unless it publishes."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import final

import duckdb
import pandas as pd
from pydantic import Field

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse.base import (
    Contents,
    Publication,
    Warehouse,
    WarehouseColumn,
    WarehouseReader,
    WarehouseTable,
)
from synth_dagster.warehouse.duckdb_catalog import path_of, quoted, read_catalog
from synth_dagster.warehouse.duckdb_frames import read_frame
from synth_dagster.warehouse.duckdb_publish import publish_all

_PAUSE_S = 0.2


@final
class DuckDBWarehouse(Warehouse):
    """The tables of one schema of a DuckDB file.

    A DuckDB file has one writer at a time, and a writer keeps even readers of other processes out. So every
    connection is as short as can be, and one that finds the file locked waits a while.

    Example:
        >>> DuckDBWarehouse(database="shop.duckdb").place("orders")
        'shop.duckdb: main.orders'
    """

    database: str = Field(description="Path of the DuckDB file.")
    schema_name: str = Field(default="main", description="The schema whose tables are meant.")
    wait_s: float = Field(
        default=30.0, ge=0, description="Seconds to wait for a file that another process has locked."
    )

    def place(self, table: str) -> str:
        """See ``Warehouse``."""
        return f"{self.database}: {self.schema_name}.{table}"

    @contextmanager
    def reading(self) -> Iterator[WarehouseReader]:
        """See ``Warehouse``."""
        if not Path(self.database).is_file():
            raise WarehouseError(
                f"The warehouse '{self.database}' does not exist. Check the path of the DuckDB file."
            )
        with self._connected(read_only=True) as connection:
            connection.execute("BEGIN TRANSACTION")
            yield DuckDBReader(connection, self.schema_name, self.database)

    def publish(self, tables: Sequence[Publication]) -> None:
        """See ``Warehouse``."""
        try:
            Path(self.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WarehouseError(
                f"The folder of the warehouse '{self.database}' cannot be made ({type(error).__name__}). "
                f"Check the path and its rights."
            ) from None
        with self._connected(read_only=False) as connection:
            publish_all(connection, self.schema_name, tables)

    @contextmanager
    def _connected(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._patiently(lambda: duckdb.connect(self.database, read_only=read_only))
        try:
            yield connection
        finally:
            connection.close()

    def _patiently(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.wait_s
        while True:
            try:
                return connect()
            except (duckdb.Error, OSError) as error:
                locked = "lock" in str(error).lower() or "different configuration" in str(error)
                if not locked:
                    raise WarehouseError(
                        f"The warehouse '{self.database}' cannot be opened as a DuckDB file "
                        f"({type(error).__name__}). Check that the path, its rights and its format are right."
                    ) from None
                if time.monotonic() > deadline:
                    raise WarehouseError(
                        f"The warehouse '{self.database}' is locked by another process (waited "
                        f"{self.wait_s:g} s). Close the program that has it open for writing, or raise "
                        f"wait_s."
                    ) from None
            time.sleep(_PAUSE_S)


@final
class DuckDBReader(WarehouseReader):
    """A read-only transaction on a DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema_name: str, database: str) -> None:
        self._connection = connection
        self._schema = schema_name
        self._database = database

    def tables(self) -> dict[str, WarehouseTable]:
        """See ``WarehouseReader``."""
        with self._understood("the catalogue"):
            return read_catalog(self._connection, self._schema)

    def contents(self, table: str, columns: Sequence[str]) -> Contents:
        """See ``WarehouseReader``."""
        # Sums do not depend on the order of the rows, and unlike XOR they count repeated rows. MD5 is the
        # same in every version of DuckDB; hash() promises no such thing.
        chosen = ", ".join(quoted(column) for column in columns)
        with self._understood(f"table '{table}'"):
            found = self._connection.execute(
                f"SELECT count(*), sum(md5_number_lower(to_json(r)::VARCHAR)::HUGEINT), "  # noqa: S608
                f"sum(md5_number_upper(to_json(r)::VARCHAR)::HUGEINT) "
                f"FROM (SELECT {chosen} FROM {path_of(self._connection, self._schema, table)}) r"
            ).fetchall()  # all: an unfetched result blocks the connection
        rows, low, high = found[0]
        return Contents(int(rows), hashlib.sha256(f"{rows} {low} {high}".encode()).hexdigest()[:16])

    def read(self, table: str, columns: Mapping[str, WarehouseColumn]) -> pd.DataFrame:
        """See ``WarehouseReader``."""
        with self._understood(f"table '{table}'"):
            return read_frame(self._connection, self._schema, table, columns)

    @contextmanager
    def _understood(self, what: str) -> Iterator[None]:
        """DuckDB's messages may quote values: tell the place and the class only."""
        try:
            yield
        except duckdb.Error as error:
            raise WarehouseError(
                f"In the warehouse '{self._database}' {what} cannot be read ({type(error).__name__}). "
                f"Check the file, or leave out the column whose type DuckDB cannot convert."
            ) from None
