"""What the earlier siblings tell the next one: running summaries, in one pass or step by step."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from synth_models.nn.blocks import mlp
from synth_models.registry import Registry

PLACES = 6
"""Length of ``place_features``."""
WAVES = 16
"""Length of ``place_waves``."""
_RECENT = 5


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


def place_waves(position: Tensor) -> Tensor:
    """Places so that products of two tell how far apart they are (Vaswani et al. 2017, arXiv 1706.03762).

    Shapes:
        (rows,) -> (rows, 16)
    """
    angle = position[:, None] * torch.pi / 2.0 ** torch.arange(WAVES // 2, device=position.device)
    return torch.cat([torch.sin(angle), torch.cos(angle)], 1)


class History(nn.Module, ABC):
    """A summary of the earlier siblings of every row; training and sampling see the same ones.

    Args:
        width: Length of a row vector.
        out: Length of the summary.
        dropout: Share of hidden units dropped in training.
    """

    @abstractmethod
    def __init__(self, width: int, out: int, dropout: float) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, vectors: Tensor, position: Tensor, siblings: Tensor) -> Tensor:
        """Summaries for rows sorted by family, whole families only.

        Shapes:
            vectors: (rows, width)
            position, siblings: (rows,), place in the family from 0, and size of the family
            returns: (rows, out)
        """

    @abstractmethod
    def begin(self, families: int, device: torch.device) -> Any:
        """The state of families without a row yet, for ``step`` and ``push``."""

    @abstractmethod
    def step(self, state: Any, active: int, siblings: Tensor) -> Tensor:
        """The summaries before the next row of the first ``active`` families. Shapes: -> (active, out)."""

    @abstractmethod
    def push(self, state: Any, vectors: Tensor) -> None:
        """Take in, in place, the rows just drawn. Shapes: (active, width)."""


HISTORIES: Registry[History] = Registry("history")


@final
@dataclass
class PrefixState:
    """The running summaries of families while they are sampled.

    Shapes:
        total, last: (families, width); recent: (families, 5, width)
    """

    total: Tensor
    last: Tensor
    recent: Tensor
    seen: int = 0


@HISTORIES.register("prefix")
@final
class PrefixHistory(History):
    """The mean of all earlier siblings, the last one, and the mean of the last five."""

    def __init__(self, width: int, out: int, dropout: float) -> None:
        super().__init__(width, out, dropout)
        self.width = width
        self.net = mlp(3 * width + PLACES, (out,), out, dropout=dropout)

    def forward(self, vectors: Tensor, position: Tensor, siblings: Tensor) -> Tensor:
        """See ``History``."""
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

    def begin(self, families: int, device: torch.device) -> PrefixState:
        """See ``History``."""
        zero = torch.zeros(families, self.width, device=device)
        return PrefixState(zero, zero.clone(), torch.zeros(families, _RECENT, self.width, device=device))

    def step(self, state: PrefixState, active: int, siblings: Tensor) -> Tensor:
        """See ``History``."""
        seen = state.seen
        mean = state.total[:active] / max(1, seen)
        recent = state.recent[:active].sum(1) / max(1, min(seen, _RECENT))
        position = torch.full((active,), seen, device=mean.device)
        return self._summary(mean, state.last[:active], recent, position, siblings)

    def push(self, state: PrefixState, vectors: Tensor) -> None:
        """See ``History``."""
        active = len(vectors)
        state.total[:active] += vectors
        state.last[:active] = vectors
        state.recent[:active, state.seen % _RECENT] = vectors
        state.seen += 1
