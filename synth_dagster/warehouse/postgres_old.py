"""What becomes of tables of PostgreSQL that are replaced: they are dropped, or kept as a version."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, final

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse import faults
from synth_dagster.warehouse.names import Schemas, quoted
from synth_dagster.warehouse.postgres_connection import executed, literal, queried, state_of
from synth_dagster.warehouse.versions import kept_in, next_version, outdated, suffix_of

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

LONGEST = 63
"""Bytes of a name; PostgreSQL cuts longer ones."""

_USERS = """
SELECT DISTINCT format('%s.%s', n.nspname, c.relname) AS name
FROM (
    SELECT r.ev_class AS oid, d.refobjid AS used FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
    UNION ALL
    SELECT conrelid, confrelid FROM pg_constraint WHERE contype = 'f'
) AS needs
JOIN pg_class c ON c.oid = needs.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE needs.used = ANY (ARRAY[{oids}]::oid[]) AND needs.oid <> ALL (ARRAY[{oids}]::oid[])
ORDER BY name
"""
_GRANTS = """
SELECT format('GRANT %s ON TABLE %I.%I TO %s', g.privilege_type, n.nspname, c.relname,
    CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) AS grant
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN aclexplode(c.relacl) AS g
WHERE c.oid = ANY (ARRAY[{oids}]::oid[]) AND g.grantee <> c.relowner
"""
_KEYS_OUT = """
SELECT format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname) AS statement
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conrelid = ANY (ARRAY[{oids}]::oid[])
    AND k.confrelid <> ALL (ARRAY[{oids}]::oid[])
"""
_NO_TABLES = "SELECT FROM pg_class WHERE oid = ANY (ARRAY[{oids}]::oid[]) AND relkind NOT IN ('r', 'p')"
_KEPT = """
SELECT n.nspname::text AS schema, c.relname::text AS table
FROM pg_namespace n
JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
WHERE n.nspname ~ '__v[0-9_]+$'
"""


@final
class OldTables:
    """The tables that are there already, of those that are published.

    Args:
        connection: Its transaction is that of the publication.
        schemas: Those of the tables.
        names: Of the tables that are published.
        where: The database, for errors.
    """

    def __init__(self, connection: "Connection", schemas: Schemas, names: Sequence[str], where: str) -> None:
        self._connection, self._schemas, self._where = connection, schemas, where
        self._names = set(names)
        there = {name: _oid_of(connection, _path(schemas, name)) for name in names}
        self._there = {name: oid for name, oid in there.items() if oid is not None}
        self.grants: list[str] = []
        """The statements that grant the rights on them on those that take their places."""
        if self._there:
            self.grants = [row["grant"] for row in queried(connection, _GRANTS.format(oids=self._oids))]

    def give_way(self, keep: int) -> None:
        """Drop them, or keep them as a version; and drop the versions that are too many then.

        Raises:
            WarehouseError: If something of somebody else's refers to them.
        """
        kept = versions_in(self._connection, self._schemas)
        if self._there and keep:
            version = next_version(kept)
            self._move(self._schemas.at(suffix_of(version)))
            kept[version] = set(self._there)
        elif self._there:
            self._drop(self._schemas, self._there)
        for version in outdated(kept, self._names, keep):
            schemas = self._schemas.at(suffix_of(version))
            self._drop(schemas, kept[version])
            for schema in sorted({schemas.split(name)[0] for name in kept[version]}):
                self._dropped(f"DROP SCHEMA {quoted(schema)}", [schema], [])

    def _move(self, schemas: Schemas) -> None:
        """Keys among them go along; those that lead out would keep other tables from being replaced."""
        users = self._users_of(self._oids)
        if users:
            raise self._referred(sorted(self._there), users)
        if queried(self._connection, _NO_TABLES.format(oids=self._oids)):
            raise faults.irreplaceable(self._where, "a name is that of something else than a table")
        out = queried(self._connection, _KEYS_OUT.format(oids=self._oids))
        executed(self._connection, *(row["statement"] for row in out))
        for schema in sorted({schemas.split(name)[0] for name in self._there}):
            if len(schema.encode()) > LONGEST:
                raise WarehouseError(
                    f"In the warehouse '{self._where}' no versions can be kept: the schema '{schema}' would "
                    f"have a name of more than {LONGEST} bytes. Use a schema with a shorter name, or keep: 0."
                )
            make_schema(self._connection, schema)
        for name in self._there:
            target = quoted(schemas.split(name)[0])
            executed(self._connection, f"ALTER TABLE {_path(self._schemas, name)} SET SCHEMA {target}")

    def _drop(self, schemas: Schemas, names: Collection[str]) -> None:
        paths = [_path(schemas, name) for name in sorted(names)]
        self._dropped(f"DROP TABLE {', '.join(paths)}", paths, paths)

    def _dropped(self, statement: str, what: list[str], paths: list[str]) -> None:
        oids = [_oid_of(self._connection, path) for path in paths]
        try:
            executed(self._connection, statement)
        except Exception as error:
            if state_of(error) != "2BP01":
                raise
            self._connection.rollback()
            raise self._referred(what, self._users_of(", ".join(map(str, oids)))) from None

    def _users_of(self, oids: str) -> list[str]:
        return [str(row["name"]) for row in queried(self._connection, _USERS.format(oids=oids))]

    def _referred(self, what: list[str], users: list[str]) -> WarehouseError:
        return faults.referred(self._where, what, users)

    @property
    def _oids(self) -> str:
        return ", ".join(str(oid) for oid in self._there.values())


def versions_in(connection: "Connection", schemas: Schemas) -> dict[str, set[str]]:
    """The tables of every version that is kept."""
    return kept_in(schemas, [(row["schema"], row["table"]) for row in queried(connection, _KEPT)])


def make_schema(connection: "Connection", schema: str) -> None:
    """Make the schema if it is not there."""
    # IF NOT EXISTS asks for the right to make it even if it is there.
    if not queried(connection, f"SELECT FROM pg_namespace WHERE nspname = {literal(schema)}"):
        executed(connection, f"CREATE SCHEMA {quoted(schema)}")


def _path(schemas: Schemas, name: str) -> str:
    return ".".join(quoted(part) for part in schemas.split(name))


def _oid_of(connection: "Connection", path: str) -> int | None:
    return queried(connection, f"SELECT to_regclass({literal(path)})::oid::bigint AS oid")[0]["oid"]
