"""What the tables are: what the warehouse declares, with what the user declares on top."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, final

import dagster as dg
from pydantic import Field
from synth_models.data.schema import COLUMN_TYPE_NAMES, KEY, Schema
from synth_models.errors import SchemaError, report_all

from synth_dagster.warehouse.base import WarehouseTable


@final
class TableKey(dg.Resolvable, dg.Model):
    """A foreign key that the database does not declare."""

    column: str = Field(description="The column that holds the key.")
    parent: str = Field(description="The table whose primary key it holds.")


@final
class TableSpec(dg.Resolvable, dg.Model):
    """What is declared of a table on top of what the database says of it."""

    columns: dict[str, str] = Field(
        {}, description="Types of single columns (the others have the type the database gives them)."
    )
    primary_key: str | list[str] | None = Field(None, description="The primary key, if the database has none.")
    foreign_keys: list[TableKey] | None = Field(None, description="All foreign keys, instead of the database's.")
    leave_out: list[str] = Field([], description="Columns that are neither learned nor published.")


def discover(
    there: Mapping[str, WarehouseTable], declared: Mapping[str, TableSpec]
) -> tuple[dict[str, Any], list[str]]:
    """The schema of the synthesis as plain data, and everything that is wrong with it.

    Args:
        there: What the warehouse has.
        declared: The tables of the synthesis, and what is declared of them.

    Returns:
        What ``Schema.from_dict`` takes, for the tables that are there; and a sentence per fault.
    """
    faults: list[str] = []
    tables: dict[str, Any] = {}
    for name, spec in declared.items():
        if name not in there:
            faults.append(
                f"Table '{name}': it is not in the warehouse{_near(name, there)} (there are: "
                f"{', '.join(sorted(there)) or 'none'}). Correct its name, or leave it out of the synthesis."
            )
            continue
        tables[name], found = _table(name, there, declared)
        faults += found
    return {"tables": tables}, faults


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


def _table(
    name: str, there: Mapping[str, WarehouseTable], declared: Mapping[str, TableSpec]
) -> tuple[dict[str, Any], list[str]]:
    table, spec = there[name], declared[name]
    keys, faults = _foreign_keys(name, there, declared)
    primary = _primary_key(table, spec)
    key_columns = {*primary, *(key["column"] for key in keys)}
    named = {
        **dict.fromkeys(spec.columns, "columns"),
        **dict.fromkeys(spec.leave_out, "leave_out"),
        **dict.fromkeys(key_columns, "a key"),
    }
    for column, where in named.items():
        if column not in table.columns:
            faults.append(
                f"Table '{name}': column '{column}' is declared under {where}, but the warehouse does not have it"
                f"{_near(column, table.columns)} (there are: {', '.join(table.columns)})."
            )
        elif column in spec.leave_out and column in key_columns:
            faults.append(f"Table '{name}': column '{column}' is left out, but it is part of a key. Keep it.")
    columns = {}
    for column, found in table.columns.items():
        if column in spec.leave_out:
            continue
        kind = spec.columns.get(column) or (KEY if column in key_columns else found.kind)
        if kind is None:
            faults.append(
                f"Table '{name}': column '{column}' has the type {found.label}, which is not supported. "
                f"Declare it under columns ({', '.join(COLUMN_TYPE_NAMES)}), or under leave_out."
            )
        columns[column] = {"type": kind or "categorical"}
    return {"primary_key": list(primary) or None, "foreign_keys": keys, "columns": columns}, faults


def _primary_key(table: WarehouseTable, spec: TableSpec) -> tuple[str, ...]:
    if spec.primary_key is None:
        return table.primary_key
    return (spec.primary_key,) if isinstance(spec.primary_key, str) else tuple(spec.primary_key)


def _foreign_keys(
    name: str, there: Mapping[str, WarehouseTable], declared: Mapping[str, TableSpec]
) -> tuple[list[dict[str, str]], list[str]]:
    spec = declared[name]
    if spec.foreign_keys is not None:
        return [{"column": key.column, "parent": key.parent} for key in spec.foreign_keys], []
    keys, faults = [], []
    for key in there[name].foreign_keys:
        if set(key.columns) & set(spec.leave_out):
            continue
        where = f"Table '{name}': the foreign key ({', '.join(key.columns)}) to '{key.parent}'"
        if key.parent not in declared:
            faults.append(
                f"{where} leads out of the synthesis. Add that table (under keep, if its rows may be published "
                f"as they are), or leave the key's columns out."
            )
        elif len(key.columns) > 1:
            faults.append(
                f"{where} has several columns, which is not supported yet. Declare the table's foreign_keys "
                f"without it, or leave its columns out."
            )
        elif key.parent in there and key.parent_columns != _primary_key(there[key.parent], declared[key.parent]):
            faults.append(
                f"{where} refers to ({', '.join(key.parent_columns)}), which is not that table's primary key. "
                f"Declare it as the primary_key of '{key.parent}', or the table's foreign_keys without this one."
            )
        else:
            keys.append({"column": key.columns[0], "parent": key.parent})
    return keys, faults
