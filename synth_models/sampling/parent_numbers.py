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
        self._told: dict[str, np.ndarray] = {}
        self._ends: dict[str, np.ndarray] = {}

    def of(self, rows: Tensor, key: str, column: str) -> np.ndarray:
        """The numbers of the parents of rows, NaN where there is none. Shapes: (n,) -> (n,)."""
        theirs = self._numbers(key, column)
        link = self._tables[self._blueprint.name].block.links[key][rows].numpy()
        return np.where(link >= 0, theirs[link], np.nan) if len(theirs) else np.full(len(link), np.nan)

    def profile(self, rows: Tensor, plan: ProfilePlan) -> np.ndarray:
        """The means or ends of the families of rows, as they are told; NaN without a parent.

        Shapes: (n,) -> (n,)
        """
        if plan.name not in self._told:
            self._told[plan.name] = np.r_[plan.told(self._tokens(plan)), np.nan]
        return self._told[plan.name][self._family(rows)]

    def end(self, rows: Tensor, plan: ProfilePlan, rng: np.random.Generator) -> np.ndarray:
        """Where exactly an end of the families of rows is, drawn once; NaN without a parent.

        Shapes: (n,) -> (n,)
        """
        if plan.name not in self._ends:
            self._ends[plan.name] = np.r_[plan.grid.decode(self._tokens(plan), rng), np.nan]
        return self._ends[plan.name][self._family(rows)]

    def _family(self, rows: Tensor) -> np.ndarray:
        assert self._blueprint.family is not None
        return self._tables[self._blueprint.name].block.links[self._blueprint.family][rows].numpy()

    def _tokens(self, plan: ProfilePlan) -> np.ndarray:
        """The tokens of a profile of all parents. Shapes: (parents, 1)."""
        assert self._blueprint.parent is not None
        at = self._blueprints[self._blueprint.parent].token_at(PROFILE, plan.name)
        return self._tables[self._blueprint.parent].block.tokens[:, at].long().numpy()

    def _numbers(self, key: str, column: str) -> np.ndarray:
        if (key, column) not in self._read:
            parent = self._blueprint.key_parents[key]
            codec = next(c.codec for c in self._blueprints[parent].columns if c.name == column)
            frame = self._tables[parent].frame
            assert frame is not None
            self._read[key, column] = codec.to_numbers(frame[column])
        return self._read[key, column]
