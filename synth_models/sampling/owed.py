"""What is missing of the sums, profiles and balances of families while their rows are drawn."""

from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.profile_plan import MEAN, ProfilePlan
from synth_models.graph.steps import COLUMN, COUNT
from synth_models.graph.totals import headroom, owed
from synth_models.sampling.known_values import KnownValues
from synth_models.sampling.parent_numbers import ParentNumbers
from synth_models.sampling.state import Table


@final
class Owed:
    """Adds up what the earlier siblings of rows have come to, and tells what is missing.

    Args:
        blueprint: Of the rows' table.
        table: Their table.
        parents: What they read of their parents.
        known: What tells where columns are that run on.
    """

    def __init__(
        self, blueprint: TableBlueprint, table: Table, parents: ParentNumbers, known: KnownValues
    ) -> None:
        self._blueprint, self._table, self._parents, self._known = blueprint, table, parents, known
        self._columns = {column.name: column for column in blueprint.columns}
        self._so_far = [np.zeros(len(table)) for _ in range(blueprint.steers)]
        self._balanced = self._so_far[blueprint.steers - len(blueprint.balances) :]
        self.makes_up = True
        """Whether the last of siblings makes up what their numbers of children are apart."""

    def before(self, rows: Tensor) -> Tensor:
        """What is left before these rows. Shapes: (n,) -> (n, steers, 3)."""
        block, index = self._table.block, rows.numpy()
        position, siblings = block.position[rows].numpy(), block.siblings[rows].numpy()
        before, share = np.maximum(index - 1, 0), 1.0 / (siblings - position)
        found = np.empty((self._blueprint.steers, 3, len(index)), dtype=np.float32)
        sums = self._blueprint.sums
        for at, total in enumerate(sums):
            so_far = self._so_far[at]
            assert total.column is not None
            last = np.nan_to_num(self._table.numbers[total.column][before])
            so_far[index] = np.where(position > 0, so_far[before] + last, 0.0)
            target = np.full(len(index), total.value)
            if total.parent_column is not None:
                target = self._parents.of(rows, total.key, total.parent_column)
            owed(found[at], target / siblings, siblings, so_far[index], share, total.scale)
        for at, plan in enumerate(self._blueprint.steered, start=len(sums)):
            mine = self._parents.profile(rows, plan)
            if plan.how != MEAN:
                headroom(found[at], self._known.reached(self._columns[plan.column], rows), mine, plan.scale)
                continue
            so_far, last = self._so_far[at], self._last(plan, before)
            last = np.where(np.isnan(last), np.nan_to_num(mine), last)
            so_far[index] = np.where(position > 0, so_far[before] + last, 0.0)
            owed(found[at], mine, siblings, so_far[index], share, plan.scale)
        for balance, so_far in zip(self._blueprint.balances, self._balanced, strict=True):
            one, other = (self._count(name, before) for name in balance.names())
            so_far[index] = np.where(position > 0, so_far[before] + one - other, 0.0)
            at = len(sums) + len(self._blueprint.steered) + self._blueprint.balances.index(balance)
            owed(found[at], np.zeros(len(index)), siblings, so_far[index], share, balance.scale)
        return torch.from_numpy(found).permute(2, 0, 1)

    def last_count(self, name: str, rows: Tensor) -> tuple[np.ndarray, np.ndarray] | None:
        """What the last of siblings makes up for, if it can.

        Args:
            name: Of the numbers; None is known unless it is the second of a balance.
            rows: Rows that have drawn the first of it.

        Shapes:
            returns: (n,) which are known, (n, 1) tokens
        """
        for balance, so_far in zip(self._blueprint.balances, self._balanced, strict=True):
            first, second = sorted(balance.names(), key=lambda n: self._blueprint.token_at(COUNT, n))
            if name != second or not self.makes_up:
                continue
            index, block = rows.numpy(), self._table.block
            sign = 1.0 if (first, second) == balance.names() else -1.0
            wanted = self._count(first, index) + sign * so_far[index]
            values = self._values(second)
            token = np.abs(values[None, :] - wanted[:, None]).argmin(1)
            last = (block.position[rows] == block.siblings[rows] - 1).numpy()
            return last & (values[token] == wanted), token[:, None]
        return None

    def apart(self, last: Tensor) -> Tensor:
        """Whose families have other numbers of children by one key than by the other.

        Args:
            last: The last rows of families that are drawn.

        Shapes:
            (families,) -> (families,) bool
        """
        rows, found = last.numpy(), np.zeros(len(last), dtype=bool)
        for balance, so_far in zip(self._blueprint.balances, self._balanced, strict=True):
            one, other = (self._count(name, rows) for name in balance.names())
            found |= so_far[rows] + one != other
        return torch.from_numpy(found)

    def _count(self, name: str, rows: np.ndarray) -> np.ndarray:
        """The numbers of children that rows have drawn. Shapes: (n,)."""
        at = self._blueprint.token_at(COUNT, name)[0]
        return self._values(name)[self._table.block.tokens[rows, at].long().numpy()]

    def _values(self, name: str) -> np.ndarray:
        """The numbers that the tokens of a number of children stand for. Shapes: (size,)."""
        return next(c for c in self._blueprint.counts if f"{c.child}.{c.column}" == name).numbers()

    def _last(self, plan: ProfilePlan, before: np.ndarray) -> np.ndarray:
        """What the mean is of, in these rows. Shapes: (n,)."""
        if plan.token is None:
            return self._table.numbers[plan.column][before]
        at = self._blueprint.token_at(COLUMN, plan.column)[0]
        return (self._table.block.tokens[before, at] == plan.token).numpy().astype(np.float64)
