"""What columns of rows are told by what is there already: copied, computed, or measured from something."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.computed import computed, sibling_before
from synth_models.graph.profile_plan import LEAST, MOST
from synth_models.graph.rules import depends_on
from synth_models.graph.steps import COLUMN, DELTA, GAP
from synth_models.sampling.fixed_values import FixedValues
from synth_models.sampling.parent_numbers import ParentNumbers
from synth_models.sampling.state import Table


@final
class KnownValues:
    """The values of rows that are not drawn; the numbers they come from are kept in the table.

    Args:
        blueprint: Of the rows' table.
        tables: The tables made so far and this one.
        parents: What rows read of their parents.
        wanted: The columns whose numbers are kept.
        fixed: What rows with the same parents have in common.
        rng: Where draws within cells come from.
    """

    def __init__(
        self,
        blueprint: TableBlueprint,
        tables: Mapping[str, Table],
        parents: ParentNumbers,
        wanted: set[str],
        fixed: FixedValues,
        rng: np.random.Generator,
    ) -> None:
        self._blueprint, self._tables, self._parents = blueprint, tables, parents
        self._wanted, self._fixed, self._rng = wanted, fixed, rng
        self._table = tables[blueprint.name]

    def of(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray] | None:
        """Which rows' values of a column are known, and their tokens; None if none can be.

        Shapes:
            rows: (n,), ascending
            returns: (n,), (n, tokens)
        """
        if column.copy:
            return self._copied(column, rows)
        if column.fixed_by:
            return self._from_others(column, rows.numpy())
        if column.rules:
            return self._from_rules(column, rows)
        return None if column.delta is None else self._from_difference(column, rows)

    def _from_others(self, column: ColumnPlan, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        known, numbers = self._fixed.of(column, rows)
        self._table.numbers[column.name][rows[known]] = numbers[known]
        return known, column.codec.encode_numbers(numbers)

    def base(self, column: ColumnPlan, rows: Tensor) -> np.ndarray:
        """What differences refer to, NaN where the value itself is drawn. Shapes: (n,) -> (n,)."""
        kind = column.base[0] if column.base else ""
        index = rows.numpy()
        if kind == "row" and column.base:
            return self._table.numbers[column.base[1]][index]
        above = np.full(len(index), np.nan)
        wanted = column.first or (column.base[1] if kind == "parent" and column.base else None)
        if wanted and self._blueprint.parent:
            numbers = self._tables[self._blueprint.parent].numbers[wanted]
            parent = self._table.parent[index]
            if len(numbers):
                above = np.where(parent >= 0, numbers[parent], np.nan)
        if kind == "previous":
            first = self._table.block.position[rows].numpy() == 0
            before = self._table.numbers[column.name][np.maximum(index - 1, 0)]
            above = np.where(first, above, before)
        return above

    def _from_difference(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        assert column.delta is not None
        index, base = rows.numpy(), self.base(column, rows)
        known = ~np.isnan(base)
        at = self._blueprint.token_at(DELTA, column.name)
        tokens = self._table.block.tokens[rows][:, at].long().numpy()
        delta = column.delta.decode(tokens, self._rng)
        if column.by_period:
            periods = column.codec.periods(base)
            assert periods is not None
            return known, column.codec.period_tokens(periods + delta)[:, None]
        numbers = np.clip(base + delta, *column.bounds)
        self._table.numbers[column.name][index[known]] = numbers[known]
        return known, column.codec.encode_numbers(np.where(known, numbers, np.nan))

    def computed(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """For which rows a rule of a column tells its number, and the numbers. Shapes: (n,) -> (n,), (n,)."""
        index, position = rows.numpy(), self._table.block.position[rows].numpy()
        above = partial(self._parents.of, rows)
        return computed(column, self._table.numbers, index, position, self._blueprint.family, above)

    def reached(self, column: ColumnPlan, rows: Tensor) -> np.ndarray:
        """Where a column that runs on is before these rows, NaN if nowhere yet. Shapes: (n,) -> (n,)."""
        index, position = rows.numpy(), self._table.block.position[rows].numpy()
        above = partial(self._parents.of, rows)
        assert column.level is not None
        return sibling_before(
            column.level, self._table.numbers, index, position, self._blueprint.family, above
        )

    def _from_rules(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        known, values = self.computed(column, rows)
        if column.gaps:
            (at,) = self._blueprint.token_at(GAP, column.name)
            values = np.where(self._table.block.tokens[rows, at].numpy() == 1, np.nan, values)
        if column.codec.continuous:
            self._hold(column, rows, values)
            values = self._at_decimals(column, values)
        self._table.numbers[column.name][rows.numpy()[known]] = values[known]
        return known, column.codec.encode_numbers(values)

    def _at_decimals(self, column: ColumnPlan, values: np.ndarray) -> np.ndarray:
        return column.codec.to_numbers(column.codec.from_numbers(values, self._rng))

    def _hold(self, column: ColumnPlan, rows: Tensor, values: np.ndarray) -> None:
        """Keep a number that runs on within what was seen: a step that leads beyond is made smaller."""
        by, (low, high) = _step_of(column, self._blueprint.columns), self._ends(column, rows)
        beyond = (values < low) | (values > high)
        if by is None or not beyond.any():
            return
        which, numbers = rows[torch.from_numpy(beyond)], self._table.numbers[by.name]
        index, wanted = which.numpy(), np.clip(values, low, high)[beyond]
        drawn, numbers[index] = numbers[index], 0.0
        _, before = self.computed(column, which)
        with np.errstate(all="ignore"):
            part = np.clip((wanted - before) / (values[beyond] - before), 0.0, 1.0)
        numbers[index] = self._least(by, self._at_decimals(by, np.nan_to_num(part) * drawn), drawn)
        at = torch.tensor(self._blueprint.token_at(COLUMN, by.name))
        tokens = torch.from_numpy(by.codec.encode_numbers(numbers[index]).astype(np.int16))
        self._table.block.tokens[which[:, None], at[None, :]] = tokens
        values[beyond] = self.computed(column, which)[1]

    def _least(self, column: ColumnPlan, numbers: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Steps that were made smaller, the least there are in the place of none. Shapes: (n,) each."""
        nothing = (numbers == 0) & (drawn != 0)
        tokens = column.codec.encode_numbers(numbers[nothing])
        numbers[nothing] = column.codec.decode_numbers(tokens, self._rng)
        return numbers

    def _ends(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """What a number that runs on is kept within: what was seen, and the ends its family was given.

        Shapes: (n,) -> (n,), (n,)
        """
        low, high = (np.full(len(rows), bound) for bound in column.bounds)
        for plan in self._blueprint.steered:
            if plan.column == column.name and plan.how == LEAST:
                low = np.fmax(low, self._parents.end(rows, plan, self._rng))
            elif plan.column == column.name and plan.how == MOST:
                high = np.fmin(high, self._parents.end(rows, plan, self._rng))
        return np.minimum(low, high), np.maximum(low, high)

    def _copied(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        assert column.copy is not None
        key, other = column.copy
        link = self._table.block.links[key][rows].numpy()
        frame = self._tables[self._blueprint.key_parents[key]].frame
        assert frame is not None
        known = link >= 0
        values = np.full(len(link), np.nan)
        if known.any():
            values[known] = column.codec.to_numbers(frame[other].iloc[link[known]].reset_index(drop=True))
        if column.name in self._wanted:
            self._table.numbers[column.name][rows.numpy()[known]] = values[known]
        return known, column.codec.encode_numbers(values)


def _step_of(column: ColumnPlan, columns: Sequence[ColumnPlan]) -> ColumnPlan | None:
    """The column whose number is added to that of the sibling before, if nothing else is computed from it."""
    operands = [operand for rule in column.rules[:1] for operand in rule.operands[:2]]
    if len(column.rules) != 1 or not any(o.previous and o.column == column.name for o in operands):
        return None
    drawn = {c.name: c for c in columns if not (c.rules or c.copy or c.base) and c.codec.continuous}
    for operand in operands:
        readers = [c for c in columns if operand.column in depends_on(c.rules)]
        if operand.own and operand.column in drawn and readers == [column]:
            return drawn[operand.column]
    return None
