"""Publish several tables of PostgreSQL schemas in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, final
from uuid import uuid4

import pyarrow as pa

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse import faults
from synth_dagster.warehouse.arrow import cast_reader, kind_of_arrow, to_reader
from synth_dagster.warehouse.base import BATCH_ROWS, Publication
from synth_dagster.warehouse.names import Schemas, listed, quoted
from synth_dagster.warehouse.postgres_catalog import loading_type, type_of, wire_type
from synth_dagster.warehouse.postgres_connection import executed, literal, queried, state_of
from synth_dagster.warehouse.postgres_old import LONGEST, OldTables, make_schema

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection


def publish_all(
    connection: "Connection", schemas: Schemas, tables: Sequence[Publication], where: str, keep: int = 0
) -> None:
    """Load all tables beside the published ones, then let them take their places, in one transaction.

    Readers see the old tables until it commits, and wait only while the new ones, which are complete by then,
    are renamed. Whoever dies before leaves nothing behind. Who could read an old table can read the new one.
    Old tables that are kept move to schemas of their own, with their keys and rights.

    Raises:
        WarehouseError: Naming the table, if rows do not fit its declared types or keys, or if a view or a
            table of somebody else's refers to one of these.
    """
    with _understood(where):
        loaded = [_Loaded(connection, schemas, table) for table in tables]
        names = {schema for schema, _ in (schemas.split(table.name) for table in tables)}
        # Two publications of one schema come one after the other.
        for schema in sorted(names):
            queried(connection, f"SELECT pg_advisory_xact_lock(hashtext({literal(schema)}))::text")
            make_schema(connection, schema)
        for one in loaded:
            one.load()
        for one in loaded:
            one.declare_rules()
        for one in loaded:
            one.declare_keys({other.publication.name: other for other in loaded})
        old = OldTables(connection, schemas, [table.name for table in tables], where)
        old.give_way(keep)
        for one in loaded:
            one.take_place()
        executed(connection, *old.grants)
        connection.commit()


@final
class _Loaded:
    """A table on its way into its place."""

    def __init__(self, connection: "Connection", schemas: Schemas, publication: Publication) -> None:
        self.publication = publication
        self._connection = connection
        self._schema, self._name = schemas.split(publication.name)
        self._staged = f"__synth_{uuid4().hex[:12]}"
        self.target = self._path(self._name)
        self.staging = self._path(self._staged)

    def load(self) -> None:
        """Make the table, under another name, with its rows."""
        with _blaming(faults.unfitting, self.publication.name):
            columns = self.publication.table.columns
            rows = to_reader(self.publication.load(), list(columns), BATCH_ROWS)
            kinds = {name: kind_of_arrow(rows.schema.field(name).type) for name in columns}
            types = {name: type_of(column, kinds[name]) for name, column in columns.items()}
            first = {
                name: sql if wire_type(sql) else loading_type(kinds[name]) for name, sql in types.items()
            }
            declared = ", ".join(f"{quoted(name)} {sql}" for name, sql in first.items())
            executed(self._connection, f"CREATE TABLE {self.staging} ({declared})")
            fields = [pa.field(name, wire_type(sql) or pa.string()) for name, sql in first.items()]
            with self._connection.cursor() as cursor:
                cursor.adbc_ingest(
                    self._staged,
                    cast_reader(rows, pa.schema(fields)),
                    mode="append",
                    db_schema_name=self._schema,
                )
            conversions = [
                f"ALTER COLUMN {quoted(name)} TYPE {sql} USING {quoted(name)}::{sql}"
                for name, sql in types.items()
                if sql != first[name]
            ]
            if conversions:
                executed(self._connection, f"ALTER TABLE {self.staging} {', '.join(conversions)}")

    def declare_rules(self) -> None:
        """The primary key, and what is never missing."""
        table = self.publication.table
        rules = [
            f"ALTER COLUMN {quoted(name)} SET NOT NULL"
            for name, column in table.columns.items()
            if not column.nullable
        ]
        if table.primary_key:
            rules.append(f"ADD CONSTRAINT {quoted(self._key)} PRIMARY KEY ({listed(table.primary_key)})")
        self._alter(rules)

    def declare_keys(self, published: dict[str, "_Loaded"]) -> None:
        """The foreign keys to tables that are published as well, whatever circles they make."""
        self._alter(
            [
                f"ADD FOREIGN KEY ({listed(key.columns)}) REFERENCES {published[key.parent].staging}"
                for key in self.publication.table.foreign_keys
                if key.parent in published
            ]
        )

    def take_place(self) -> None:
        """Take the name of the table."""
        executed(self._connection, f"ALTER TABLE {self.staging} RENAME TO {quoted(self._name)}")
        name = f"{self._name}_pkey"
        if self.publication.table.primary_key and len(name.encode()) <= LONGEST:
            executed(
                self._connection,
                f"ALTER TABLE {self.target} RENAME CONSTRAINT {quoted(self._key)} TO {quoted(name)}",
            )

    @property
    def _key(self) -> str:
        return f"{self._staged}_pkey"

    def _path(self, name: str) -> str:
        return f"{quoted(self._schema)}.{quoted(name)}"

    def _alter(self, rules: Sequence[str]) -> None:
        if rules:
            with _blaming(faults.rule_broken, self.publication.name):
                executed(self._connection, f"ALTER TABLE {self.staging} {', '.join(rules)}")


@contextmanager
def _blaming(fault: Callable[[str, str], WarehouseError], table: str) -> Iterator[None]:
    """Errors about rows, SQLSTATE 22 and 23, are the fault of the rows of this table."""
    try:
        yield
    except pa.ArrowException as error:
        raise fault(table, type(error).__name__) from None
    except Exception as error:
        state = state_of(error)
        # ADBC's own, while it encodes rows, have no SQLSTATE.
        if state[:2] in ("22", "23") or (hasattr(error, "sqlstate") and not state):
            raise fault(table, f"{type(error).__name__} {state}".rstrip()) from None
        raise


@contextmanager
def _understood(where: str) -> Iterator[None]:
    """PostgreSQL's messages may quote values: tell the place, the class and the state only."""
    try:
        yield
    except Exception as error:
        if not hasattr(error, "sqlstate"):  # not the database's
            raise
        raise _fault(where, error) from None


def _fault(where: str, error: Exception) -> WarehouseError:
    state = state_of(error)
    if state in ("53100", "54000"):
        return faults.full(where)
    if state == "42501":
        return faults.forbidden(
            where,
            "write the tables",
            "CREATE on the schema (on the database, if versions are kept), and ownership of the tables to be "
            "replaced",
        )
    if state == "55P03":
        why = "others have had them locked for longer than wait_s"
    elif state == "57014":
        why = "a statement took longer than statement_timeout_s"
    else:
        why = f"{type(error).__name__} {state}".rstrip()
    return faults.irreplaceable(where, why)
