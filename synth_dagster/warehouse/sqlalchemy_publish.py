"""Publish several tables by SQLAlchemy."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import final
from uuid import uuid4

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import exc

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse import faults
from synth_dagster.warehouse.arrow import arrow_type, cast_reader, kind_of_arrow, to_reader
from synth_dagster.warehouse.base import BATCH_ROWS, Publication
from synth_dagster.warehouse.names import Schemas
from synth_dagster.warehouse.sqlalchemy_catalog import kind_of, read_catalog, type_of


def publish_all(
    connection: sa.Connection, schemas: Schemas, tables: Sequence[Publication], where: str
) -> None:
    """Load all tables beside the published ones, then replace those.

    It is one transaction. Databases that cannot roll back CREATE and DROP TABLE show the exchange, which
    comes last and copies within the database, table by table.

    Raises:
        WarehouseError: Naming the table, if rows do not fit its declared types or keys, or if a table of
            somebody else's refers to one of these.
    """
    with _understood(where), connection.begin():
        for schema in sorted({schemas.split(table.name)[0] for table in tables} - {""}):
            if not sa.inspect(connection).has_schema(schema):
                connection.execute(sa.schema.CreateSchema(schema))
        staged = [_staged(connection, schemas, table) for table in tables]
        _drop_old(connection, schemas, {table.name for table in tables}, where)
        exchange = _Exchange(connection, schemas, tables, staged)
        for table in tables:
            exchange.create(table)
        for table in tables:
            exchange.check_keys(table)


def _staged(connection: sa.Connection, schemas: Schemas, table: Publication) -> sa.Table:
    """The rows of a table, in one of another name."""
    declared = table.table.columns
    with _blaming(faults.unfitting, table.name):
        rows = to_reader(table.load(), list(declared), BATCH_ROWS)
        kinds = {name: kind_of_arrow(rows.schema.field(name).type) for name in declared}
        types = {name: type_of(column, kinds[name]) for name, column in declared.items()}
        columns = [sa.Column(name, kind) for name, kind in types.items()]
        schema = schemas.split(table.name)[0] or None
        made = sa.Table(f"synth_{uuid4().hex[:12]}", sa.MetaData(), *columns, schema=schema)
        made.create(connection)
        fields = [pa.field(name, arrow_type(kind_of(kind))) for name, kind in types.items()]
        for batch in cast_reader(rows, pa.schema(fields)):
            if batch.num_rows:
                connection.execute(sa.insert(made), batch.to_pylist())
    return made


@final
class _Exchange:
    """Puts staged rows into tables with their names, types and keys."""

    def __init__(
        self,
        connection: sa.Connection,
        schemas: Schemas,
        tables: Sequence[Publication],
        staged: Sequence[sa.Table],
    ) -> None:
        self._connection = connection
        self._staged = {table.name: one for table, one in zip(tables, staged, strict=True)}
        home = sa.MetaData()
        self._made = {
            table.name: _declared(table, one, *schemas.split(table.name), home)
            for table, one in zip(tables, staged, strict=True)
        }
        # SQLite takes keys with the table only, and looks at them only when it is told.
        self._late = connection.dialect.supports_alter
        if not self._late:
            for table in tables:
                self._add_keys(table)

    def create(self, table: Publication) -> None:
        """Make the table and put its rows into it."""
        made, staged = self._made[table.name], self._staged[table.name]
        with _blaming(faults.rule_broken, table.name):
            made.create(self._connection)
            names = list(table.table.columns)
            self._connection.execute(made.insert().from_select(names, sa.select(*staged.columns)))
        staged.drop(self._connection)

    def check_keys(self, table: Publication) -> None:
        """Declare the foreign keys, or look whether they hold."""
        with _blaming(faults.rule_broken, table.name):
            if self._late:
                for key in self._add_keys(table):
                    self._connection.execute(sa.schema.AddConstraint(key))
                return
            own = self._connection.dialect.identifier_preparer.quote_identifier(self._made[table.name].name)
            broken = self._connection.exec_driver_sql(f"PRAGMA foreign_key_check({own})").first()
        if broken is not None:
            raise faults.rule_broken(table.name, "found by looking")

    def _add_keys(self, table: Publication) -> list[sa.ForeignKeyConstraint]:
        keys = []
        for key in table.table.foreign_keys:
            parent = self._made.get(key.parent)
            if parent is not None:
                theirs = key.parent_columns or tuple(column.name for column in parent.primary_key)
                keys.append(sa.ForeignKeyConstraint(key.columns, [parent.c[name] for name in theirs]))
                self._made[table.name].append_constraint(keys[-1])
        return keys


def _declared(table: Publication, staged: sa.Table, schema: str, name: str, home: sa.MetaData) -> sa.Table:
    columns = [
        sa.Column(column, staged.c[column].type, nullable=declared.nullable, autoincrement=False)
        for column, declared in table.table.columns.items()
    ]
    primary = [sa.PrimaryKeyConstraint(*table.table.primary_key)] if table.table.primary_key else []
    return sa.Table(name, home, *columns, *primary, schema=schema or None)


def _drop_old(connection: sa.Connection, schemas: Schemas, names: set[str], where: str) -> None:
    """Drop the tables to be replaced, after the keys among them."""
    there = read_catalog(connection, schemas)
    others = {n for n, t in there.items() if n not in names for k in t.foreign_keys if k.parent in names}
    going = sorted(names & there.keys())
    if others:
        raise faults.referred(where, going, sorted(others))
    tables = []
    for schema, name in map(schemas.split, going):
        table = sa.Table(
            name, sa.MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False
        )
        for key in table.foreign_key_constraints if connection.dialect.supports_alter else ():
            connection.execute(sa.schema.DropConstraint(key))
        tables.append(table)
    for table in tables:
        table.drop(connection)


@contextmanager
def _blaming(fault: Callable[[str, str], WarehouseError], table: str) -> Iterator[None]:
    """What goes wrong inside is the fault of the rows of this table, unless the database cannot go on."""
    try:
        yield
    except (exc.OperationalError, exc.InternalError):
        raise
    except (exc.StatementError, pa.ArrowException) as error:
        raise fault(table, type(error).__name__) from None


@contextmanager
def _understood(where: str) -> Iterator[None]:
    """Drivers' messages may quote values: tell the place and the class only."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        said = str(error).lower()
        if any(sign in said for sign in ("disk is full", "no space left", "disk i/o error", "disk full")):
            raise faults.full(where) from None
        raise faults.irreplaceable(where, type(error).__name__) from None
