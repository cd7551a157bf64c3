"""The numbers of parents' columns, read once."""

from collections.abc import Mapping
from typing import final

import numpy as np
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.profile_plan import ProfilePlan
from synth_models.graph.steps import PROFILE
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

    def profile(self, rows: Tensor, plan: ProfilePlan) -> np.ndarray:
        """What the families of rows come to on average, NaN without a parent. Shapes: (n,) -> (n,)."""
        assert self._blueprint.family is not None
        assert self._blueprint.parent is not None
        link = self._tables[self._blueprint.name].block.links[self._blueprint.family][rows]
        at = self._blueprints[self._blueprint.parent].token_at(PROFILE, plan.name)
        tokens = self._tables[self._blueprint.parent].block.tokens
        if not len(tokens):
            return np.full(len(rows), np.nan)
        told = plan.told(tokens[link.clamp(min=0)][:, at].long().numpy())
        return np.where(link.numpy() >= 0, told, np.nan)

    def _numbers(self, key: str, column: str) -> np.ndarray:
        if (key, column) not in self._read:
            parent = self._blueprint.key_parents[key]
            codec = next(c.codec for c in self._blueprints[parent].columns if c.name == column)
            frame = self._tables[parent].frame
            assert frame is not None
            self._read[key, column] = codec.to_numbers(frame[column])
        return self._read[key, column]
