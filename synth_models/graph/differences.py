"""Columns that are drawn as differences: to what, and which."""

from collections.abc import Mapping

import numpy as np

from synth_models.columns.base import Codec
from synth_models.data.relational import RelationalData
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.links import family_places
from synth_models.graph.stored import StoredRows


def deltas(
    data: RelationalData, blueprints: Mapping[str, TableBlueprint]
) -> dict[tuple[str, str], np.ndarray]:
    """For every (table, column) that is drawn as a difference: the differences, NaN where it is not.

    Shapes:
        each: (rows,) in the order of the data frame
    """
    stored, found = StoredRows(data, blueprints), {}
    for name, blueprint in blueprints.items():
        numbers = {c.name: stored.numbers(name, c.name) for c in blueprint.columns if c.codec.continuous}
        position, _ = family_places(stored.family(name))
        for column in blueprint.columns:
            if column.delta is not None:
                base = base_values(stored, name, column, numbers, position)
                found[name, column.name] = np.empty(len(position))
                found[name, column.name][stored.order[name]] = differences(
                    column.codec, column.by_period, numbers[column.name], base
                )
    return found


def differences(codec: Codec, by_period: bool, numbers: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Numbers less what they refer to, or the months between the two. Shapes: (rows,)."""
    mine, theirs = (codec.periods(numbers), codec.periods(base)) if by_period else (numbers, base)
    assert mine is not None
    assert theirs is not None
    return mine - theirs


def base_values(
    stored: StoredRows,
    name: str,
    column: ColumnPlan,
    numbers: Mapping[str, np.ndarray],
    position: np.ndarray,
) -> np.ndarray:
    """What each row's difference refers to, NaN where the value itself is drawn.

    Args:
        stored: The rows.
        name: The table.
        column: The column.
        numbers: Per column of the table its numbers.
        position: The rows' places in their families.

    Shapes:
        numbers: per column (rows,)
        position: (rows,)
        returns: (rows,)
    """
    kind = column.base[0] if column.base else ""
    if kind == "row" and column.base:
        return numbers[column.base[1]]
    above, family = np.full(len(position), np.nan), stored.blueprints[name].family
    wanted = column.first or (column.base[1] if kind == "parent" and column.base else None)
    if wanted is not None and family is not None:
        above = stored.above(name)(family, wanted)
    if kind == "parent":
        return above
    before = np.r_[np.nan, numbers[column.name][:-1]] if len(position) else above
    return np.where(position > 0, before, above)
