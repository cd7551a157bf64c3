"""What is missing of the sums of families while their rows are drawn."""

from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.totals import owed
from synth_models.sampling.parent_numbers import ParentNumbers
from synth_models.sampling.state import Table


@final
class OwedSums:
    """Adds up what the earlier siblings of rows have come to.

    Args:
        blueprint: Of the rows' table.
        table: Their table.
        parents: What they read of their parents.
    """

    def __init__(self, blueprint: TableBlueprint, table: Table, parents: ParentNumbers) -> None:
        self._sums, self._table, self._parents = blueprint.sums, table, parents
        self._so_far = [np.zeros(len(table)) for _ in self._sums]

    def before(self, rows: Tensor) -> Tensor:
        """What is missing of every sum before these rows. Shapes: (n,) -> (n, sums, 2)."""
        block, index = self._table.block, rows.numpy()
        position, siblings = block.position[rows].numpy(), block.siblings[rows].numpy()
        found = []
        for total, so_far in zip(self._sums, self._so_far, strict=True):
            assert total.column is not None
            before, numbers = np.maximum(index - 1, 0), self._table.numbers[total.column]
            so_far[index] = np.where(position > 0, so_far[before] + np.nan_to_num(numbers[before]), 0.0)
            target = np.full(len(index), total.value)
            if total.parent_column is not None:
                target = self._parents.of(rows, total.key, total.parent_column)
            found.append(owed(total, target, so_far[index], siblings - position))
        return torch.from_numpy(np.stack(found, axis=1)) if found else torch.zeros(len(rows), 0, 2)
