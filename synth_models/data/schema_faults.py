"""What is wrong with a schema: every inconsistency of every table."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synth_models.data.schema import ForeignKey, Table


def schema_faults(tables: Mapping[str, "Table"], types: Collection[str]) -> list[str]:
    """The faults in words; none if the tables hang together.

    Args:
        tables: Table by name.
        types: The column types there are.
    """
    faults = [] if tables else ["The schema has no table. Declare at least one."]
    for name, table in tables.items():
        faults += _table_faults(name, table, tables, types)
    return faults


def _table_faults(
    name: str, table: "Table", tables: Mapping[str, "Table"], types: Collection[str]
) -> list[str]:
    faults = []
    if not table.columns:
        faults.append(f"Table '{name}': it has no columns. Declare them, or leave the table out.")
    for column, spec in table.columns.items():
        if spec.type not in types:
            faults.append(
                f"Table '{name}': column '{column}' is declared '{spec.type}', which is not supported (there "
                f"are: {', '.join(types)}). Choose one of these, or leave the column out."
            )
    for column in table.key_columns:
        if column not in table.columns:
            faults.append(f"Table '{name}': primary key '{column}' is not among its columns. Add it.")
    return [*faults, *_key_faults(name, table, tables)]


def _key_faults(name: str, table: "Table", tables: Mapping[str, "Table"]) -> list[str]:
    faults = []
    for number, key in enumerate(table.foreign_keys):
        where = f"Table '{name}': foreign key '{key.name}'"
        if key.columns in {earlier.columns for earlier in table.foreign_keys[:number]}:
            faults.append(f"{where} is declared twice. Keep one parent per key.")
        absent = [column for column in key.columns if column not in table.columns]
        if absent:
            what = "is" if len(key.columns) == 1 else f"has '{absent[0]}', which is"
            faults.append(f"{where} {what} not among its columns. Add the column, or drop the key.")
        faults += _parent_faults(where, key, tables)
    return faults


def _parent_faults(where: str, key: "ForeignKey", tables: Mapping[str, "Table"]) -> list[str]:
    parent, here = key.parent, len(key.columns)
    if parent not in tables:
        return [
            f"{where} points at '{parent}', which is not in the schema (there are: "
            f"{', '.join(sorted(tables))}). Add the table, or drop the key."
        ]
    there = len(tables[parent].key_columns)
    if not there:
        return [f"{where} points at '{parent}', which has no primary key. Declare one, or drop the key."]
    if here != there:
        return [
            f"{where} has {here} column{'s' * (here > 1)}, but the primary key of '{parent}' has {there}. "
            f"Name a column for each, in the same order, or drop the key."
        ]
    return []
