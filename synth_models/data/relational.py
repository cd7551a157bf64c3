"""Rows and their schema together: what exists has been checked."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns import COLUMN_TYPES
from synth_models.data.keys import ORPHAN, find_rows, repeats
from synth_models.data.schema import ForeignKey, Schema, Table
from synth_models.errors import DataError, SchemaError, report_all


@final
class RelationalData(Mapping[str, pd.DataFrame]):
    """The rows of every table of a schema.

    Args:
        frames: A data frame per table. Columns the schema does not name are left out.
        schema: What the tables are.
        allow_empty: Whether tables without rows are accepted (they cannot be trained on).

    Raises:
        DataError: With every fault of every table: missing tables and columns, wrong types, infinities,
            missing or repeated primary keys, orphaned foreign keys, tables without rows.

    Example:
        >>> schema = Schema({"users": Table({"id": "key", "age": "integer"}, "id")})
        >>> data = RelationalData({"users": pd.DataFrame({"id": [7, 8], "age": [31, 46]})}, schema)
        >>> len(data["users"])
        2
    """

    def __init__(
        self, frames: Mapping[str, pd.DataFrame], schema: Schema, *, allow_empty: bool = False
    ) -> None:
        faults: list[str] = []
        self.schema = schema
        self._frames: dict[str, pd.DataFrame] = {}
        for name, table in schema.tables.items():
            if name not in frames:
                faults.append(
                    f"Table '{name}': no data frame was given (got {sorted(map(str, frames))}). Add it."
                )
                continue
            faults += _frame_faults(name, frames[name], table, allow_empty)
            present = [c for c in table.columns if c in frames[name].columns]
            self._frames[name] = frames[name][present].reset_index(drop=True)
        self.links: dict[tuple[str, str], np.ndarray] = {}
        """For every (table, name of a foreign key): the parent's row, -1 where it is missing; (rows,)."""
        for name, table in schema.tables.items():
            for key in table.foreign_keys:
                faults += self._follow(name, key)
        report_all(DataError, "The data do not fit the schema", faults)

    def _follow(self, name: str, key: ForeignKey) -> list[str]:
        """Fill in the links of a key; the fault of those that lead nowhere."""
        child, parent = self._frames.get(name), self._frames.get(key.parent)
        primary = self.schema.tables[key.parent].key_columns
        if (
            child is None
            or parent is None
            or not set(key.columns) <= set(child.columns)
            or not set(primary) <= set(parent.columns)
            or child.columns.has_duplicates
            or parent.columns.has_duplicates
        ):
            return []  # reported already
        link = find_rows([child[c] for c in key.columns], [parent[c] for c in primary])
        self.links[name, key.name] = link
        orphans = int((link == ORPHAN).sum())
        if not orphans:
            return []
        shown = f"'{primary[0]}'" if len(primary) == 1 else f"({', '.join(map(repr, primary))})"
        return [
            f"Table '{name}': {orphans} of {len(child)} rows have a '{key.name}' that is not a {shown} of "
            f"'{key.parent}'. Add the missing rows, set these keys to missing, or drop the rows."
        ]

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self._frames[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __repr__(self) -> str:
        return f"RelationalData({', '.join(f'{name}: {len(frame)} rows' for name, frame in self.items())})"

    @cached_property
    def n_rows(self) -> dict[str, int]:
        """Rows by table."""
        return {name: len(frame) for name, frame in self.items()}

    @classmethod
    def from_dir(cls, folder: str | Path, schema: Schema | None = None) -> "RelationalData":
        """Read a folder with ``schema.json`` and one CSV (``.csv``, ``.csv.gz``) or Parquet file per table.

        Raises:
            DataError: If the folder, the schema file or a table's file is missing or cannot be read.
        """
        from synth_models.data.folder import read_folder

        frames, schema = read_folder(Path(folder), schema)
        return cls(frames, schema)

    def to_dir(self, folder: str | Path, *, format: str = "csv") -> None:
        """Write ``schema.json`` and one file per table; ``format`` is ``csv`` or ``parquet``."""
        from synth_models.data.folder import write_folder

        write_folder(self, Path(folder), format)

    def split(
        self, ratio: float = 0.8, *, seed: int = 0, by_key: bool = False
    ) -> tuple["RelationalData", "RelationalData"]:
        """Two parts by whole families, keys intact; see ``synth_models.data.split``."""
        from synth_models.data.split import split_families

        return split_families(self, ratio, seed, by_key=by_key)

    def with_key(self, table: str, key: ForeignKey, link: np.ndarray) -> "RelationalData":
        """The same data with one more key of a table, in columns of its own; nothing else is copied.

        Args:
            table: Whose rows get it.
            key: The key; none of its columns is there.
            link: The parents' rows, -1 for none. Shapes: (rows,)
        """
        primary = self.schema.tables[key.parent].key_columns
        above = self[key.parent]
        labels = np.where(link >= 0, link, len(above))  # no row has that label: the value is missing
        values = {c: above[p].reindex(labels).array for c, p in zip(key.columns, primary, strict=True)}
        made = object.__new__(RelationalData)
        made.schema = self.schema.with_key(table, key)
        made._frames = {**self._frames, table: self[table].assign(**values)}
        made.links = {**self.links, (table, key.name): link}
        return made

    def take(self, rows: Mapping[str, np.ndarray]) -> "RelationalData":
        """The data with only these row positions (or this boolean mask) of the tables named."""
        frames = {n: f.iloc[_positions(rows[n])] if n in rows else f for n, f in self.items()}
        return RelationalData(frames, self.schema, allow_empty=True)


def _positions(rows: np.ndarray) -> np.ndarray:
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def _frame_faults(name: str, frame: pd.DataFrame, table: Table, allow_empty: bool) -> list[str]:
    missing = [column for column in table.columns if column not in frame.columns]
    faults = [
        f"Table '{name}': column '{column}' is in the schema but not in the data. Add it, or leave it out of "
        f"the schema."
        for column in missing
    ]
    twice = set(frame.columns[frame.columns.duplicated()]) & set(table.columns)
    if twice:
        named = ", ".join(f"'{column}'" for column in sorted(twice))
        return [
            *faults,
            f"Table '{name}': the data have the column {named} more than once. Rename the repeats.",
        ]
    if not len(frame):
        if not allow_empty:
            faults.append(
                f"Table '{name}': it has no rows, so nothing can be learned. Fill it, or leave it out."
            )
        return faults
    if not set(table.key_columns) & set(missing):
        faults += _key_faults(name, frame, list(table.key_columns))
    for column in table.features:
        if column not in missing:
            faults += _type_faults(name, column, table.columns[column].type, frame[column])
    return faults


def _key_faults(name: str, frame: pd.DataFrame, keys: list[str]) -> list[str]:
    faults = [
        f"Table '{name}': primary key '{column}' is missing in {nulls} of {len(frame)} rows. Fill it, drop "
        f"the rows, or choose another key."
        for column in keys
        if (nulls := int(frame[column].isna().sum()))
    ]
    repeated = repeats([frame[column] for column in keys]) if keys else 0
    if repeated:
        shown = f"'{keys[0]}'" if len(keys) == 1 else f"({', '.join(repr(k) for k in keys)})"
        faults.append(
            f"Table '{name}': {repeated} of {len(frame)} rows repeat a primary key {shown}. Drop the "
            f"repeats, or choose another key."
        )
    return faults


def _type_faults(name: str, column: str, kind: str, values: pd.Series) -> list[str]:
    where = f"Table '{name}': column '{column}' is declared {kind}, but"
    return [f"{where} {fault}" for fault in COLUMN_TYPES.get(kind).faults(values)]


def check_same_schema(data: RelationalData, schema: Schema, what: str) -> None:
    """Raise a ``SchemaError`` unless ``data`` has this schema."""
    if data.schema.to_dict() == schema.to_dict():
        return
    mine, yours = schema.tables, data.schema.tables
    faults = [
        f"{what}: table '{n}' is in the model's schema but not in the data's." for n in mine if n not in yours
    ]
    faults += [f"{what}: table '{n}' is not in the model's schema." for n in yours if n not in mine]
    for name in mine.keys() & yours.keys():
        if mine[name] != yours[name]:
            faults.append(f"{what}: table '{name}' has other columns, types or keys than the model's schema.")
    report_all(
        SchemaError, f"{what} do not have the model's schema", faults or [f"{what}: the schemas differ."]
    )
