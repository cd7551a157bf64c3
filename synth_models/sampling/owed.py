"""What is missing of the sums and the profiles of families while their rows are drawn."""

from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.profile_plan import MEAN, ProfilePlan
from synth_models.graph.steps import COLUMN
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

    def before(self, rows: Tensor) -> Tensor:
        """What is left before these rows. Shapes: (n,) -> (n, sums and profiles, 3)."""
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
        return torch.from_numpy(found).permute(2, 0, 1)

    def _last(self, plan: ProfilePlan, before: np.ndarray) -> np.ndarray:
        """What the mean is of, in these rows. Shapes: (n,)."""
        if plan.token is None:
            return self._table.numbers[plan.column][before]
        at = self._blueprint.token_at(COLUMN, plan.column)[0]
        return (self._table.block.tokens[before, at] == plan.token).numpy().astype(np.float64)
