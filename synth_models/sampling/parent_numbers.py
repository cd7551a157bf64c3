"""The numbers of parents' columns, read once."""

from collections.abc import Mapping
from typing import final

import numpy as np
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.sampling.state import Table


@final
class ParentNumbers:
    """What rows read of their parents, whose values are finished.

    Args:
        blueprint: Of the rows' table.
        blueprints: Of all tables.
        tables: The tables made so far and this one.
    """

    def __init__(
        self,
        blueprint: TableBlueprint,
        blueprints: Mapping[str, TableBlueprint],
        tables: Mapping[str, Table],
    ) -> None:
        self._blueprint, self._blueprints, self._tables = blueprint, blueprints, tables
        self._read: dict[tuple[str, str], np.ndarray] = {}

    def of(self, rows: Tensor, key: str, column: str) -> np.ndarray:
        """The numbers of the parents of rows, NaN where there is none. Shapes: (n,) -> (n,)."""
        theirs = self._numbers(key, column)
        link = self._tables[self._blueprint.name].block.links[key][rows].numpy()
        return np.where(link >= 0, theirs[link], np.nan) if len(theirs) else np.full(len(link), np.nan)

    def _numbers(self, key: str, column: str) -> np.ndarray:
        if (key, column) not in self._read:
            parent = self._blueprint.key_parents[key]
            codec = next(c.codec for c in self._blueprints[parent].columns if c.name == column)
            frame = self._tables[parent].frame
            assert frame is not None
            self._read[key, column] = codec.to_numbers(frame[column])
        return self._read[key, column]
