"""What the tables are: what the warehouse declares, with what the user declares on top."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, final

import dagster as dg
from pydantic import Field

from synth_dagster.warehouse.base import Warehouse, WarehouseKey, WarehouseTable
from synth_models.data.schema import KEY, Column, Schema, column_type_names
from synth_models.errors import SchemaError, report_all


@final
class TableKey(dg.Resolvable, dg.Model):
    """A foreign key that the database does not declare."""

    column: str | list[str] = Field(
        description="The column that holds the key, or the columns in the order of the parent's primary key."
    )
    parent: str = Field(description="The table whose primary key it holds.")


@final
class TableSpec(dg.Resolvable, dg.Model):
    """What is declared of a table on top of what the database says of it."""

    columns: dict[str, str] = Field(
        default={}, description="Types of single columns (the others have the type the database gives them)."
    )
    primary_key: str | list[str] | None = Field(
        default=None, description="The primary key, if the database has none."
    )
    foreign_keys: list[TableKey] | None = Field(
        default=None, description="All foreign keys, instead of the database's."
    )
    leave_out: list[str] = Field(default=[], description="Columns that are neither learned nor published.")


Tables = Sequence[str] | Mapping[str, TableSpec | None]
"""Names or patterns of tables, or what is declared of each."""
_WILD = frozenset("*?[")


def wanted(tables: Tables | None, exclude: Sequence[str], source: Warehouse) -> dict[str, TableSpec]:
    """What is declared of each table, with patterns replaced by the tables they fit.

    Args:
        tables: Names, patterns or declarations; None for all tables of the source.
        exclude: Names and patterns of tables that are left out.
        source: It is read only if there are patterns.
    """
    given = (
        dict(tables) if isinstance(tables, Mapping) else dict.fromkeys(["*"] if tables is None else tables)
    )
    there: list[str] = []
    if any(_WILD & set(name) for name in given):
        with source.process_config_and_initialize().reading() as reader:
            there = list(reader.tables())
    found: dict[str, TableSpec] = {}
    for name, spec in given.items():
        for table in [t for t in there if fnmatchcase(t, name)] if _WILD & set(name) else [name]:
            if table not in found or table == name:  # what is said of a table by name goes before patterns
                found[table] = spec or TableSpec()
    return {t: spec for t, spec in found.items() if not any(fnmatchcase(t, pattern) for pattern in exclude)}


def discover(
    there: Mapping[str, WarehouseTable], declared: Mapping[str, TableSpec]
) -> tuple[dict[str, Any], list[str]]:
    """The tables of the synthesis as plain data, and everything that is wrong with them.

    Args:
        there: What the warehouse has.
        declared: The tables of the synthesis, and what is declared of them.

    Returns:
        Per table what ``Schema.to_dict`` says of one, without what is missing or wrong, so that the rest can
        be read and checked as well; and a sentence per fault.
    """
    faults: list[str] = []
    tables: dict[str, Any] = {}
    for name, spec in declared.items():
        if name in there:
            tables[name] = _table(name, there[name], spec, faults)
        else:
            faults.append(
                f"Table '{name}': it is not in the warehouse{_near(name, there)} (there are: "
                f"{', '.join(sorted(there)) or 'none'}). Correct its name, or leave it out of the synthesis."
            )
    for name, table in tables.items():
        table["foreign_keys"] = _foreign_keys(name, there, declared, tables, faults)
    for name, table in tables.items():
        # The further columns of a composite key are content, such as the day in (store, day).
        keys = {key["column"] for key in table["foreign_keys"] if isinstance(key["column"], str)}
        keys |= {table["primary_key"]} if isinstance(table["primary_key"], str) else set()
        for column in keys - declared[name].columns.keys():
            table["columns"][column] = {"type": KEY}
    try:
        schema_of(tables) if tables else None
    except SchemaError as error:
        faults += faults_of(error)
    return tables, faults


def kept_faults(tables: Mapping[str, Any], keep: Iterable[str]) -> list[str]:
    """A sentence for every key from a kept table to one that is synthesized: it would point nowhere."""
    kept = set(keep)
    return [
        f"Table '{name}': it is kept as it is, but its foreign key '{_name(key['column'])}' points at "
        f"'{key['parent']}', whose rows are made anew. Keep '{key['parent']}' too, or synthesize '{name}'."
        for name, table in tables.items()
        for key in table["foreign_keys"]
        if name in kept and key["parent"] not in kept
    ]


def faults_of(error: Exception) -> list[str]:
    """The single faults of an error that ``report_all`` raised."""
    return re.findall(r"^  \d+\. (.*)$", str(error), re.MULTILINE) or [str(error)]


def schema_of(tables: Mapping[str, Any]) -> Schema:
    """The schema of tables as plain data (name -> what ``Schema.to_dict`` says of a table)."""
    return Schema.from_dict({"tables": dict(tables)})


def check_names(declared: Iterable[str], keep: Iterable[str]) -> None:
    """Raise a ``SchemaError`` naming every kept table that is not one of the tables."""
    names = set(declared)
    faults = [
        f"keep: '{name}' is not among the tables{_near(name, names)} (there are: {', '.join(sorted(names))})."
        for name in keep
        if name not in names
    ]
    if names and names <= set(keep):
        faults.append("keep: every table is kept, so there is nothing to synthesize. Keep fewer.")
    report_all(SchemaError, "The synthesis", faults)


def _near(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _table(name: str, table: WarehouseTable, spec: TableSpec, faults: list[str]) -> dict[str, Any]:
    """Columns and primary key; the foreign keys come when all tables are known."""
    primary = _primary_key(table, spec)
    named = {"columns": spec.columns, "leave_out": spec.leave_out, "primary_key": primary}
    faults += [
        _absent(name, column, where, table)
        for where, columns in named.items()
        for column in columns
        if column not in table.columns
    ]
    faults += [
        f"Table '{name}': column '{column}' is left out but is part of the primary key. Keep it."
        for column in primary
        if column in spec.leave_out
    ]
    columns = {}
    for column in (c for c in table.columns if c not in spec.leave_out):
        natural = table.columns[column].kind or (KEY if column in primary else None)
        kind = Column(spec.columns[column]).type if column in spec.columns else natural
        if kind in column_type_names():
            columns[column] = {"type": kind}
        else:
            faults.append(_unsupported(name, column, kind, table))
    usable = primary if all(column in columns for column in primary) else ()
    return {"primary_key": usable[0] if len(usable) == 1 else list(usable) or None, "columns": columns}


def _unsupported(name: str, column: str, kind: str | None, table: WarehouseTable) -> str:
    what = f"is declared '{kind}'" if kind else f"has the type {table.columns[column].label}"
    return (
        f"Table '{name}': column '{column}' {what}, which is not supported. Declare it under columns as one "
        f"of {', '.join(column_type_names())}, or put it under leave_out."
    )


def _absent(name: str, column: str, where: str, table: WarehouseTable) -> str:
    return (
        f"Table '{name}': column '{column}' is named under {where}, but the warehouse does not have it"
        f"{_near(column, table.columns)} (there are: {', '.join(table.columns)}). Correct the name, or "
        f"drop it."
    )


def _primary_key(table: WarehouseTable, spec: TableSpec) -> tuple[str, ...]:
    return table.primary_key if spec.primary_key is None else _listed(spec.primary_key)


def _name(columns: str | Sequence[str]) -> str:
    return ", ".join(_listed(columns))


def _listed(names: str | Sequence[str] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _foreign_keys(
    name: str,
    there: Mapping[str, WarehouseTable],
    declared: Mapping[str, TableSpec],
    tables: Mapping[str, Any],
    faults: list[str],
) -> list[dict[str, Any]]:
    """Those the user declares, else those of the database; without the ones that cannot be used."""
    spec, own = declared[name], there[name]
    if spec.foreign_keys is None:
        candidates = [key for key in own.foreign_keys if not set(key.columns) & set(spec.leave_out)]
    else:
        candidates = [WarehouseKey(_listed(key.column), key.parent, ()) for key in spec.foreign_keys]
    keys = []
    for key in candidates:
        fault = _key_fault(key, own, declared, tables)
        if fault:
            faults.append(
                f"Table '{name}': the foreign key ({', '.join(key.columns)}) to '{key.parent}' {fault}"
            )
        elif key.parent in tables:
            primary = _listed(tables[key.parent]["primary_key"])
            mine = dict(zip(key.parent_columns or primary, key.columns, strict=True))
            columns = [mine[column] for column in primary]
            keys.append({"column": columns[0] if len(columns) == 1 else columns, "parent": key.parent})
    return keys


def _key_fault(
    key: WarehouseKey, own: WarehouseTable, declared: Mapping[str, TableSpec], tables: Mapping[str, Any]
) -> str | None:
    if key.parent not in declared:
        return (
            "leads out of the synthesis. Add that table (under keep, if its rows may be published as they "
            "are), or leave the key's columns out."
        )
    absent = next((column for column in key.columns if column not in own.columns), None)
    if absent is not None:
        return (
            f"is declared, but the warehouse has no column '{absent}'{_near(absent, own.columns)}. "
            f"Correct its name."
        )
    if key.parent not in tables:
        return None  # the missing table is a fault already
    primary = _listed(tables[key.parent]["primary_key"])
    if len(primary) != len(key.columns):
        many = "one column" if len(key.columns) == 1 else f"{len(key.columns)} columns"
        return (
            f"needs '{key.parent}' to have a primary key of {many}. Declare its primary_key, or drop the key."
        )
    if key.parent_columns and set(key.parent_columns) != set(primary):
        return (
            f"refers to ({', '.join(key.parent_columns)}), which is not that table's primary key. Declare "
            f"it as the primary_key of '{key.parent}', or declare foreign_keys without this one."
        )
    return None
