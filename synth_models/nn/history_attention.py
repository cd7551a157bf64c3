"""Attention to the latest of the earlier siblings."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from synth_models.nn.blocks import mlp
from synth_models.nn.history import HISTORIES, PLACES, History, place_features

WINDOW = 16
"""How many of the latest siblings are looked at."""


@final
@dataclass
class AttentionState:
    """Keys and values of the latest siblings while they are sampled, in a ring.

    Shapes:
        ring: (families, window, 2 * width)
    """

    ring: Tensor
    seen: int = 0


@HISTORIES.register("attention")
@final
class AttentionHistory(History):
    """Dot-product attention with heads (Vaswani et al. 2017, arXiv 1706.03762) to the last 16 siblings.

    The query is the place in the family: what the row holds is not known yet. A learned key stands for
    nothing to look at. What is further back than the window is not seen.
    """

    def __init__(self, width: int, out: int, dropout: float) -> None:
        super().__init__(width, out, dropout)
        self.width, self.heads = width, 4 if width % 4 == 0 else 1
        self.query = nn.Linear(PLACES, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.distance = nn.Parameter(torch.randn(WINDOW, width) / width**0.5)
        self.nothing = nn.Parameter(torch.zeros(2 * width))
        self.net = mlp(width + PLACES, (out,), out, dropout=dropout)

    def forward(self, vectors: Tensor, position: Tensor, siblings: Tensor) -> Tensor:
        """See ``History``."""
        pairs = self.key_value(vectors)
        back = torch.arange(1, WINDOW + 1, device=vectors.device)
        index = torch.arange(len(vectors), device=vectors.device)[:, None] - back
        latest = pairs[index.clamp(min=0)] if len(vectors) else pairs[:, None].expand(-1, WINDOW, -1)
        return self._attend(latest, back <= position[:, None], position, siblings)

    def _attend(self, latest: Tensor, there: Tensor, position: Tensor, siblings: Tensor) -> Tensor:
        """Summaries from the latest siblings, the last one first.

        Shapes:
            latest: (rows, window, 2 * width)
            there: (rows, window)
        """
        rows, place = len(latest), place_features(position, siblings)
        key, value = latest.chunk(2, 2)
        none_key, none_value = self.nothing.expand(rows, 1, -1).chunk(2, 2)
        key = torch.cat([none_key, key + self.distance], 1).unflatten(2, (self.heads, -1))
        value = torch.cat([none_value, value], 1).unflatten(2, (self.heads, -1))
        query = self.query(place).unflatten(1, (self.heads, -1))
        scores = torch.einsum("rhd,rwhd->rhw", query, key) / query.shape[2] ** 0.5
        seen = torch.cat([there.new_ones(rows, 1), there], 1)
        weight = torch.softmax(scores.masked_fill(~seen[:, None], -torch.inf), 2)
        mixed = torch.einsum("rhw,rwhd->rhd", weight, value).flatten(1)
        return self.net(torch.cat([mixed, place], 1))

    def begin(self, families: int, device: torch.device) -> AttentionState:
        """See ``History``."""
        return AttentionState(torch.zeros(families, WINDOW, 2 * self.width, device=device))

    def step(self, state: AttentionState, active: int, siblings: Tensor) -> Tensor:
        """See ``History``."""
        device = state.ring.device
        back = torch.arange(1, WINDOW + 1, device=device)
        latest = state.ring[:active, (state.seen - back) % WINDOW]
        position = torch.full((active,), state.seen, device=device)
        return self._attend(latest, back <= position[:, None], position, siblings)

    def push(self, state: AttentionState, vectors: Tensor) -> None:
        """See ``History``."""
        state.ring[: len(vectors), state.seen % WINDOW] = self.key_value(vectors)
        state.seen += 1
