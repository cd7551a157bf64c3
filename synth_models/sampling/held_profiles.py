"""Keeps what families are drawn to lack, taken together, to what all their rows lack in the data.

A family that never has a value, or always, decides it for all of its rows at once: of few families the large
ones make a table lack far too much, or too little, and no row can make up for it.
"""

from collections.abc import Mapping
from typing import NamedTuple, final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.steps import COLUMN, COUNT, PROFILE, TokenStep
from synth_models.sampling.draws import tilt
from synth_models.sampling.state import Table

_MANY = 1 << 12
"""So many rows come near enough to what they should without being sorted by their numbers of children."""
_ENOUGH = 30
"""Rows that may be held to a mean together; fewer are drawn as those before them."""


class _Aim(NamedTuple):
    """What outcomes stand for (size,), how much rows count (n,), and what is wanted of their mean."""

    values: Tensor
    sizes: Tensor
    wanted: float


@final
class HeldProfiles:
    """How much rows count whose children are many or few, and what these lack in all.

    Args:
        blueprint: Of the rows' table.
        blueprints: Of all tables.
        table: Their table.
    """

    def __init__(
        self, blueprint: TableBlueprint, blueprints: Mapping[str, TableBlueprint], table: Table
    ) -> None:
        self._blueprint, self._blueprints, self._table = blueprint, blueprints, table
        self._aim: _Aim | None = None
        self._tilts: dict[str, float] = {}
        self._plans = {plan.name: plan for plan in blueprint.profiles}
        self._numbers = {f"{c.child}.{c.column}": torch.from_numpy(c.numbers()) for c in blueprint.counts}

    def weights(self, step: TokenStep, rows: Tensor) -> Tensor | None:
        """How many children rows have: what they draw counts as often. Shapes: (n,) -> (n,)."""
        if step.kind == COUNT or not self._numbers or len(rows) > _MANY:
            return None
        if step.kind == PROFILE:
            plan = self._plans[step.name]
            return self._children(f"{plan.child}.{plan.key or self._blueprints[plan.child].family}", rows)
        return torch.stack([self._children(name, rows) for name in self._numbers]).sum(0)

    def held(self, step: TokenStep, logits: Tensor, rows: Tensor, given: np.ndarray) -> Tensor:
        """Scores by which families lack as much as they should, row by row; they differ in it as before.

        Args:
            step: The token.
            logits: Scores in nats.
            rows: Whose they are.
            given: Which rows' outcomes are known.

        Shapes:
            logits: (n, size)
            rows, given: (n,)
            returns: (n, size)
        """
        self._aim = None
        plan = self._plans.get(step.name) if step.kind == PROFILE else None
        if plan is None or plan.key is not None or plan.token != 0 or given.any():
            return logits
        child = self._blueprints[plan.child]
        shares = child.firsts.get((COLUMN, plan.column))
        if shares is None:
            return logits
        values = torch.from_numpy(np.nan_to_num(plan.grid.middles()))
        sizes = self._children(f"{child.name}.{child.family}", rows)
        if len(rows) >= _ENOUGH and sizes.any():
            places = len(rows) - np.bincount(sizes.long().numpy())[:-1].cumsum()  # rows in each
            wanted = float((places * shares.at(np.arange(len(places)))).sum() / places.sum())
            self._aim = _Aim(values, sizes, wanted)
            self._tilts[step.name] = tilt(logits, values, wanted, sizes)
        return logits + (self._tilts.get(step.name, 0.0) * values).to(logits)

    def off(self, step: TokenStep, tokens: Tensor) -> float:
        """How far what families lack is from what they should; 0 for what is not held. Shapes: (n,)."""
        if step.kind != PROFILE or self._aim is None:
            return 0.0
        values, sizes, wanted = self._aim
        return abs(float(values[tokens.long()] @ sizes / sizes.sum()) - wanted)

    def _children(self, name: str, rows: Tensor) -> Tensor:
        if name in self._table.children:
            return torch.from_numpy(self._table.children[name])[rows].double()
        at = self._blueprint.token_at(COUNT, name)[0]
        return self._numbers[name][self._table.block.tokens[rows, at].long()]
