"""What is special about single rows that many others point at."""

from typing import Any, final

import torch
from torch import Tensor, nn

_HIDDEN = (0.0, 1.0, 1.0, 0.5)
"""Shares of known rows that are not recognised in a batch of training, one for all tables: all are kept, or
made up, or some of them."""


def draw_hidden() -> float:
    """The share for a batch."""
    return _HIDDEN[int(torch.randint(len(_HIDDEN), ()))]


@final
class Identities(nn.Module):
    """A learned vector per known row, added to what its values say; nothing for others.

    Args:
        known: How many rows are known.
        width: Length of a vector.
    """

    def __init__(self, known: int, width: int) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.zeros(known, width))

    def forward(self, which: Tensor, hidden: float) -> Tensor:
        """What is special about rows, a share of which is taken for others.

        Shapes:
            which: (rows,), from 1; 0 for others
            returns: (rows, width)
        """
        there = which > 0
        if hidden:
            there = there & (torch.rand(len(which), device=which.device) >= hidden)
        return torch.where(there[:, None], self.vectors[(which - 1).clamp(min=0)], 0.0)

    def places_of(self, old: Any) -> dict[str, Tensor]:
        """See ``Growing``: who is known stays in place."""
        return {"vectors": torch.arange(len(old.vectors))}
