"""PostgreSQL as a warehouse: short connections by ADBC, rows as Arrow in both directions."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar, final

from pydantic import Field

from synth_dagster.warehouse.base import SECRET, WAREHOUSES, Publication, Warehouse, WarehouseReader
from synth_dagster.warehouse.names import Schemas
from synth_dagster.warehouse.postgres_connection import Postgres, understood
from synth_dagster.warehouse.postgres_old import versions_in
from synth_dagster.warehouse.postgres_publish import publish_all
from synth_dagster.warehouse.postgres_reader import PostgresReader
from synth_dagster.warehouse.versions import suffix_of


@WAREHOUSES.register("postgres")
@final
class PostgresWarehouse(Warehouse):
    """The tables of one or several schemas of a PostgreSQL database.

    A reading is one transaction, REPEATABLE READ and READ ONLY: all that is read is of one moment. A
    publication is one transaction as well. Needs the extra ``postgres``.

    Example:
        >>> PostgresWarehouse(host="db", database="shop", user="synth").place("orders")
        'db:5432/shop: public.orders'
    """

    icon: ClassVar[str] = "postgres"
    keeps: ClassVar[bool] = True

    host: str = Field(default="localhost", description="The server, or the folder of its Unix socket.")
    port: int = Field(default=5432, description="The port of the server.")
    database: str = Field(default="", description="The database; none: that of the user's name.")
    user: str = Field(default="", description="The user; none: that of the system.")
    password: str = Field(default="", repr=False, json_schema_extra=SECRET, description="The password.")
    dsn: str = Field(
        default="",
        repr=False,
        json_schema_extra=SECRET,
        description="All of the above and more as a URL or as libpq's keywords, instead of the above.",
    )
    sslmode: str = Field(default="prefer", description="As in libpq: disable, prefer, require, verify-full.")
    schema_name: str = Field(default="public", description="The schema whose tables are meant.")
    schemas: list[str] = Field(
        default=[],
        description="Several schemas, instead of schema_name; their tables are called `schema.table`.",
    )
    connect_timeout_s: int = Field(default=10, ge=1, description="Seconds to wait for the server.")
    statement_timeout_s: float = Field(
        default=0.0, ge=0, description="Seconds a single statement may take; 0: as the server says."
    )
    wait_s: float = Field(
        default=30.0, ge=0, description="Seconds to wait for tables that others have locked; 0: for ever."
    )

    @property
    def _schemas(self) -> Schemas:
        return Schemas.of(self.schema_name, self.schemas)

    @property
    def _postgres(self) -> Postgres:
        given = {
            "host": self.host,
            "port": str(self.port),
            "dbname": self.database,
            "user": self.user,
            "password": self.password,
            "sslmode": self.sslmode,
        }
        return Postgres(
            where="PostgreSQL" if self.dsn else f"{self.host}:{self.port}/{self.database}",
            dsn=self.dsn or " ".join(f"{name}={_quoted(value)}" for name, value in given.items() if value),
            connect_timeout_s=self.connect_timeout_s,
            statement_timeout_s=self.statement_timeout_s,
            wait_s=self.wait_s,
        )

    def place(self, table: str) -> str:
        """See ``Warehouse``."""
        return f"{self._postgres.where}: {'.'.join(self._schemas.split(table))}"

    def reading(self) -> AbstractContextManager[WarehouseReader]:
        """See ``Warehouse``."""
        return self._reading(self._schemas)

    def publish(self, tables: Sequence[Publication], keep: int = 0) -> None:
        """See ``Warehouse``."""
        with self._postgres.connected(read_only=False) as connection:
            publish_all(connection, self._schemas, tables, self._postgres.where, keep)

    def versions(self) -> list[str]:
        """See ``Warehouse``."""
        with self._postgres.connected(read_only=True) as connection, understood(self._postgres.where):
            return sorted(versions_in(connection, self._schemas), reverse=True)

    def kept(self, version: str) -> AbstractContextManager[WarehouseReader]:
        """See ``Warehouse``."""
        return self._reading(self._schemas.at(suffix_of(version)))

    @contextmanager
    def _reading(self, schemas: Schemas) -> Iterator[WarehouseReader]:
        with self._postgres.connected(read_only=True) as connection:
            yield PostgresReader(connection, schemas, self._postgres.where)


def _quoted(value: str) -> str:
    """A value of a libpq keyword."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
