"""What the tables are: columns, types and keys. A schema that exists is consistent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast, final

from synth_models.columns import COLUMN_TYPES
from synth_models.data.schema_faults import schema_faults
from synth_models.errors import SchemaError, report_all

if TYPE_CHECKING:
    import pandas as pd

KEY = "key"
"""The type of a column that only identifies rows (primary and foreign keys)."""

_KEY_SPELLINGS = ("id", "primary_key", "foreign_key")
_KEY_OPTIONS = ("public",)


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
        options: Keyword arguments for the codec of that type. A key has one: ``public``, whether its real
            values are no secret (codes of countries) and may come out again.
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
    """Columns whose values are a primary key of a table (maybe the same one), or missing.

    Args:
        columns: The column, or the columns in the order of the parent's primary key. The key of a row is
            missing if one of them is.
        parent: The table it points at.
        implied: Whether it is no key of the data, but one that follows from theirs
            (``synth_models.graph.implied``).
        usual: Whether that one is only whom rows usually tell, and missing where none comes twice.

    Example:
        >>> ForeignKey("user", "users").name, ForeignKey(["order", "line"], "lines").name
        ('user', 'order, line')
    """

    columns: tuple[str, ...]
    parent: str
    implied: bool
    usual: bool

    def __init__(
        self, columns: str | Iterable[str], parent: str, *, implied: bool = False, usual: bool = False
    ) -> None:
        object.__setattr__(self, "columns", (columns,) if isinstance(columns, str) else tuple(columns))
        object.__setattr__(self, "parent", parent)
        object.__setattr__(self, "implied", implied)
        object.__setattr__(self, "usual", usual)

    @property
    def name(self) -> str:
        """What the key is called among the keys of its table: its columns."""
        return ", ".join(self.columns)


@final
@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        columns: Every column in order, keys included: a ``Column`` or just the name of its type.
        primary_key: The column, or the columns, that identify a row; None for a table without one.
        foreign_keys: ``ForeignKey``, or a mapping column (or tuple of columns) -> parent table. Keys may
            share columns.

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
        foreign_keys: Iterable[ForeignKey] | Mapping[str, str] | Mapping[tuple[str, ...], str] = (),
    ) -> None:
        made = {
            name: column if isinstance(column, Column) else Column(column) for name, column in columns.items()
        }
        if primary_key is not None and not isinstance(primary_key, str):
            parts = tuple(primary_key)
            primary_key = parts[0] if len(parts) == 1 else parts or None
        keys: tuple[ForeignKey, ...]
        if isinstance(foreign_keys, Mapping):
            pairs = cast("Mapping[str | tuple[str, ...], str]", foreign_keys)
            keys = tuple(ForeignKey(columns, parent) for columns, parent in pairs.items())
        else:
            keys = tuple(foreign_keys)
        object.__setattr__(self, "columns", _frozen(made))
        object.__setattr__(self, "primary_key", primary_key)
        object.__setattr__(self, "foreign_keys", keys)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the primary key (none, one or several)."""
        if self.primary_key is None:
            return ()
        return (self.primary_key,) if isinstance(self.primary_key, str) else self.primary_key

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that carry content: everything but keys."""
        return tuple(
            name for name, column in self.columns.items() if column.type != KEY and name not in self.linked
        )

    @property
    def linked(self) -> frozenset[str]:
        """The columns of foreign keys."""
        return frozenset(column for key in self.foreign_keys for column in key.columns)

    @property
    def surrogate(self) -> str | None:
        """The single primary key column that is neither a foreign key nor content: new in a sample."""
        primary = self.primary_key
        return primary if isinstance(primary, str) and primary not in self.linked else None


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
        >>> [key.name for key in schema.tables["orders"].foreign_keys]
        ['user']
    """

    tables: Mapping[str, Table]

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", _frozen(self.tables))
        faults = schema_faults(self.tables, column_type_names())
        report_all(SchemaError, "The schema is inconsistent", faults)

    def children(self, parent: str) -> list[tuple[str, ForeignKey]]:
        """Every key that points at ``parent``, as (child table, key)."""
        return [(n, key) for n, t in self.tables.items() for key in t.foreign_keys if key.parent == parent]

    def with_key(self, table: str, key: ForeignKey) -> "Schema":
        """The same schema with one more key of a table, and its columns."""
        old = self.tables[table]
        columns = {**old.columns, **dict.fromkeys(key.columns, Column(KEY))}
        return Schema({**self.tables, table: Table(columns, old.primary_key, (*old.foreign_keys, key))})

    def declared(self) -> "Schema":
        """The same schema without implied keys."""
        tables = dict(self.tables)
        for name, table in tables.items():
            gone = {column for key in table.foreign_keys if key.implied for column in key.columns}
            if gone:
                columns = {c: column for c, column in table.columns.items() if c not in gone}
                keys = [key for key in table.foreign_keys if not key.implied]
                tables[name] = Table(columns, table.primary_key, keys)
        return Schema(tables)

    def select(self, names: Iterable[str]) -> "Schema":
        """The same schema with these tables only.

        Keys to the others are dropped, and so are their columns, save those of a primary key.
        """
        chosen = set(names)
        tables = {}
        for name, table in self.tables.items():
            if name in chosen:
                kept = [key for key in table.foreign_keys if key.parent in chosen]
                used = {column for key in kept for column in key.columns} | set(table.key_columns)
                gone = table.linked - used
                columns = {c: column for c, column in table.columns.items() if c not in gone}
                tables[name] = Table(columns, table.primary_key, kept)
        return Schema(tables)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON or YAML; ``from_dict`` is its inverse."""
        return {
            "tables": {
                name: {
                    "primary_key": _one_or_all(table.key_columns),
                    "foreign_keys": [
                        {"column": _one_or_all(key.columns), "parent": key.parent}
                        for key in table.foreign_keys
                    ],
                    "columns": {
                        c: {"type": col.type, **dict(col.options)} for c, col in table.columns.items()
                    },
                }
                for name, table in self.tables.items()
            }
        }

    @classmethod
    def infer(
        cls,
        frames: Mapping[str, "pd.DataFrame"],
        keys: Mapping[str, Mapping[str, Any]] | None = None,
        types: Mapping[str, Mapping[str, Column | str]] | None = None,
    ) -> "Schema":
        """A schema that fits data that come without one; see ``synth_models.data.infer``.

        Args:
            frames: A data frame per table.
            keys: What is known of the keys, by table: ``primary_key`` and ``foreign_keys`` as ``Table`` takes
                them. What is not said is guessed from names and values.
            types: What is known of the types, by table and column.

        Raises:
            DataError: If there is no table, or one has no rows, no columns or ambiguous names of columns.
            SchemaError: If ``keys`` or ``types`` name what is not there, or contradict each other.

        Example:
            >>> from synth_models.testing import shop
            >>> Schema.infer(dict(shop())).tables["items"].primary_key
            'id'
        """
        from synth_models.data.infer import infer

        return infer(frames, keys, types).schema

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Schema":
        """A schema from plain data.

        Args:
            raw: ``{"tables": {name: {"primary_key": ..., "foreign_keys": [{"column", "parent"}, ...],
                "columns": {name: type | {"type": ..., option: value}}}}}``; a key of several columns lists
                them under ``column``. Entries that describe files
                or statistics (``file``, ``rows``, ``nulls``, ``unit`` and the like) are passed over.

        Raises:
            SchemaError: If the shape is not the one above, or the schema is inconsistent.
        """
        tables = raw.get("tables") if isinstance(raw, Mapping) else None
        if not isinstance(tables, Mapping):
            raise SchemaError("The schema has no 'tables' mapping. See the README for the form it takes.")
        return cls({str(name): _table_from(str(name), spec) for name, spec in tables.items()})


def _one_or_all(columns: tuple[str, ...]) -> str | list[str] | None:
    return (columns[0] if len(columns) == 1 else list(columns)) if columns else None


def _column_from(spec: Any) -> Column:
    if isinstance(spec, Mapping):
        column = Column(spec.get("type", "categorical"))
        known = _KEY_OPTIONS if column.type == KEY else ()
        if column.type in COLUMN_TYPES.names():
            known = COLUMN_TYPES.get(column.type).options
        return Column(column.type, {name: spec[name] for name in known if name in spec})
    return Column(spec)


def _table_from(name: str, spec: Any) -> Table:
    if not isinstance(spec, Mapping) or not isinstance(spec.get("columns"), Mapping):
        raise SchemaError(f"Table '{name}': no 'columns' mapping. List every column with its type.")
    faults, keys = [], []
    for entry in spec.get("foreign_keys") or ():
        found = entry if isinstance(entry, Mapping) else {}
        columns, parent = found.get("column", found.get("columns")), found.get("parent")
        columns = [columns] if isinstance(columns, str) else columns
        if (
            not isinstance(columns, list)
            or not all(isinstance(column, str) for column in columns)
            or not columns
            or not isinstance(parent, str)
        ):
            faults.append(
                f"Table '{name}': a foreign key is not a mapping of a 'column' (or a list of them) to a "
                f"'parent' table. Write it as column: user, parent: users."
            )
        else:
            keys.append(ForeignKey(columns, parent))
    report_all(SchemaError, f"Table '{name}'", faults)
    columns = {str(c): _column_from(s) for c, s in spec["columns"].items()}
    primary = spec.get("primary_key")
    for column in [primary] if isinstance(primary, str) else []:
        columns.setdefault(column, Column(KEY))
    return Table(columns, primary, keys)
