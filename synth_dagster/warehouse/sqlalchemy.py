"""Any database that SQLAlchemy speaks with as a warehouse: Snowflake, BigQuery, MySQL, SQLite and others."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, final

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse.base import (
    SECRET,
    WAREHOUSES,
    Publication,
    Warehouse,
    WarehouseReader,
    check_keeps,
)
from synth_dagster.warehouse.names import Schemas
from synth_dagster.warehouse.sqlalchemy_publish import publish_all
from synth_dagster.warehouse.sqlalchemy_reader import SQLAlchemyReader

_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
}
"""What makes a transaction unable to write; elsewhere, use a user who can only read."""


@WAREHOUSES.register("sqlalchemy")
@final
class SQLAlchemyWarehouse(Warehouse):
    """The tables of one or several schemas of a database with a SQLAlchemy dialect.

    Slower than a backend of its own: rows pass through Python. A publication is all or nothing where the
    database can roll back CREATE and DROP TABLE (SQLite, PostgreSQL, SQL Server); elsewhere it is loaded
    beside the old tables, and only the exchange can be seen half done.

    Example:
        >>> SQLAlchemyWarehouse(url="sqlite:///shop.db").place("orders")
        'sqlite:///shop.db: orders'
    """

    icon: ClassVar[str] = "sql"

    url: str = Field(
        description="The URL of the database as SQLAlchemy takes it, without the password: "
        "snowflake://user@account/database, bigquery://project, mysql+pymysql://user@host/database."
    )
    password: str = Field(default="", repr=False, json_schema_extra=SECRET, description="The password.")
    schema_name: str = Field(
        default="", description="The schema whose tables are meant; none: the default one of the database."
    )
    schemas: list[str] = Field(
        default=[],
        description="Several schemas, instead of schema_name; their tables are called `schema.table`.",
    )

    @property
    def _schemas(self) -> Schemas:
        return Schemas.of(self.schema_name, self.schemas)

    @property
    def _where(self) -> str:
        try:
            return sa.make_url(self.url).set(query={}).render_as_string(hide_password=True)
        except (ArgumentError, ValueError):
            return "SQLAlchemy"

    def place(self, table: str) -> str:
        """See ``Warehouse``."""
        return f"{self._where}: {'.'.join(part for part in self._schemas.split(table) if part)}"

    @contextmanager
    def reading(self) -> Iterator[WarehouseReader]:
        """See ``Warehouse``."""
        with self._connected() as connection:
            read_only = _READ_ONLY.get(connection.dialect.name)
            if read_only:
                connection.exec_driver_sql(read_only)
            yield SQLAlchemyReader(connection, self._schemas, self._where)

    def publish(self, tables: Sequence[Publication], keep: int = 0) -> None:
        """See ``Warehouse``; it keeps no versions."""
        check_keeps(self, keep)
        with self._connected(write=True) as connection:
            publish_all(connection, self._schemas, tables, self._where)

    @contextmanager
    def _connected(self, *, write: bool = False) -> Iterator[sa.Connection]:
        try:
            url = sa.make_url(self.url)
            if url.get_backend_name() == "sqlite" and not write and not Path(url.database or "").is_file():
                raise WarehouseError(
                    f"The warehouse '{self._where}' does not exist. Check the path of the file."
                )
            engine = _engine(url.set(password=self.password) if self.password else url)
            connection = engine.connect()
        except WarehouseError:
            raise
        except Exception as error:  # drivers have classes of their own
            raise WarehouseError(
                f"The warehouse '{self._where}' cannot be opened ({type(error).__name__}). Check the URL, "
                f"that its dialect is installed, that the database can be reached, and the user and password."
            ) from None
        with connection:
            yield connection


def _engine(url: sa.URL) -> sa.Engine:
    # A connection is closed as soon as it is not needed; errors do not show the rows they are about.
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        # Python's driver begins transactions too late, and not at all for CREATE and DROP TABLE.
        event.listen(engine, "connect", lambda dbapi, _: setattr(dbapi, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine
