"""What a warehouse can do: describe its tables, stream them, and take new ones in one stroke."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import dagster as dg
import pandas as pd
import pyarrow as pa

from synth_dagster.warehouse.arrow import to_frame
from synth_dagster.warehouse.division import Division
from synth_models.errors import SettingError
from synth_models.registry import Registry

BATCH_ROWS = 2**16
"""How many rows a batch has at most, if nobody says otherwise."""

SECRET: dict[str, Any] = {"secret": True}
"""Marks a field of a warehouse that holds a secret (``json_schema_extra=SECRET, repr=False``)."""


@final
@dataclass(frozen=True)
class WarehouseColumn:
    """A column as the database declares it.

    Args:
        sql: Its type in the database's own words.
        kind: The column type of ``synth_models`` it is read as; None for types that are not supported.
        nullable: Whether it may be missing.
    """

    sql: str
    kind: str | None
    nullable: bool = True

    @property
    def label(self) -> str:
        """The type without its arguments, which may be values of the data (of an ENUM)."""
        return self.sql.partition("(")[0]


@final
@dataclass(frozen=True)
class WarehouseKey:
    """A foreign key as the database declares it.

    Args:
        columns: Its columns, of which there may be several.
        parent: The table it refers to.
        parent_columns: The columns it refers to; none: the primary key.
    """

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@final
@dataclass(frozen=True)
class WarehouseTable:
    """A table as the database declares it."""

    columns: Mapping[str, WarehouseColumn]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[WarehouseKey, ...] = ()


@final
@dataclass(frozen=True)
class Contents:
    """What is in a table: how many rows, and a version that is the same for the same rows in any order."""

    rows: int
    version: str


@final
@dataclass(frozen=True)
class Publication:
    """A table to publish.

    Args:
        name: Its name in the destination.
        table: Columns, types and keys to declare there.
        load: Gives the rows, as a frame or as a stream of Arrow batches; called for one table at a time, so
            that not all are in memory at once.
    """

    name: str
    table: WarehouseTable
    load: Callable[[], pd.DataFrame | pa.RecordBatchReader] = field(repr=False)


class WarehouseReader(ABC):
    """One short, read-only look at a warehouse; everything read through it is of one moment."""

    @abstractmethod
    def tables(self) -> dict[str, WarehouseTable]:
        """Every table and view of the schemas."""

    @abstractmethod
    def contents(self, table: str, columns: Sequence[str]) -> Contents:
        """Row count and version of these columns, of all rows."""

    def parts(self, table: str, columns: Sequence[str], division: Division) -> dict[str, Contents]:
        """Row count and version of these columns, part by part; rows of no part are left out.

        Raises:
            SettingError: If this type of warehouse cannot divide its tables.
        """
        raise SettingError(
            f"partitions: table '{table}' is in a warehouse of a type that cannot divide its tables. Use "
            f"duckdb, folder or postgres, or no partitions."
        )

    @abstractmethod
    def batches(
        self,
        table: str,
        columns: Mapping[str, WarehouseColumn],
        rows: int = BATCH_ROWS,
        part: tuple[Division, str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """These columns of all rows, or of those of a part, in batches of at most ``rows`` rows, in bounded
        memory.

        Every column has the Arrow type of its kind (``arrow.ARROW_TYPES``), whatever the database calls it.
        Finish (or close) one stream before the next is begun.
        """

    def read(self, table: str, columns: Mapping[str, WarehouseColumn]) -> pd.DataFrame:
        """These columns of all rows, as a frame."""
        return to_frame({name: c.kind for name, c in columns.items()}, self.batches(table, columns))


class Warehouse(dg.ConfigurableResource, ABC):
    """Where the real tables live and the synthetic ones go.

    A field marked with ``SECRET`` is never shown, and must come from the environment (``dg.EnvVar``).
    """

    icon: ClassVar[str] = "database"
    """The kind of Dagster that is shown on the assets of its tables."""

    keeps: ClassVar[bool] = False
    """Whether it can keep the versions that were published before."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[WarehouseReader]:
        """Open for reading; close again as soon as possible.

        Raises:
            WarehouseError: If it cannot be opened.
        """

    @abstractmethod
    def publish(self, tables: Sequence[Publication], keep: int = 0) -> None:
        """Replace all these tables, or none: readers see the old ones until all the new ones are there.

        Args:
            tables: What is published.
            keep: How many versions of these tables that were published before are kept (``versions``), in
                the same stroke; older ones are removed.

        Raises:
            WarehouseError: If the warehouse cannot be written; the old tables are then untouched, and so
                are the versions that are kept.
        """

    def versions(self) -> list[str]:
        """The versions that are kept, the newest first; each is called by the moment it was replaced (UTC).

        Raises:
            WarehouseError: If the warehouse cannot be read.
        """
        return []

    def kept(self, version: str) -> AbstractContextManager[WarehouseReader]:
        """Open a version that is kept for reading, with the names that its tables had.

        Raises:
            SettingError: If this type of warehouse keeps no versions.
            WarehouseError: If it cannot be opened.
        """
        check_keeps(self, 1)
        raise NotImplementedError

    @abstractmethod
    def place(self, table: str) -> str:
        """Where the table is, for people to read (never with a secret in it)."""


def check_keeps(warehouse: Warehouse, keep: int) -> None:
    """Raise a ``SettingError`` if versions are to be kept and the warehouse cannot."""
    if keep and not warehouse.keeps:
        raise SettingError(
            f"publish.keep: a destination of the type {type(warehouse).__name__} keeps no old versions. Use "
            f"duckdb, folder or postgres, or keep: 0."
        )


WAREHOUSES: Registry[Warehouse] = Registry("type of warehouse")
"""The backends by the ``type`` that YAML calls them."""
