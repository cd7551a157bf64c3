"""A gated recurrent unit over the earlier siblings."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from synth_models.nn.blocks import mlp
from synth_models.nn.history import HISTORIES, PLACES, History, place_features


@final
@dataclass
class GruState:
    """The memories of families while they are sampled. Shapes: hidden (families, width)."""

    hidden: Tensor
    seen: int = 0


@HISTORIES.register("gru")
@final
class GruHistory(History):
    """A gated recurrent unit (Cho et al. 2014, arXiv 1406.1078) that reads the siblings in order.

    Its cost grows with the longest family of a batch; the prefix summary's does not.
    """

    def __init__(self, width: int, out: int, dropout: float) -> None:
        super().__init__(width, out, dropout)
        self.width = width
        self.gru = nn.GRU(width, width)
        self.net = mlp(width + PLACES, (out,), out, dropout=dropout)

    def forward(self, vectors: Tensor, position: Tensor, siblings: Tensor) -> Tensor:
        """See ``History``."""
        if not len(vectors):
            return self._summary(vectors, position, siblings)
        # All first siblings, then all second ones and so on, the longest families first: as if packed.
        order = torch.argsort(siblings, descending=True, stable=True)
        order = order[torch.argsort(position[order], stable=True)]
        sizes = torch.bincount(position).cpu()
        read, _ = self.gru(PackedSequence(vectors[order], sizes))
        after = torch.empty_like(vectors)
        after[order] = read.data
        before = (torch.arange(len(vectors), device=vectors.device) - 1).clamp(min=0)
        past = torch.where((position > 0)[:, None], after[before], 0.0)
        return self._summary(past, position, siblings)

    def _summary(self, past: Tensor, position: Tensor, siblings: Tensor) -> Tensor:
        return self.net(torch.cat([past, place_features(position, siblings)], 1))

    def begin(self, families: int, device: torch.device) -> GruState:
        """See ``History``."""
        return GruState(torch.zeros(families, self.width, device=device))

    def step(self, state: GruState, active: int, siblings: Tensor) -> Tensor:
        """See ``History``."""
        position = torch.full((active,), state.seen, device=state.hidden.device)
        return self._summary(state.hidden[:active], position, siblings)

    def push(self, state: GruState, vectors: Tensor) -> None:
        """See ``History``."""
        active = len(vectors)
        _, hidden = self.gru(vectors[None], state.hidden[None, :active].contiguous())
        state.hidden[:active] = hidden[0]
        state.seen += 1
