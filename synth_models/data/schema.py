"""What the tables are: columns, types and keys. A schema that exists is consistent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, final

from synth_models.columns import COLUMN_TYPES
from synth_models.errors import SchemaError, report_all

KEY = "key"
"""The type of a column that only identifies rows (primary and foreign keys)."""

_KEY_SPELLINGS = ("id", "primary_key", "foreign_key")


def column_type_names() -> tuple[str, ...]:
    """The column types there are."""
    return (*COLUMN_TYPES.names(), KEY)


def _frozen(mapping: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return MappingProxyType(dict(mapping or {}))


@final
@dataclass(frozen=True)
class Column:
    """A column: its type, and options its codec understands.

    Args:
        type: One of ``column_type_names()`` (common spellings such as ``id`` and ``float`` are understood).
        options: Keyword arguments for the codec of that type.
    """

    type: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = str(self.type).lower()
        canonical = KEY if name in _KEY_SPELLINGS else COLUMN_TYPES.canonical(name)
        object.__setattr__(self, "type", canonical)
        object.__setattr__(self, "options", _frozen(self.options))


@final
@dataclass(frozen=True)
class ForeignKey:
    """A column whose values are primary keys of another table, or missing."""

    column: str
    parent: str


@final
@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        columns: Every column in order, keys included: a ``Column`` or just the name of its type.
        primary_key: The column, or the columns, that identify a row; None for a table without one.
        foreign_keys: The keys to other tables: ``ForeignKey``, or a mapping column -> parent table.

    Example:
        >>> orders = Table({"id": "key", "user": "key", "total": "numeric"}, "id", {"user": "users"})
        >>> orders.features
        ('total',)
    """

    columns: Mapping[str, Column]
    primary_key: str | tuple[str, ...] | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()

    def __init__(
        self,
        columns: Mapping[str, Column | str],
        primary_key: str | Iterable[str] | None = None,
        foreign_keys: Iterable[ForeignKey] | Mapping[str, str] = (),
    ) -> None:
        made = {
            name: column if isinstance(column, Column) else Column(column) for name, column in columns.items()
        }
        if primary_key is not None and not isinstance(primary_key, str):
            parts = tuple(primary_key)
            primary_key = parts[0] if len(parts) == 1 else parts or None
        if isinstance(foreign_keys, Mapping):
            foreign_keys = [ForeignKey(str(column), parent) for column, parent in foreign_keys.items()]
        object.__setattr__(self, "columns", _frozen(made))
        object.__setattr__(self, "primary_key", primary_key)
        object.__setattr__(self, "foreign_keys", tuple(foreign_keys))

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the primary key (none, one or several)."""
        if self.primary_key is None:
            return ()
        return (self.primary_key,) if isinstance(self.primary_key, str) else self.primary_key

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that carry content: everything but keys."""
        linked = {key.column for key in self.foreign_keys}
        return tuple(
            name for name, column in self.columns.items() if column.type != KEY and name not in linked
        )

    @property
    def surrogate(self) -> str | None:
        """The single primary key column that is neither a foreign key nor content: new in a sample."""
        if isinstance(self.primary_key, str) and self.primary_key not in {
            k.column for k in self.foreign_keys
        }:
            return self.primary_key
        return None


