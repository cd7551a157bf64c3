"""Tokens to vectors: a free vector per value, and a smooth function of the rank where values are ordered."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

_WAVES = 8


def smooth_features(size: int) -> Tensor:
    """Cosines of the rank, so that neighbouring values get neighbouring vectors. Shapes: (size, 8)."""
    rank = torch.arange(size, dtype=torch.float32) / max(1, size - 1)
    return torch.cos(torch.pi * rank[:, None] * torch.arange(1, _WAVES + 1))


@final
class TokenLogits(nn.Module):
    """Scores of the values of one token: a free part, and a smooth one where values are ordered.

    Args:
        width: Length of the hidden state.
        size: Vocabulary.
        ordered: Whether its values are ordered.
    """

    def __init__(self, width: int, size: int, ordered: bool) -> None:
        super().__init__()
        self.free = nn.Parameter(torch.randn(size, width) * (0.02 if ordered else width**-0.5))
        self.bias = nn.Parameter(torch.zeros(size))
        self.waves = nn.Parameter(torch.randn(_WAVES, width) * width**-0.5) if ordered and size > 2 else None
        self.features: Tensor
        self.register_buffer("features", smooth_features(size), persistent=False)

    def forward(self, hidden: Tensor) -> Tensor:
        """Shapes: (rows, width) -> (rows, size)."""
        weight = self.free if self.waves is None else self.free + self.features @ self.waves
        return hidden @ weight.T + self.bias

    def start_from(self, counts: Tensor) -> None:
        """Begin with the marginal frequencies. Shapes: (size,)."""
        with torch.no_grad():
            self.bias.copy_(((counts + 0.5) / (counts.sum() + 0.5 * len(counts))).log())


@final
class TokenEmbedding(nn.Module):
    """The vectors of the tokens of a table's rows.

    Args:
        sizes: Vocabulary of each token.
        ordered: Whether its values are ordered.
        derived: For each input-only token its vocabulary and the token whose vector it is added to.
        width: Length of a vector.
    """

    def __init__(
        self, sizes: Sequence[int], ordered: Sequence[bool], derived: Sequence[tuple[int, int]], width: int
    ) -> None:
        super().__init__()
        self.width = width
        total = sum(sizes)
        scale = [torch.full((s, 1), 0.05 if o else 0.3) for s, o in zip(sizes, ordered, strict=True)]
        self.free = nn.Parameter(torch.randn(total, width) * (torch.cat(scale) if scale else 1.0))
        self.waves = nn.Parameter(torch.randn(len(sizes), _WAVES, width) * 0.3)
        starts = torch.cumsum(torch.tensor([0, *sizes]), 0)[:-1]
        self.starts: Tensor
        self.features: Tensor
        self.owner: Tensor
        self.register_buffer("starts", starts, persistent=False)
        features = [
            smooth_features(s) if o else torch.zeros(s, _WAVES) for s, o in zip(sizes, ordered, strict=True)
        ]
        self.register_buffer(
            "features", torch.cat(features) if features else torch.zeros(0, _WAVES), persistent=False
        )
        owner = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(list(sizes), dtype=torch.long))
        self.register_buffer("owner", owner, persistent=False)
        self.derived_at = [at for _, at in derived]
        self.derived = nn.ModuleList([nn.Embedding(size, width) for size, _ in derived])

    def table(self) -> Tensor:
        """The vector of every value of every token. Shapes: (all values, width)."""
        return self.free + torch.einsum("vf,vfw->vw", self.features, self.waves[self.owner])

    def forward(self, tokens: Tensor, derived: Tensor) -> Tensor:
        """Shapes: (rows, tokens), (rows, derived) -> (rows, tokens, width)."""
        vectors = nn.functional.embedding(tokens + self.starts, self.table())
        if not self.derived_at:
            return vectors
        parts = list(vectors.unbind(1))
        for index, (at, embed) in enumerate(zip(self.derived_at, self.derived, strict=True)):
            parts[at] = parts[at] + embed(derived[:, index])
        return torch.stack(parts, 1)
