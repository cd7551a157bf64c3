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


def late_keys(data: RelationalData) -> frozenset[tuple[str, str]]:
    """The (table, key) to leave out so that no cycle is left: self-references, and a key of each cycle.

    They are drawn last, when all rows are there. Of a cycle it is the key with the fewest rows: the others
    have more children per parent, which makes the better families.
    """
    return _ordered(data)[1]


def table_order(data: RelationalData) -> list[str]:
    """The tables, parents before children (but for late keys), otherwise as declared."""
    return _ordered(data)[0]


def _ordered(data: RelationalData) -> tuple[list[str], frozenset[tuple[str, str]]]:
    schema = data.schema
    keys = [(name, key) for name, table in schema.tables.items() for key in table.foreign_keys]
    late = {(name, key.name) for name, key in keys if key.parent == name}
    order: list[str] = []
    waiting = list(schema.tables)
    while waiting:
        above: dict[str, list[ForeignKey]] = {name: [] for name in waiting}
        for name, key in keys:
            if name in waiting and key.parent in waiting and (name, key.name) not in late:
                above[name].append(key)
        ready = [name for name in waiting if not above[name]]
        if ready:
            order.append(ready[0])
            waiting.remove(ready[0])
            continue
        cyclic = [name for name in waiting if _reaches(above, name, name)]
        name = min(cyclic, key=lambda n: (data.n_rows[n], -len(schema.children(n))))
        late.add((name, next(key.name for key in above[name] if _reaches(above, key.parent, name))))
    return order, frozenset(late)


def _reaches(above: Mapping[str, list[ForeignKey]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    stack = [start]
    while stack:
        for key in above[stack.pop()]:
            if key.parent == goal:
                return True
            if key.parent not in seen:
                seen.add(key.parent)
                stack.append(key.parent)
    return False


def order_columns(data: RelationalData, table: str, parent: str | None) -> list[str]:
    """The columns that order the rows of one parent: what a composite key adds to it, else the first time.

    ``parent`` is the foreign key to that parent.

    Times come last, so that (store, date, department) is read as one series per department.
    """
    spec = data.schema.tables[table]
    family = key_of(data.schema, table, parent).columns if parent else ()
    times = [c for c in spec.features if COLUMN_TYPES.get(spec.columns[c].type).kind is Kind.TIME]
    if len(spec.key_columns) > 1 and family and set(family) <= set(spec.key_columns):
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
    columns = [*key_of(data.schema, table, column).columns, *order]
    return float((~frame.duplicated(columns, keep=False)).mean()) > 0.9


@final
@dataclass(frozen=True)
class _FanOut:
    """Children per parent; ``usual`` is what a child sees: the mean over children of its family's size."""

    nulls: float
    mean: float
    usual: float
    siblings: float
    parents: int


def _fan_out(data: RelationalData, table: str, key: ForeignKey) -> _FanOut:
    link = data.links[table, key.name]
    counts = np.bincount(link[link >= 0], minlength=len(data[key.parent]))
    used = counts[counts > 0].astype(float)
    rows = max(1, int(counts.sum()))
    return _FanOut(
        nulls=float((link < 0).mean()) if len(link) else 0.0,
        mean=float(used.mean()) if len(used) else 0.0,
        usual=float((used**2).sum() / rows),
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
    for name in table_order(data):
        families[name], root_of[name] = None, name
        root_rows[name] = np.arange(len(data[name]))
        for column in _candidates(data, name):
            parent = parent_of(data.schema, name, column)
            link = data.links[name, column]
            above, before = root_rows[parent][link[link >= 0]], tree_sizes[root_of[parent]]
            more = np.bincount(above, minlength=len(before))
            sizes = before + more
            if sizes[more > 0].mean() > MAX_TREE:
                continue
            families[name], root_of[name] = column, root_of[parent]
            root_rows[name] = np.where(link >= 0, root_rows[parent][link], 0)
            tree_sizes[root_of[parent]] = sizes
            break
        if families[name] is None:
            tree_sizes[name] = np.ones(len(data[name]), dtype=np.int64)
    return families


def _candidates(data: RelationalData, table: str) -> list[str]:
    found, late = [], late_keys(data)
    keys = [key for key in data.schema.tables[table].foreign_keys if (table, key.name) not in late]
    for key in keys:
        if key.implied:
            continue  # whose row it is, is as declared
        if any(set(key.columns) < set(other.columns) for other in keys):
            continue  # it follows from the other one
        fan = _fan_out(data, table, key)
        if fan.nulls > MAX_NULLS or fan.mean == 0:
            continue
        dimension = fan.parents < SMALL_PARENT and fan.mean > SMALL_FAN_OUT
        if (dimension or fan.mean > MAX_FAN_OUT) and (
            fan.mean > MAX_SEQUENCE or not is_sequence(data, table, key.name)
        ):
            continue
        found.append((-min(fan.siblings, 0.5), fan.usual, key.name))
    return [column for *_, column in sorted(found)]


def key_of(schema: Schema, table: str, name: str) -> ForeignKey:
    """The foreign key of that name."""
    return next(key for key in schema.tables[table].foreign_keys if key.name == name)


def parent_of(schema: Schema, table: str, name: str) -> str:
    """The table that a foreign key points at."""
    return key_of(schema, table, name).parent


def roots(schema: Schema, families: Mapping[str, str | None]) -> dict[str, str]:
    """For every table the root table of its families."""

    def root(name: str) -> str:
        column = families[name]
        return name if column is None else root(parent_of(schema, name, column))

    return {name: root(name) for name in schema.tables}