@final
@dataclass(frozen=True)
class Schema:
    """The tables of a database and how they hang together.

    Args:
        tables: Table by name.

    Raises:
        SchemaError: With every inconsistency of every table.

    Example:
        >>> schema = Schema({
        ...     "users": Table({"id": "key", "age": "integer"}, "id"),
        ...     "orders": Table({"id": "key", "user": "key", "total": "numeric"}, "id", {"user": "users"}),
        ... })
        >>> [key.column for key in schema.tables["orders"].foreign_keys]
        ['user']
    """

    tables: Mapping[str, Table]

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", _frozen(self.tables))
        faults = [] if self.tables else ["The schema has no table. Declare at least one."]
        for name, table in self.tables.items():
            faults += _table_faults(name, table, self.tables)
        report_all(SchemaError, "The schema is inconsistent", faults)

    def children(self, parent: str) -> list[tuple[str, ForeignKey]]:
        """Every key that points at ``parent``, as (child table, key)."""
        return [(n, key) for n, t in self.tables.items() for key in t.foreign_keys if key.parent == parent]

    def select(self, names: Iterable[str]) -> "Schema":
        """The same schema with these tables only; keys to the others are dropped with their columns."""
        chosen = set(names)
        tables = {}
        for name, table in self.tables.items():
            if name in chosen:
                kept = [key for key in table.foreign_keys if key.parent in chosen]
                gone = {key.column for key in table.foreign_keys if key.parent not in chosen}
                columns = {c: column for c, column in table.columns.items() if c not in gone}
                primary = tuple(c for c in table.key_columns if c not in gone)
                tables[name] = Table(columns, primary, kept)
        return Schema(tables)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON or YAML; ``from_dict`` is its inverse."""
        return {
            "tables": {
                name: {
                    "primary_key": list(table.primary_key)
                    if isinstance(table.primary_key, tuple)
                    else table.primary_key,
                    "foreign_keys": [{"column": k.column, "parent": k.parent} for k in table.foreign_keys],
                    "columns": {
                        c: {"type": col.type, **dict(col.options)} for c, col in table.columns.items()
                    },
                }
                for name, table in self.tables.items()
            }
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Schema":
        """A schema from plain data.

        Args:
            raw: ``{"tables": {name: {"primary_key": ..., "foreign_keys": [{"column", "parent"}, ...],
                "columns": {name: type | {"type": ..., option: value}}}}}``. Entries that describe files
                or statistics (``file``, ``rows``, ``nulls``, ``unit`` and the like) are passed over.

        Raises:
            SchemaError: If the shape is not the one above, or the schema is inconsistent.
        """
        tables = raw.get("tables") if isinstance(raw, Mapping) else None
        if not isinstance(tables, Mapping):
            raise SchemaError("The schema has no 'tables' mapping. See the README for the form it takes.")
        return cls({str(name): _table_from(str(name), spec) for name, spec in tables.items()})


def _column_from(spec: Any) -> Column:
    if isinstance(spec, Mapping):
        column = Column(spec.get("type", "categorical"))
        known = COLUMN_TYPES.get(column.type).options if column.type in COLUMN_TYPES.names() else ()
        return Column(column.type, {name: spec[name] for name in known if name in spec})
    return Column(spec)


def _table_from(name: str, spec: Any) -> Table:
    if not isinstance(spec, Mapping) or not isinstance(spec.get("columns"), Mapping):
        raise SchemaError(f"Table '{name}': no 'columns' mapping. List every column with its type.")
    faults, keys = [], []
    for entry in spec.get("foreign_keys") or ():
        column, parent = (
            (entry.get("column"), entry.get("parent")) if isinstance(entry, Mapping) else (None, None)
        )
        if isinstance(column, list) and len(column) == 1:
            column = column[0]
        if not isinstance(column, str) or not isinstance(parent, str):
            faults.append(
                f"Table '{name}': a foreign key is not a mapping of one 'column' to a 'parent' table "
                f"(composite foreign keys are not supported yet)."
            )
        else:
            keys.append(ForeignKey(column, parent))
    report_all(SchemaError, f"Table '{name}'", faults)
    columns = {str(c): _column_from(s) for c, s in spec["columns"].items()}
    primary = spec.get("primary_key")
    for column in [primary] if isinstance(primary, str) else []:
        columns.setdefault(column, Column(KEY))
    return Table(columns, primary, keys)


def _table_faults(name: str, table: Table, tables: Mapping[str, Table]) -> list[str]:
    faults = []
    if not table.columns:
        faults.append(f"Table '{name}': it has no columns. Declare them, or leave the table out.")
    for column, spec in table.columns.items():
        if spec.type not in column_type_names():
            faults.append(
                f"Table '{name}': column '{column}' is declared '{spec.type}', which is not supported (there "
                f"are: {', '.join(column_type_names())}). Choose one of these, or leave the column out."
            )
    for column in table.key_columns:
        if column not in table.columns:
            faults.append(f"Table '{name}': primary key '{column}' is not among its columns. Add it.")
    return [*faults, *_key_faults(name, table, tables)]


def _key_faults(name: str, table: Table, tables: Mapping[str, Table]) -> list[str]:
    faults = []
    for number, key in enumerate(table.foreign_keys):
        where = f"Table '{name}': foreign key '{key.column}'"
        if key.column in {earlier.column for earlier in table.foreign_keys[:number]}:
            faults.append(f"{where} is declared twice. Keep one parent per column.")
        if key.column not in table.columns:
            faults.append(f"{where} is not among its columns. Add the column, or drop the key.")
        faults += _parent_faults(where, key.parent, tables)
    return faults


def _parent_faults(where: str, parent: str, tables: Mapping[str, Table]) -> list[str]:
    if parent not in tables:
        return [
            f"{where} points at '{parent}', which is not in the schema (there are: "
            f"{', '.join(sorted(tables))}). Add the table, or drop the key."
        ]
    if not isinstance(tables[parent].primary_key, str):
        return [
            f"{where} points at '{parent}', which has no primary key of one column. Declare one, or drop "
            f"the key."
        ]
    return []
