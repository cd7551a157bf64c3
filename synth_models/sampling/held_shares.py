"""Keeps the numbers of rows in which something is missing to those of the data, place by place.

Drawn row after row, the networks' mean wanders off: what one row lacks makes its next sibling lack it a
little too often, too. So their numbers, cumulated over the places, are kept within a corridor around those
that the data have, which ends in a point. The networks decide inside it, and always which rows they are.
"""

from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.steps import TokenStep
from synth_models.sampling.draws import first_in_share

_WIDTH = 0.02
"""How far the numbers may be off, as a share of the rows."""
_FAMILIES = 0.5
"""The same as a share of a usual family, where that is more: few families may differ as a whole."""
_CERTAIN = 40.0
"""Nats by which an outcome is made certain, or impossible."""
_LATER = 0.25
"""How much of what is still to come may have to make up for it."""


@final
class HeldShares:
    """The first outcomes of one table's tokens: ``begin`` with families, then, place by place, ``step``, and
    ``held`` and ``note`` for every token.

    What all siblings have alike the first of them decides, who counts as often as there are siblings.
    """

    def __init__(self, blueprint: TableBlueprint) -> None:
        self._shares = blueprint.firsts
        self._place, self._families, self._sizes = -1, 0, torch.zeros(0)
        self._have: dict[tuple[str, str], Tensor] = {}
        self._wanted: dict[tuple[str, str], float] = {}
        self._so_far: dict[tuple[str, str], int] = {}
        self._low: dict[tuple[str, str], np.ndarray] = {}
        self._high: dict[tuple[str, str], np.ndarray] = {}

    def begin(self, sizes: np.ndarray) -> None:
        """Families that are drawn side by side. Shapes: (families,), numbers of siblings."""
        self._place, self._families, self._sizes = -1, len(sizes), torch.from_numpy(sizes).double()
        self._so_far = dict.fromkeys(self._shares, 0)
        rows = len(sizes) - np.bincount(sizes)[:-1].cumsum()  # in every place
        left, width = rows.sum() - rows.cumsum(), max(_WIDTH, _FAMILIES / len(sizes)) * rows.sum()
        for what, shares in self._shares.items():
            wanted = (rows * shares.at(np.arange(len(rows)))).cumsum()
            self._wanted[what] = float(wanted[-1]) / int(rows.sum())
            later = wanted[-1:] - wanted
            self._low[what] = wanted - np.minimum(width, _LATER * (left - later))
            self._high[what] = wanted + np.minimum(width, _LATER * later)

    def step(self) -> None:
        """Go on to the next place."""
        self._place += 1

    def held(self, step: TokenStep, logits: Tensor, given: np.ndarray, first: np.ndarray) -> Tensor:
        """Scores by which the first outcome comes as often as it should; rows differ in them as before.

        Args:
            step: The token.
            logits: Scores in nats.
            given: Whether the outcome of a row is known.
            first: Whether that is the first one.

        Shapes:
            logits: (rows, n), of all rows in this place
            given, first: (rows,)
            returns: (rows, n)
        """
        what = (step.kind, step.name)
        if step.part or what not in self._shares:
            return logits
        if self._shares[what].alike and self._place:
            return self._as_the_first(what, logits)
        if self._families < 2:
            return logits
        if self._shares[what].alike:
            return self._counted(what, logits, given, first)
        drawn = torch.from_numpy(~given).to(logits.device)
        mine = logits[drawn]
        expected = float(torch.softmax(mine, 1)[:, 0].sum())
        there = self._so_far[what] + int((given & first).sum())
        low, high = (edge[what][self._place] - there for edge in (self._low, self._high))
        held = min(max(expected, low), high)
        if held == expected:
            return logits
        logits = logits.clone()
        logits[drawn] = first_in_share(mine, min(max(held / len(mine), 0.0), 1.0))
        return logits

    def weights(self, step: TokenStep) -> Tensor | None:
        """How much the rows in this place count, if not all alike. Shapes: (rows,)."""
        alike = not step.part and self._place == 0 and (step.kind, step.name) in self._shares
        return self._sizes if alike and self._shares[step.kind, step.name].alike else None

    def off(self, step: TokenStep, tokens: Tensor) -> float:
        """How far what rows have got is from what it should be, where few decide for many; 0 elsewhere.

        Shapes:
            tokens: (rows,), of all rows in this place
        """
        if self.weights(step) is None or self._families < 2:
            return 0.0
        have = float(self._sizes[tokens == 0].sum()) / float(self._sizes.sum())
        return abs(have - self._wanted[step.kind, step.name])

    def _as_the_first(self, what: tuple[str, str], logits: Tensor) -> Tensor:
        """See ``held``; where siblings have it alike, of those after the first."""
        logits, have = logits.clone(), self._have[what][: len(logits)].to(logits.device)
        logits[:, 0] = torch.where(have, logits.amax(1) + _CERTAIN, logits[:, 0] - _CERTAIN)
        return logits

    def _counted(self, what: tuple[str, str], logits: Tensor, given: np.ndarray, first: np.ndarray) -> Tensor:
        """See ``held``; of the first of alike siblings: it counts as often as there are siblings."""
        logits = logits.clone()
        drawn, have = torch.from_numpy(~given), torch.from_numpy(given & first)
        wanted = self._wanted[what] * float(self._sizes.sum()) - float(self._sizes[have].sum())
        share = min(max(wanted / float(self._sizes[drawn].sum()), 0.0), 1.0)
        logits[drawn] = first_in_share(logits[drawn], share, self._sizes[drawn])
        return logits

    def note(self, step: TokenStep, tokens: Tensor) -> None:
        """What the rows in this place have got. Shapes: (rows,)."""
        if not step.part and (step.kind, step.name) in self._shares:
            self._so_far[step.kind, step.name] += int((tokens == 0).sum())
            if not self._place:
                self._have[step.kind, step.name] = tokens == 0
