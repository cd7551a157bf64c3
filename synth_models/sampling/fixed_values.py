"""What rows with the same parents have in common: the first of them draws it, all others have the same."""

from collections.abc import Mapping
from typing import final

import numpy as np
import pandas as pd

from synth_models.data.entities import entities
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.links import first_alike, joined_links
from synth_models.sampling.plan import SamplePlan
from synth_models.sampling.state import Table

Told = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Per column the parents whose number is known, as ``joined_links`` has them, rising, and the numbers."""


@final
class FixedValues:
    """The numbers of columns that parents tell, by these, for all rows of a table drawn so far.

    Args:
        table: The table that is drawn.
        told: What is known before.
    """

    def __init__(self, table: Table, told: Told) -> None:
        self._table, self._told = table, dict(told)

    def of(self, column: ColumnPlan, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For which rows the number is known, and the numbers, NaN elsewhere. Shapes: (n,) -> (n,), (n,)."""
        joined, there = parents_of(self._table, column, rows)
        codes, numbers = self._of_column(column)
        if not len(codes):
            return np.zeros(len(rows), dtype=bool), np.full(len(rows), np.nan)
        at = np.searchsorted(codes, joined).clip(max=len(codes) - 1)
        known = there & (codes[at] == joined)
        return known, np.where(known, numbers[at], np.nan)

    def first(self, column: ColumnPlan, rows: np.ndarray) -> np.ndarray:
        """For each of some rows the place of the first one with the same parents. Shapes: (n,) -> (n,)."""
        return first_alike(*parents_of(self._table, column, rows))

    def note(self, column: ColumnPlan, rows: np.ndarray, numbers: np.ndarray) -> None:
        """Remember the numbers of rows, those with the same parents alike. Shapes: (n,), (n,)."""
        joined, there = parents_of(self._table, column, rows)
        there &= ~self.of(column, rows)[0]
        new, place = np.unique(joined[there], return_index=True)
        codes, known = self._of_column(column)
        at = np.searchsorted(codes, new)
        self._told[column.name] = np.insert(codes, at, new), np.insert(known, at, numbers[there][place])

    def _of_column(self, column: ColumnPlan) -> tuple[np.ndarray, np.ndarray]:
        return self._told.get(column.name, (np.zeros(0, dtype=np.int64), np.zeros(0)))


def parents_of(table: Table, column: ColumnPlan, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The parents of rows that tell a column, as ``joined_links`` has them. Shapes: (n,) -> (n,), (n,)."""
    links = {key: table.block.links[key].numpy() for key in column.fixed_by}
    return joined_links(links, column.fixed_by, rows)


def told_values(
    blueprint: TableBlueprint,
    blueprints: Mapping[str, TableBlueprint],
    tables: Mapping[str, Table],
    plan: SamplePlan,
) -> Told:
    """What kept parents tell of the columns of a table: what rows of enough entities have with them.

    The distance between two airports is that of thousands of flights. What fewer have is drawn.

    Args:
        blueprint: The table's.
        blueprints: Of all tables.
        tables: Those made so far.
        plan: Which of them are kept.
    """
    name, above, original = blueprint.name, blueprint.key_parents, plan.original
    columns = [
        c for c in blueprint.drawn_columns if c.fixed_by and all(plan.kept(above[k]) for k in c.fixed_by)
    ]
    if original is None or not columns:
        return {}
    links = {
        key: _rows_of(tables[above[key]], original.links[name, key]) for c in columns for key in c.fixed_by
    }
    whose = entities(original, {table: b.family for table, b in blueprints.items()})[name]
    return {c.name: _shared(original[name][c.name], c, links, whose) for c in columns}


def _rows_of(parent: Table, link: np.ndarray) -> np.ndarray:
    """The rows of a kept table in which parents of the original data are, -1 for none. Shapes: (rows,)."""
    place = np.full(len(parent) + 1, -1)
    place[parent.block.source] = np.arange(len(parent))
    return place[link]


def _shared(
    values: pd.Series, column: ColumnPlan, links: Mapping[str, np.ndarray], whose: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The parents with whom enough entities have the same value, rising, and its number."""
    joined, there = joined_links(links, column.fixed_by, np.arange(len(values)))
    codes, uniques = pd.factorize(values)
    rows = pd.DataFrame({"parents": joined, "value": codes, "whose": whose})[there & (codes >= 0)]
    pairs = rows.drop_duplicates().groupby(["parents", "value"], as_index=False).size()
    pairs = pairs[pairs["size"] >= column.least].sort_values("size").drop_duplicates("parents", keep="last")
    pairs = pairs.sort_values("parents")
    numbers = column.codec.to_numbers(pd.Series(uniques, name=values.name, dtype=values.dtype))
    return pairs["parents"].to_numpy(), numbers[pairs["value"]]
