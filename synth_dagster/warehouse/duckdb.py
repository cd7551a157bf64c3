"""DuckDB as a warehouse: one file, short connections, read-only unless it publishes."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import ClassVar, final

import duckdb
from pydantic import Field

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse.base import WAREHOUSES, Publication, Warehouse, WarehouseReader
from synth_dagster.warehouse.duckdb_old import versions_in
from synth_dagster.warehouse.duckdb_publish import publish_all
from synth_dagster.warehouse.duckdb_reader import DuckDBReader
from synth_dagster.warehouse.names import Schemas
from synth_dagster.warehouse.versions import suffix_of

_PAUSE_S = 0.2


@WAREHOUSES.register("duckdb")
@final
class DuckDBWarehouse(Warehouse):
    """The tables of one or several schemas of a DuckDB file.

    A DuckDB file has one writer at a time, and a writer keeps even readers of other processes out. So every
    connection is as short as can be, and one that finds the file locked waits a while.

    Example:
        >>> DuckDBWarehouse(database="shop.duckdb").place("orders")
        'shop.duckdb: main.orders'
    """

    icon: ClassVar[str] = "duckdb"
    keeps: ClassVar[bool] = True

    database: str = Field(description="Path of the DuckDB file.")
    schema_name: str = Field(default="main", description="The schema whose tables are meant.")
    schemas: list[str] = Field(
        default=[],
        description="Several schemas, instead of schema_name; their tables are called `schema.table`.",
    )
    wait_s: float = Field(
        default=30.0, ge=0, description="Seconds to wait for a file that another process has locked."
    )

    @property
    def _schemas(self) -> Schemas:
        return Schemas.of(self.schema_name, self.schemas)

    def place(self, table: str) -> str:
        """See ``Warehouse``."""
        return f"{self.database}: {'.'.join(self._schemas.split(table))}"

    def reading(self) -> AbstractContextManager[WarehouseReader]:
        """See ``Warehouse``."""
        return self._reading(self._schemas)

    def publish(self, tables: Sequence[Publication], keep: int = 0) -> None:
        """See ``Warehouse``."""
        try:
            Path(self.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WarehouseError(
                f"The folder of the warehouse '{self.database}' cannot be made ({type(error).__name__}). "
                f"Check the path and its rights."
            ) from None
        with self._connected(read_only=False) as connection:
            publish_all(connection, self._schemas, tables, self.database, keep)

    def versions(self) -> list[str]:
        """See ``Warehouse``."""
        with self._looking() as connection:
            return sorted(versions_in(connection, self._schemas), reverse=True)

    def kept(self, version: str) -> AbstractContextManager[WarehouseReader]:
        """See ``Warehouse``."""
        return self._reading(self._schemas.at(suffix_of(version)))

    @contextmanager
    def _reading(self, schemas: Schemas) -> Iterator[WarehouseReader]:
        with self._looking() as connection:
            yield DuckDBReader(connection, schemas, self.database)

    def _looking(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        if not Path(self.database).is_file():
            raise WarehouseError(
                f"The warehouse '{self.database}' does not exist. Check the path of the DuckDB file."
            )
        # Nobody can write the file while it is open, so that all that is read is of one moment.
        return self._connected(read_only=True)

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
