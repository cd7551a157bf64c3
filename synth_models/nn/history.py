"""What the earlier siblings tell the next one: running summaries, in one pass or step by step."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from synth_models.nn.blocks import mlp

_RECENT = 5
_PLACES = 6


def place_features(position: Tensor, siblings: Tensor) -> Tensor:
    """Where in its family a row stands. Shapes: (rows,), (rows,) -> (rows, 6)."""
    at, size = position.float(), siblings.float()
    left = size - at - 1
    return torch.stack(
        [
            at.log1p(),
            left.log1p(),
            at / size.clamp(min=1),
            (at == 0).float(),
            (left == 0).float(),
            size.log1p(),
        ],
        1,
    )


@final
@dataclass
class HistoryState:
    """The running summaries of families while they are sampled.

    Shapes:
        total, last: (families, width); recent: (families, 5, width)
    """

    total: Tensor
    last: Tensor
    recent: Tensor
    seen: int = 0


@final
class PrefixHistory(nn.Module):
    """The mean of all earlier siblings, the last one, and the mean of the last five.

    Args:
        width: Length of a row vector.
        out: Length of the summary.
    """

    def __init__(self, width: int, out: int, dropout: float) -> None:
        super().__init__()
        self.width = width
        self.net = mlp(3 * width + _PLACES, (out,), out, dropout=dropout)

    def forward(self, vectors: Tensor, position: Tensor, siblings: Tensor) -> Tensor:
        """Summaries for rows sorted by family.

        Shapes:
            vectors: (rows, width)
            position, siblings: (rows,)
            returns: (rows, out)
        """
        n = len(vectors)
        before = torch.zeros(n + 1, self.width, dtype=torch.float64, device=vectors.device)
        before[1:] = vectors.double().cumsum(0)
        index = torch.arange(n, device=vectors.device)
        first = index - position
        mean = (before[index] - before[first]) / position.clamp(min=1)[:, None]
        recent_from = torch.maximum(first, index - _RECENT)
        recent = (before[index] - before[recent_from]) / position.clamp(min=1, max=_RECENT)[:, None]
        last = torch.where((position > 0)[:, None], vectors[(index - 1).clamp(min=0)], 0.0)
        return self._summary(mean.float(), last, recent.float(), position, siblings)

    def _summary(
        self, mean: Tensor, last: Tensor, recent: Tensor, position: Tensor, siblings: Tensor
    ) -> Tensor:
        return self.net(torch.cat([mean, last, recent, place_features(position, siblings)], 1))

    def begin(self, families: int, device: torch.device) -> HistoryState:
        """Families without a row yet."""
        zero = torch.zeros(families, self.width, device=device)
        return HistoryState(zero, zero.clone(), torch.zeros(families, _RECENT, self.width, device=device))

    def step(self, state: HistoryState, active: int, siblings: Tensor) -> Tensor:
        """The summaries before the next row of the first ``active`` families. Shapes: -> (active, out)."""
        seen = state.seen
        mean = state.total[:active] / max(1, seen)
        recent = state.recent[:active].sum(1) / max(1, min(seen, _RECENT))
        position = torch.full((active,), seen, device=mean.device)
        return self._summary(mean, state.last[:active], recent, position, siblings)

    def push(self, state: HistoryState, vectors: Tensor) -> None:
        """Take in, in place, the rows just drawn. Shapes: (active, width)."""
        active = len(vectors)
        state.total[:active] += vectors
        state.last[:active] = vectors
        state.recent[:active, state.seen % _RECENT] = vectors
        state.seen += 1
