"""Connections to PostgreSQL by ADBC, and what their errors mean."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import pyarrow as pa

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse import faults

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

_SESSION = {
    # Nobody's functions and operators stand in for PostgreSQL's own, and types are told with their schema.
    "search_path": "pg_catalog",
    # The version of a table's contents is made of texts.
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
}
_VANISHED = ("42P01", "42703", "3F000")
"""SQLSTATE of a table, a column and a schema that are not there."""


@final
@dataclass(frozen=True)
class Postgres:
    """A database and how to talk to it.

    Args:
        where: What it is called in errors.
        dsn: As libpq takes it.
        connect_timeout_s, statement_timeout_s, wait_s: Seconds to wait for the server, for a statement, and
            for a lock; 0: as the server says.
    """

    where: str
    dsn: str = field(repr=False)
    connect_timeout_s: int
    statement_timeout_s: float
    wait_s: float

    @contextmanager
    def connected(self, *, read_only: bool) -> Iterator["Connection"]:
        """A connection with a transaction; who wants it to last commits it.

        Raises:
            WarehouseError: If there is no way in.
        """
        dbapi = _dbapi()
        try:
            connection = dbapi.connect(self._with_timeout())
        except dbapi.Error as error:
            raise WarehouseError(_closed(self.where, str(error))) from None
        try:
            self._set_up(connection, read_only)
            yield connection
        finally:
            connection.close()

    def _set_up(self, connection: "Connection", read_only: bool) -> None:
        settings = _SESSION | {
            "statement_timeout": str(int(self.statement_timeout_s * 1000)),
            "lock_timeout": str(int(self.wait_s * 1000)),
        }
        if read_only:
            settings |= {
                "default_transaction_read_only": "on",
                "default_transaction_isolation": "repeatable read",
            }
        calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())
        with understood(self.where):
            queried(connection, f"SELECT {calls}")
            connection.commit()  # the next transaction is of the kind that was set

    def _with_timeout(self) -> str:
        option = f"connect_timeout={self.connect_timeout_s}"
        if "connect_timeout" in self.dsn:
            return self.dsn
        if "://" not in self.dsn:
            return f"{self.dsn} {option}"
        return f"{self.dsn}{'&' if '?' in self.dsn else '?'}{option}"


def queried(connection: "Connection", query: str) -> list[dict[str, Any]]:
    """The few rows that a query gives."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetch_arrow_table().to_pylist()


def executed(connection: "Connection", *statements: str) -> None:
    """Execute statements that give no rows."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def literal(text: str) -> str:
    """A text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def state_of(error: Exception) -> str:
    """The SQLSTATE of an error; empty if it has none."""
    # What goes wrong in the middle of a stream comes as an error of Arrow, which has a text only.
    in_stream = "57014" if "statement timeout" in str(error) else ""
    return getattr(error, "sqlstate", None) or in_stream


@contextmanager
def understood(where: str, table: str | None = None) -> Iterator[None]:
    """What goes wrong while something is read, in our words: PostgreSQL's may quote values."""
    try:
        yield
    except (_dbapi().Error, pa.ArrowException, OSError) as error:
        raise _reading_fault(where, table, error) from None


def _reading_fault(where: str, table: str | None, error: Exception) -> WarehouseError:
    what, state = "the catalogue" if table is None else f"table '{table}'", state_of(error)
    if state == "42501":
        return faults.forbidden(where, f"read {what}", "USAGE on the schema and SELECT on the table")
    if state in _VANISHED and table is not None:
        return faults.vanished(where, table)
    if state == "57014":
        return faults.unreadable(
            where, what, "it took longer than the statement timeout", "Raise statement_timeout_s."
        )
    if state == "55P03":
        return faults.unreadable(where, what, "others have it locked", "Try again later, or raise wait_s.")
    return faults.unreadable(where, what, f"{type(error).__name__} {state}".rstrip())


def _closed(where: str, said: str) -> str:
    """Why there is no way into the database, by what libpq said."""
    refused = "FATAL" in said  # by the server; what follows is its own
    if refused and re.search(r"authentication|pg_hba|role \"", said):
        why, remedy = "it does not let the user in", "Check the user and the password"
    elif refused and re.search(r"database \"", said):
        why, remedy = "there is no such database", "Check its name"
    elif refused:
        why, remedy = "the server takes no connection now", "Try again, or look into its log"
    elif re.search(r"Failed to connect: (invalid|missing|forbidden)", said):
        why, remedy = "the connection settings cannot be understood", "Check the dsn, the port and sslmode"
    else:
        why, remedy = "it cannot be reached", "Check that it runs, host and port, and the network between"
    return f"The warehouse '{where}' cannot be opened: {why}. {remedy}."


def _dbapi() -> Any:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise WarehouseError(
            "PostgreSQL needs a driver that is not installed. Install it with: "
            "pip install 'synth-dagster[postgres]'."
        ) from None
    return dbapi
