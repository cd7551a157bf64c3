"""Makes rows add up as those of the training data did."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.computed import computed
from synth_models.graph.rules import depends_on
from synth_models.graph.totals import Total, total_of
from synth_models.sampling.state import Table


def hold_totals(
    blueprint: TableBlueprint,
    blueprints: Mapping[str, TableBlueprint],
    tables: Mapping[str, Table],
    kept: Callable[[str], bool],
    rng: np.random.Generator,
) -> None:
    """Let the parents' columns say what the rows of a finished table come to, or the rows come to a number.

    Args:
        blueprint: The table's.
        blueprints: Of all tables.
        tables: Those made so far.
        kept: Which tables are real ones, to be left as they are.
        rng: Where draws within cells come from.
    """
    columns = {column.name: column for column in blueprint.columns}
    for total in blueprint.totals:
        table = tables[blueprint.name]
        link = table.block.links[total.key].numpy()
        parent = tables[blueprint.key_parents[total.key]]
        frame = table.frame
        assert frame is not None
        numbers = columns[total.column].codec.to_numbers(frame[total.column]) if total.column else None
        if total.parent_column is None:
            assert total.column is not None
            assert numbers is not None
            moved = settled(numbers, link, total)
            values = columns[total.column].codec.from_numbers(moved, rng)
            table.frame = frame.assign(**{total.column: values.reset_index(drop=True)})
        elif not kept(blueprint.key_parents[total.key]):
            numbers = np.ones(len(link)) if numbers is None else numbers
            found = total_of(total.how, numbers, link, len(parent))
            above = blueprints[blueprint.key_parents[total.key]]
            parent.frame = _told(above, parent, total.parent_column, found, rng)


def settled(numbers: np.ndarray, link: np.ndarray, total: Total) -> np.ndarray:
    """The numbers, moved so that siblings come to what they should: the last, or all if that is too much."""
    there = (link >= 0) & ~np.isnan(numbers)
    of, which = link[there], numbers[there]
    last = pd.Series(of).groupby(of).cumcount(ascending=False).to_numpy() == 0
    last_one = np.clip(which + (total.value - np.bincount(of, which))[of], *total.bounds)
    which = np.where(last, last_one, which)
    moved = numbers.copy()
    moved[there] = which + _dealt(total.value - np.bincount(of, which), of, which, total)
    return moved


def _dealt(missing: np.ndarray, of: np.ndarray, which: np.ndarray, total: Total) -> np.ndarray:
    """What every row gets of what its family is short of: as much as there is room for within the ends.

    Shapes:
        missing: (parents,)
        of: (rows,) the parent
        which: (rows,) the numbers before
        returns: (rows,)
    """
    unit, (low, high) = total.unit or 1.0, total.bounds
    short = missing[of] / unit
    room = np.where(short > 0, high - which, which - low) / unit
    room = np.maximum(np.floor(room + 1e-6) if total.unit else room, 0.0)
    whole = np.bincount(of, room)[of]
    tight = ~np.isfinite(whole) | (whole < np.abs(short))  # then all go beyond the ends alike
    share = np.where(tight, 1 / np.bincount(of)[of], room / np.where(tight, 1.0, np.maximum(whole, 1e-300)))
    if not total.unit:
        return share * short
    ends = pd.Series(share * np.round(short)).groupby(of).cumsum().round().to_numpy()
    before = pd.Series(ends).groupby(of).shift(fill_value=0.0).to_numpy()
    return (ends - before) * unit


def _told(
    blueprint: TableBlueprint, table: Table, column: str, found: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """The frame with a column that says what was found, and what is computed from it within the row."""
    frame = table.frame
    assert frame is not None
    plans = {plan.name: plan for plan in blueprint.columns}
    known, changed = ~np.isnan(found), {column}
    numbers = {name: plan.codec.to_numbers(frame[name]) for name, plan in plans.items()}
    numbers[column] = np.where(known, found, numbers[column])
    for plan in _after(blueprint.columns, changed):
        told, value = computed(
            plan, numbers, np.arange(len(frame)), table.block.position.numpy(), blueprint.family, _none
        )
        numbers[plan.name] = np.where(told & known, value, numbers[plan.name])
    made = {name: plans[name].codec.from_numbers(numbers[name], rng) for name in changed}
    return frame.assign(
        **{name: frame[name].where(~known, values.reset_index(drop=True)) for name, values in made.items()}
    )


def _after(columns: tuple[ColumnPlan, ...], changed: set[str]) -> list[ColumnPlan]:
    """The columns computed from those that changed, within the row, in order; they change as well."""
    found = []
    for plan in columns:
        operands = [operand for rule in plan.rules for operand in rule.operands]
        if depends_on(plan.rules) & changed and all(o.own for o in operands):
            found.append(plan)
            changed.add(plan.name)
    return found


def _none(key: str, column: str) -> np.ndarray:
    raise AssertionError(f"'{key}.{column}' is of another row")
