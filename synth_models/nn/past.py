"""The earlier siblings of rows: what rows repeat, and are near to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

WINDOW = 64
"""Earlier siblings that are looked at."""


@final
@dataclass(frozen=True)
class Past:
    """The tokens of the earlier siblings of some rows, the last first.

    Shapes:
        tokens: (rows, window, tokens), integers
        there: (rows, window), whether there is such a sibling
    """

    tokens: Tensor
    there: Tensor

    def to(self, device: torch.device) -> "Past":
        """The same on a device."""
        return Past(self.tokens.to(device), self.there.to(device))

    def agreeing(self, mine: Tensor, conditions: Sequence[int]) -> Tensor:
        """Which siblings agree with a row in all of some tokens.

        Shapes:
            mine: (rows, tokens)
            returns: (rows, window)
        """
        found = self.there
        for at in conditions:
            found = found & (self.tokens[:, :, at] == mine[:, None, at])
        return found

    def last(self, mine: Tensor, conditions: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The last sibling that agrees, and whether there is one.

        Shapes:
            mine: (rows, tokens)
            returns: (rows, tokens), (rows,)
        """
        there, first = self.agreeing(mine, conditions).to(torch.uint8).max(1)
        return self.tokens[torch.arange(len(mine), device=mine.device), first], there > 0


def past_of(tokens: Tensor, rows: Tensor, position: Tensor, window: int = WINDOW) -> Past:
    """The earlier siblings of rows; families lie together, in order.

    Args:
        tokens: Of all rows.
        rows: Which rows.
        position: Their places in their families.
        window: How many siblings to look at.

    Shapes:
        tokens: (all rows, tokens)
        rows, position: (rows,)
    """
    width = min(window, int(position.max())) if len(position) else 0
    back = torch.arange(1, width + 1, device=rows.device)
    index = rows[:, None] - back
    return Past(tokens[index.clamp(min=0)], back <= position[:, None])
