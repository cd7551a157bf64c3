"""A folder of Parquet or CSV files as a warehouse, on a disk or at any URL that fsspec knows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, Literal, final

import duckdb
import pyarrow as pa
from pydantic import Field

from synth_dagster.failure import WarehouseError
from synth_dagster.location import Location
from synth_dagster.warehouse import faults
from synth_dagster.warehouse.base import (
    BATCH_ROWS,
    WAREHOUSES,
    Contents,
    Publication,
    Warehouse,
    WarehouseColumn,
    WarehouseReader,
    WarehouseTable,
)
from synth_dagster.warehouse.division import Division
from synth_dagster.warehouse.duckdb_reader import DuckDBReader
from synth_dagster.warehouse.folder_files import (
    described,
    engine,
    make_view,
    versions_in,
    with_description,
)
from synth_dagster.warehouse.folder_publish import publish_all
from synth_dagster.warehouse.names import Schemas


@WAREHOUSES.register("folder")
@final
class FolderWarehouse(Warehouse):
    """The tables of a folder: those that its ``schema.json`` names, or if it has none, one per file.

    It is the form in which ``RelationalData`` keeps a data set: ``schema.json`` says which file a table is in
    and what its keys are. A publication writes new files into a folder of its own, and replaces
    ``schema.json`` last: whoever reads it sees the old tables or the new ones. DuckDB reads and writes the
    files; types of CSV columns that ``schema.json`` does not tell are guessed from all of its rows.

    Example:
        >>> FolderWarehouse(path="s3://lake/shop").place("orders")
        's3://lake/shop: orders'
    """

    icon: ClassVar[str] = "file"
    keeps: ClassVar[bool] = True

    path: str = Field(description="The folder, or a URL such as s3://bucket/prefix.")
    format: Literal["parquet", "csv"] = Field(
        default="parquet",
        description="What is published. Files of both formats are read.",
    )

    def place(self, table: str) -> str:
        """See ``Warehouse``."""
        return f"{self.path}: {table}"

    def reading(self) -> AbstractContextManager[WarehouseReader]:
        """See ``Warehouse``."""
        return self._reading(None)

    def publish(self, tables: Sequence[Publication], keep: int = 0) -> None:
        """See ``Warehouse``."""
        publish_all(Location(self.path), self.format, tables, keep)

    def versions(self) -> list[str]:
        """See ``Warehouse``."""
        return versions_in(Location(self.path))

    def kept(self, version: str) -> AbstractContextManager[WarehouseReader]:
        """See ``Warehouse``."""
        return self._reading(version)

    @contextmanager
    def _reading(self, version: str | None) -> Iterator[WarehouseReader]:
        location = Location(self.path)
        tables = described(location, version)
        if not tables:
            raise WarehouseError(
                f"The warehouse '{self.path}' does not exist, or holds no .parquet, .csv or .csv.gz file. "
                f"Check the path and its rights."
            )
        with engine(location) as connection:
            for name, table in tables.items():
                with _understood(self.path, name):
                    make_view(connection, location, name, table)
            yield FolderReader(connection, tables, self.path)


@final
class FolderReader(WarehouseReader):
    """Reads files through DuckDB.

    Args:
        connection: Has a view per table.
        described: What is known of the tables, by name.
        path: The folder, for errors.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, described: Mapping[str, Mapping[str, Any]], path: str
    ) -> None:
        self._described = described
        self._rows = DuckDBReader(connection, Schemas(("main",)), path)
        self._path = path

    def tables(self) -> dict[str, WarehouseTable]:
        """See ``WarehouseReader``."""
        found = self._rows.tables()
        return {name: with_description(found[name], table) for name, table in self._described.items()}

    def contents(self, table: str, columns: Sequence[str]) -> Contents:
        """See ``WarehouseReader``."""
        with _understood(self._path, table):
            return self._rows.contents(table, columns)

    def parts(self, table: str, columns: Sequence[str], division: Division) -> dict[str, Contents]:
        """See ``WarehouseReader``."""
        with _understood(self._path, table):
            return self._rows.parts(table, columns, division)

    def batches(
        self,
        table: str,
        columns: Mapping[str, WarehouseColumn],
        rows: int = BATCH_ROWS,
        part: tuple[Division, str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """See ``WarehouseReader``."""
        with _understood(self._path, table):
            yield from self._rows.batches(table, columns, rows, part)


@contextmanager
def _understood(path: str, table: str) -> Iterator[None]:
    """What DuckDB and fsspec say of a file may quote it: tell the class only."""
    try:
        yield
    except WarehouseError:
        raise
    except Exception as error:
        raise faults.unreadable(
            path, f"the file of table '{table}'", type(error).__name__, "Check that it is whole."
        ) from None
