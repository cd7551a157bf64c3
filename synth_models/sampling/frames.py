"""Tokens back to data frames."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from synth_models.columns.dtypes import as_dtype
from synth_models.data.schema import ForeignKey, Schema
from synth_models.data.topology import key_of
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.links import first_alike
from synth_models.graph.plan import key_groups
from synth_models.graph.steps import COLUMN
from synth_models.sampling.fixed_values import parents_of
from synth_models.sampling.state import Table

_ROUNDS = 10
_OFFERS = 64
"""Rows whose content is offered to one that repeats a key, in each of so many rounds."""


def make_frame(
    blueprint: TableBlueprint, tables: Mapping[str, Table], schema: Schema, rng: np.random.Generator
) -> pd.DataFrame:
    """The values of a table whose tokens and keys are complete; its late keys are still missing.

    Args:
        blueprint: The table's.
        tables: All tables; the frames of the parents are complete.
        schema: Theirs.
        rng: Where draws within cells come from.
    """
    table = tables[blueprint.name]
    made = make_columns(blueprint, tables, rng)
    for name in blueprint.key_parents:
        _fill_in(made, key_of(schema, blueprint.name, name), blueprint, tables, schema)
    waiting = {c for key in blueprint.late for c in key_of(schema, blueprint.name, key.column).columns}
    for column, form in blueprint.formats.items():
        if column not in made and (column not in waiting or column in blueprint.unique):
            made[column] = form.make(len(table), rng, key_groups(made, schema.tables[blueprint.name], column))
    missing = pd.Series([None] * len(table), dtype=object)
    return pd.DataFrame(
        {column: made.get(column, missing) for column in blueprint.output}, index=range(len(table))
    )


def make_columns(
    blueprint: TableBlueprint, tables: Mapping[str, Table], rng: np.random.Generator
) -> dict[str, pd.Series]:
    """The values of the drawn columns of a table; arguments as of ``make_frame``."""
    table = tables[blueprint.name]
    made: dict[str, pd.Series] = {}
    for column in blueprint.drawn_columns:
        numbers = table.numbers.get(column.name)
        if numbers is None:
            at = blueprint.token_at(COLUMN, column.name)
            numbers = column.codec.decode_numbers(table.block.tokens[:, at].long().numpy(), rng)
        values = column.codec.from_numbers(numbers, rng).reset_index(drop=True)
        if column.fixed_by:  # what is made up is so once
            alike = first_alike(*parents_of(table, column, np.arange(len(table))))
            values = values.iloc[alike].reset_index(drop=True)
        if column.copy:
            values = _overlay(values, table, tables[blueprint.key_parents[column.copy[0]]], column.copy)
        made[column.name] = values
    return made


def with_late_keys(blueprint: TableBlueprint, tables: Mapping[str, Table], schema: Schema) -> pd.DataFrame:
    """The frame of a table with its late keys, whose links are complete."""
    frame = tables[blueprint.name].frame
    assert frame is not None
    late = [key_of(schema, blueprint.name, key.column) for key in blueprint.late]
    others = {c for key in schema.tables[blueprint.name].foreign_keys if key not in late for c in key.columns}
    known = [c for c in frame.columns if c in others or c in blueprint.unique]
    made = {column: frame[column] for column in known}
    for key in late:
        _fill_in(made, key, blueprint, tables, schema)
    return frame.assign(**{c: made[c] for key in late for c in key.columns if c not in known})


def _fill_in(
    made: dict[str, pd.Series],
    key: ForeignKey,
    blueprint: TableBlueprint,
    tables: Mapping[str, Table],
    schema: Schema,
) -> None:
    """Add the values of a key's columns; a column of several keys has it of the first that is there."""
    frame, link = tables[key.parent].frame, tables[blueprint.name].block.links[key.name].numpy()
    assert frame is not None
    for column, theirs in zip(key.columns, schema.tables[key.parent].key_columns, strict=True):
        values = _key_values(frame[theirs], link, blueprint.formats[column].dtype)
        if column in made:
            values = made[column].where(made[column].notna(), values)
        made[column] = values


def _overlay(values: pd.Series, table: Table, parent: Table, copy: tuple[str, str]) -> pd.Series:
    """The parent's very values where the row has that parent."""
    link = table.block.links[copy[0]].numpy()
    assert parent.frame is not None
    theirs = parent.frame[copy[1]]
    if not len(theirs):
        return values
    copied = theirs.iloc[np.maximum(link, 0)].reset_index(drop=True)
    if (link >= 0).all():
        return copied.astype(values.dtype) if copied.dtype != values.dtype else copied
    return values.where(pd.Series(link < 0), copied)


