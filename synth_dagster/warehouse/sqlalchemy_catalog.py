"""What a database declares, as SQLAlchemy reflects it."""

import re
import warnings
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.exc import CompileError, SAWarning

from synth_dagster.warehouse.base import WarehouseColumn, WarehouseKey, WarehouseTable
from synth_dagster.warehouse.names import Schemas

_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.Boolean, "boolean"),
    (sa.Integer, "integer"),
    (sa.Numeric, "numeric"),
    (sa.Float, "numeric"),
    (sa.DateTime, "datetime"),
    (sa.Date, "date"),
    (sa.Time, "time"),
    (sa.String, "categorical"),
    (sa.Uuid, "categorical"),
)
_STANDARD: dict[str, Callable[..., sa.types.TypeEngine[Any]]] = {
    "SMALLINT": sa.SmallInteger,
    "INTEGER": sa.Integer,
    "BIGINT": sa.BigInteger,
    **dict.fromkeys(("NUMERIC", "DECIMAL"), lambda *digits: sa.Numeric(*digits, asdecimal=False)),
    "REAL": sa.REAL,
    **dict.fromkeys(("DOUBLE", "DOUBLE PRECISION"), sa.Double),
    **dict.fromkeys(("VARCHAR", "CHARACTER VARYING"), lambda *size: sa.String(*size) if size else _text()),
    "TEXT": lambda: _text(),
    "BOOLEAN": sa.Boolean,
    "DATE": sa.Date,
    **dict.fromkeys(("DATETIME", "TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE"), sa.DateTime),
    **dict.fromkeys(("TIME", "TIME WITHOUT TIME ZONE"), sa.Time),
}
_BY_KIND: dict[str, Callable[[], sa.types.TypeEngine[Any]]] = {
    "boolean": sa.Boolean,
    "integer": sa.BigInteger,
    "numeric": sa.Double,
    "date": sa.Date,
    "datetime": sa.DateTime,
    "time": sa.Time,
    "duration": sa.BigInteger,  # few databases have a type for it: microseconds
}


def kind_of(declared: sa.types.TypeEngine[Any]) -> str | None:
    """The column type a type is read as; None for those that are not supported."""
    kind = next((kind for cls, kind in _KINDS if isinstance(declared, cls)), None)
    whole = kind == "numeric" and not isinstance(declared, sa.Float) and getattr(declared, "scale", None) == 0
    return "integer" if whole else kind


def type_of(column: WarehouseColumn, kind: str) -> sa.types.TypeEngine[Any]:
    """The type of a column to publish: its own, if every database has it, or else that of its kind.

    Args:
        column: As its source declares it.
        kind: The kind its values look like.
    """
    found = re.fullmatch(r"([A-Z ]+?)(?:\((\d+)(?:, ?(\d+))?\))?", column.sql.upper())
    if found and found[1] in _STANDARD:
        digits = [int(part) for part in found.groups()[1:] if part]
        takes = ("NUMERIC", "DECIMAL", "VARCHAR", "CHARACTER VARYING")
        return _STANDARD[found[1]](*digits if found[1] in takes else ())
    return _BY_KIND.get(column.kind or kind, _text)()


def read_catalog(connection: sa.Connection, schemas: Schemas) -> dict[str, WarehouseTable]:
    """Every table and view of the schemas."""
    inspector = sa.inspect(connection)
    tables: dict[str, WarehouseTable] = {}
    for schema in schemas.names:
        everything: dict[str, Any] = {
            "schema": schema or None,
            "kind": ObjectKind.ANY,
            "scope": ObjectScope.DEFAULT,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of types nobody knows: they have no kind
            columns = inspector.get_multi_columns(**everything)
            primary = inspector.get_multi_pk_constraint(**everything)
            foreign = inspector.get_multi_foreign_keys(**everything)
        for where, found in columns.items():
            keys = tuple(_key(key, schema, schemas) for key in foreign.get(where) or ())
            tables[schemas.name(schema, where[1])] = WarehouseTable(
                {column["name"]: _column(column, connection.dialect) for column in found},
                tuple((primary.get(where) or {}).get("constrained_columns", ())),
                keys,
            )
    return tables


def _key(key: Any, schema: str, schemas: Schemas) -> WarehouseKey:
    parent = schemas.name(key["referred_schema"] or schema, key["referred_table"])
    return WarehouseKey(tuple(key["constrained_columns"]), parent, tuple(key["referred_columns"]))


def _column(column: Any, dialect: sa.Dialect) -> WarehouseColumn:
    declared = column["type"]
    try:
        sql = declared.compile(dialect)
    except CompileError:
        sql = type(declared).__name__
    return WarehouseColumn(sql, kind_of(declared), bool(column["nullable"]))


def _text() -> sa.types.TypeEngine[Any]:
    """Any text; MySQL has no keys of such."""
    return sa.Text().with_variant(sa.String(255), "mysql", "mariadb")
