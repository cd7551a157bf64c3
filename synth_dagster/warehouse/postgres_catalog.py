"""What PostgreSQL schemas declare: tables, columns, types, primary and foreign keys."""

import re
from typing import TYPE_CHECKING

import pyarrow as pa

from synth_dagster.warehouse.base import WarehouseColumn, WarehouseKey, WarehouseTable
from synth_dagster.warehouse.names import Schemas, quoted
from synth_dagster.warehouse.postgres_connection import literal, queried

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

_KINDS = {
    "boolean": "boolean",
    **dict.fromkeys(("smallint", "integer", "bigint"), "integer"),
    **dict.fromkeys(("real", "double precision", "numeric"), "numeric"),
    "date": "date",
    **dict.fromkeys(("timestamp without time zone", "timestamp with time zone"), "datetime"),
    **dict.fromkeys(("time without time zone", "time with time zone"), "time"),
    "interval": "duration",
    **dict.fromkeys(("text", "character varying", "character", '"char"', "name"), "categorical"),
    **dict.fromkeys(("uuid", "json", "jsonb", "inet", "cidr", "macaddr"), "categorical"),
}
_TYPES = {
    "boolean": "boolean",
    "integer": "bigint",
    "numeric": "double precision",
    "date": "date",
    "datetime": "timestamp without time zone",
    "time": "time without time zone",
    "duration": "interval",
}
_WIRE: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "time without time zone": pa.time64("us"),
    "interval": pa.duration("us"),
    **dict.fromkeys(("text", "character varying", "character", "json"), pa.string()),
}
_WIDEST_INTEGER = 18  # digits that always fit into 64 bits

_COLUMNS = """
WITH RECURSIVE base AS (
    SELECT oid AS domain, typbasetype AS oid, typtypmod FROM pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT base.domain, t.typbasetype, t.typtypmod FROM base JOIN pg_type t ON t.oid = base.oid
    WHERE t.typtype = 'd'
)
SELECT n.nspname::text AS schema, c.relname::text AS table, c.oid::bigint AS oid, a.attname::text AS column,
    format_type(t.oid, coalesce(base.typtypmod, a.atttypmod)) AS sql, t.typtype = 'e' AS enum,
    NOT a.attnotnull AS nullable
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN base ON base.domain = a.atttypid
    AND NOT EXISTS (SELECT FROM pg_type d WHERE d.oid = base.oid AND d.typtype = 'd')
JOIN pg_type t ON t.oid = coalesce(base.oid, a.atttypid)
WHERE n.nspname IN ({schemas}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
ORDER BY n.nspname, c.relname, a.attnum
"""
_KEYS = """
SELECT n.nspname::text AS schema, c.relname::text AS table, k.contype::text AS type,
    fn.nspname::text AS parent_schema, f.relname::text AS parent,
    (SELECT array_agg(a.attname::text ORDER BY u.place)
        FROM unnest(k.conkey) WITH ORDINALITY u (number, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number) AS columns,
    (SELECT array_agg(a.attname::text ORDER BY u.place)
        FROM unnest(k.confkey) WITH ORDINALITY u (number, place)
        JOIN pg_attribute a ON a.attrelid = f.oid AND a.attnum = u.number) AS parent_columns
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE n.nspname IN ({schemas}) AND k.contype IN ('p', 'f') AND NOT c.relispartition
ORDER BY k.oid
"""


def kind_of(sql: str) -> str | None:
    """The column type a PostgreSQL type is read as; None for those that are not supported."""
    decimal = re.fullmatch(r"numeric\((\d+),\s*(-?\d+)\)", sql)
    if decimal:
        whole = int(decimal[2]) <= 0 and int(decimal[1]) - int(decimal[2]) <= _WIDEST_INTEGER
        return "integer" if whole else "numeric"
    if re.fullmatch(r"interval( (year|month|day|hour|minute|second|to)+)*(\(\d+\))?", sql):
        return "duration"
    return _KINDS.get(_base(sql))


def type_of(column: WarehouseColumn, kind: str) -> str:
    """The PostgreSQL type of a column to publish: its own, or if that is another's, that of its kind.

    Args:
        column: As its source declares it.
        kind: The kind its values look like.
    """
    own = column.sql.lower()
    return own if kind_of(own) is not None else _TYPES.get(column.kind or kind, "text")


def wire_type(sql: str) -> pa.DataType | None:
    """The Arrow type whose values a column of this type takes as they are; None: convert them."""
    return _WIRE.get("interval" if sql.startswith("interval") else _base(sql))


def loading_type(kind: str) -> str:
    """The type of a column that takes values of this kind before they are converted."""
    return _TYPES.get(kind, "text")


def read_catalog(
    connection: "Connection", schemas: Schemas
) -> tuple[dict[str, WarehouseTable], dict[str, int]]:
    """Every table and view of the schemas, and its object identifier."""
    wanted = ", ".join(literal(name) for name in schemas.names)
    columns: dict[str, dict[str, WarehouseColumn]] = {}
    oids: dict[str, int] = {}
    for row in queried(connection, _COLUMNS.format(schemas=wanted)):
        name = schemas.name(row["schema"], row["table"])
        kind = "categorical" if row["enum"] else kind_of(row["sql"])
        columns.setdefault(name, {})[row["column"]] = WarehouseColumn(row["sql"], kind, row["nullable"])
        oids[name] = row["oid"]
    primary: dict[str, tuple[str, ...]] = {}
    foreign: dict[str, list[WarehouseKey]] = {}
    for row in queried(connection, _KEYS.format(schemas=wanted)):
        name, own = schemas.name(row["schema"], row["table"]), tuple(row["columns"])
        if row["type"] == "p":
            primary[name] = own
        else:
            parent = schemas.name(row["parent_schema"], row["parent"])
            foreign.setdefault(name, []).append(WarehouseKey(own, parent, tuple(row["parent_columns"])))
    tables = {
        name: WarehouseTable(found, primary.get(name, ()), tuple(foreign.get(name, ())))
        for name, found in columns.items()
    }
    return tables, oids


def oid_of(connection: "Connection", schema: str, table: str) -> int | None:
    """The object identifier of a table at this moment, whatever the transaction sees; None if it is gone."""
    path = literal(".".join(quoted(name) for name in (schema, table)))
    return queried(connection, f"SELECT to_regclass({path})::oid::bigint AS oid")[0]["oid"]


def _base(sql: str) -> str:
    """A type without its arguments: ``timestamp(3) with time zone`` is a ``timestamp with time zone``."""
    return re.sub(r"\(\d+\)", "", sql, count=1)