def _key_values(values: pd.Series, link: np.ndarray, dtype: str) -> pd.Series:
    if not len(values):
        return pd.Series([None] * len(link), dtype=object if dtype == "object" else dtype)
    found = values.iloc[np.maximum(link, 0)].reset_index(drop=True)
    missing = link < 0
    if missing.any():
        if pd.api.types.is_integer_dtype(found.dtype):
            found = found.astype("float64" if dtype.startswith("float") else "Int64")
        found = found.mask(pd.Series(missing))
        if dtype.startswith("int"):
            return found
    return as_dtype(found, dtype)


def spread_repeats(
    frame: pd.DataFrame,
    unique: tuple[str, ...],
    content: list[str],
    rng: np.random.Generator,
    columns: Sequence[ColumnPlan] = (),
) -> pd.DataFrame:
    """The frame with other content in rows that repeat a primary key of several columns.

    The last column of the key (the date of a grid, say) is taken from another row, with what is computed from
    it alone (its day of the week); where that does not help, all of the key's content is.

    Args:
        frame: The rows.
        unique: The columns of the primary key.
        content: Those of them that are no keys to other tables.
        rng: Where the choice of other rows comes from.
        columns: How the columns were drawn.
    """
    for moved in (content[-1:], content):
        if not frame.duplicated(list(unique)).any():
            break
        rows, donors = _free_content(frame, unique, moved, rng)
        for column in _following(moved, columns) if len(rows) else ():
            values = frame[column].copy()
            values.iloc[rows] = frame[column].iloc[donors].array
            frame = frame.assign(**{column: values})
    return frame


def _free_content(
    frame: pd.DataFrame, unique: Sequence[str], moved: Sequence[str], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rows that repeat a key, and rows whose ``moved`` columns would make it one that nobody has.

    Shapes:
        returns: each (n,)
    """
    n, fixed = len(frame), [column for column in unique if column not in moved]
    whole, owner = (
        frame.groupby(list(names), sort=False, dropna=False).ngroup().to_numpy()
        if names
        else np.zeros(n, dtype=np.int64)
        for names in (moved, fixed)
    )
    taken, donor = owner * n + whole, np.arange(n)
    for _ in range(_ROUNDS if moved else 0):
        repeats = np.flatnonzero(pd.Series(taken).duplicated())
        if not len(repeats):
            break
        offers = rng.integers(0, n, (len(repeats), _OFFERS))
        keys = owner[repeats][:, None] * n + whole[offers]
        free = ~np.isin(keys, taken)
        found, first = np.flatnonzero(free.any(1)), free.argmax(1)
        donor[repeats[found]] = offers[found, first[found]]
        taken[repeats[found]] = keys[found, first[found]]
    rows = np.flatnonzero(donor != np.arange(n))
    return rows, donor[rows]


def _following(moved: Sequence[str], columns: Sequence[ColumnPlan]) -> list[str]:
    """Columns, and those that are computed from them alone."""
    found = list(moved)
    for column in columns:
        operands = [operand for rule in column.rules for operand in rule.operands]
        if operands and column.name not in found and all(o.own and o.column in found for o in operands):
            found.append(column.name)
    return found


def without_repeats(table: Table, frame: pd.DataFrame, unique: tuple[str, ...]) -> tuple[Table, pd.DataFrame]:
    """The table without rows that repeat a primary key of several columns."""
    if len(unique) < 1 or not frame.duplicated(list(unique)).any():
        return table, frame
    return take_rows(table, frame, np.flatnonzero(~frame.duplicated(list(unique)).to_numpy()))


def take_rows(table: Table, frame: pd.DataFrame, keep: np.ndarray) -> tuple[Table, pd.DataFrame]:
    """Only these rows of a table."""
    index = torch.from_numpy(keep)
    block = table.block
    table.block = type(block)(
        tokens=block.tokens[index],
        learn=block.learn[index],
        derived=block.derived[index],
        links={column: link[index] for column, link in block.links.items()},
        key_learn={},
        position=block.position[index],
        siblings=block.siblings[index],
        source=block.source[keep],
    )
    table.parent, table.shard = table.parent[keep], table.shard[keep]
    table.vectors, table.contexts = table.vectors[index], table.contexts[index]
    table.latents = table.latents[index]
    table.numbers = {column: numbers[keep] for column, numbers in table.numbers.items()}
    return table, frame.iloc[keep].reset_index(drop=True)
