"""Which table comes before which, and which key of a table makes its families.

A *family* is a row with everything below it along family keys: the unit of batching, of sampling and of
splitting. Every other key of a table is a choice among rows of another family (a *key step*).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from synth_models.columns import COLUMN_TYPES
from synth_models.columns.base import Kind
from synth_models.data.relational import RelationalData
from synth_models.data.schema import ForeignKey, Schema
from synth_models.errors import SchemaError, report_all

MAX_NULLS = 0.1
"""A key missing more often than this makes no families."""
MAX_FAN_OUT = 200
"""Larger families of unordered rows say nothing about each other: the parent is a hub, its key a key step."""
MAX_SEQUENCE = 5000
"""Ordered families may be this long on average (sampling is sequential in the longest)."""
SMALL_PARENT, SMALL_FAN_OUT = 100, 10
"""A table of fewer rows, with more children each, is a dimension: chosen from, not a family's root."""
MAX_TREE = 4000
"""Families of more rows than this on average are too large a unit to learn from: the key stays a key step."""


def table_order(schema: Schema) -> list[str]:
    """The tables, parents before children, otherwise as declared.

    Raises:
        SchemaError: Naming every key that closes a cycle.
    """
    order: list[str] = []
    waiting = list(schema.tables)
    while waiting:
        ready = [n for n in waiting if all(k.parent in order for k in schema.tables[n].foreign_keys)]
        if not ready:
            break
        order.append(ready[0])
        waiting.remove(ready[0])
    report_all(SchemaError, "The schema has cycles", _cycles(schema, waiting))
    return order


def _cycles(schema: Schema, waiting: list[str]) -> list[str]:
    return [
        f"Table '{name}': foreign key '{key.column}' to '{key.parent}' closes a cycle, which is not "
        f"supported yet. Leave the key out of the schema (declare the column categorical to keep its values)."
        for name in waiting
        for key in schema.tables[name].foreign_keys
        if key.parent == name or (key.parent in waiting and _reaches(schema, key.parent, name))
    ]


def _reaches(schema: Schema, start: str, goal: str) -> bool:
    seen, stack = set(), [start]
    while stack:
        for key in schema.tables[stack.pop()].foreign_keys:
            if key.parent == goal:
                return True
            if key.parent not in seen:
                seen.add(key.parent)
                stack.append(key.parent)
    return False


def order_columns(data: RelationalData, table: str, parent: str | None) -> list[str]:
    """The columns that order the rows of one parent: what a composite key adds to it, else the first time.

    Times come last, so that (store, date, department) is read as one series per department.
    """
    spec = data.schema.tables[table]
    times = [c for c in spec.features if COLUMN_TYPES.get(spec.columns[c].type).kind is Kind.TIME]
    if len(spec.key_columns) > 1 and parent in spec.key_columns:
        rest = [c for c in spec.key_columns if c in spec.features]
        if rest:
            return [c for c in rest if c not in times] + [c for c in rest if c in times]
    return times[:1]


def is_sequence(data: RelationalData, table: str, column: str) -> bool:
    """Whether the rows of one parent are told apart by their order columns (a time grid, a series)."""
    order = order_columns(data, table, column)
    if not order:
        return False
    frame = data[table]
    return float((~frame.duplicated([column, *order], keep=False)).mean()) > 0.9


@final
@dataclass(frozen=True)
class _FanOut:
    nulls: float
    mean: float
    siblings: float
    parents: int


def _fan_out(data: RelationalData, table: str, key: ForeignKey) -> _FanOut:
    link = data.links[table, key.column]
    counts = np.bincount(link[link >= 0], minlength=len(data[key.parent]))
    used = counts[counts > 0]
    rows = max(1, int(counts.sum()))
    return _FanOut(
        nulls=float((link < 0).mean()) if len(link) else 0.0,
        mean=float(used.mean()) if len(used) else 0.0,
        siblings=float(counts[counts > 1].sum() / rows),
        parents=len(counts),
    )


def family_keys(data: RelationalData) -> dict[str, str | None]:
    """For every table the foreign key that makes its families; None for the roots.

    Among the keys that are nearly never missing and whose parent is neither a hub nor a dimension, the one
    under which most rows have a sibling (half is enough), then the one with the smaller families; and only
    as long as the whole tree of a root row stays small enough to be a unit of training.
    """
    families: dict[str, str | None] = {}
    root_rows: dict[str, np.ndarray] = {}  # for every row of a table the root row of its family
    tree_sizes: dict[str, np.ndarray] = {}  # by root table: rows in the tree of each root row
    root_of: dict[str, str] = {}
    for name in table_order(data.schema):
        families[name], root_of[name] = None, name
        root_rows[name] = np.arange(len(data[name]))
        for column in _candidates(data, name):
            parent = parent_of(data.schema, name, column)
            link = data.links[name, column]
            above = root_rows[parent][link[link >= 0]]
            sizes = tree_sizes[root_of[parent]] + np.bincount(
                above, minlength=len(tree_sizes[root_of[parent]])
            )
            touched = sizes[np.unique(above)]
            if touched.mean() > MAX_TREE:
                continue
            families[name], root_of[name] = column, root_of[parent]
            root_rows[name] = np.where(link >= 0, root_rows[parent][link], 0)
            tree_sizes[root_of[parent]] = sizes
            break
        if families[name] is None:
            tree_sizes[name] = np.ones(len(data[name]), dtype=np.int64)
    return families


def _candidates(data: RelationalData, table: str) -> list[str]:
    found = []
    for key in data.schema.tables[table].foreign_keys:
        fan = _fan_out(data, table, key)
        if fan.nulls > MAX_NULLS or fan.mean == 0:
            continue
        dimension = fan.parents < SMALL_PARENT and fan.mean > SMALL_FAN_OUT
        if (dimension or fan.mean > MAX_FAN_OUT) and (
            fan.mean > MAX_SEQUENCE or not is_sequence(data, table, key.column)
        ):
            continue
        found.append((-min(fan.siblings, 0.5), fan.mean, key.column))
    return [column for *_, column in sorted(found)]


def parent_of(schema: Schema, table: str, column: str) -> str:
    """The table a foreign key column points at."""
    return next(key.parent for key in schema.tables[table].foreign_keys if key.column == column)


def roots(schema: Schema, families: Mapping[str, str | None]) -> dict[str, str]:
    """For every table the root table of its families."""

    def root(name: str) -> str:
        column = families[name]
        return name if column is None else root(parent_of(schema, name, column))

    return {name: root(name) for name in schema.tables}
