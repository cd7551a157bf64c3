"""Tokens to vectors: a free vector per value, and a smooth function of the rank where values are ordered."""

import math
from collections.abc import Sequence
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

_WAVES = 8
_UNHEARD = 0.02
"""Of its frequency, that the scores must leave a value when training goes on."""


Ranks = np.ndarray | None
"""Where the values of a token stand in their order, 0 to 1; None for values without one. Shapes: (size,)."""


def smooth_features(ranks: np.ndarray) -> Tensor:
    """Cosines of the rank, so that neighbouring values get neighbouring vectors. Shapes: (size, 8)."""
    rank = torch.from_numpy(ranks.astype(np.float32))
    return torch.cos(torch.pi * rank[:, None] * torch.arange(1, _WAVES + 1))


@final
class TokenLogits(nn.Module):
    """Scores of the values of one token: a free part, and a smooth one where values are ordered.

    Args:
        width: Length of the hidden state.
        size: Vocabulary.
        ranks: The order of its values, if they have one.
    """

    def __init__(self, width: int, size: int, ranks: Ranks) -> None:
        super().__init__()
        self.free = nn.Parameter(torch.randn(size, width) * (width**-0.5 if ranks is None else 0.02))
        self.bias = nn.Parameter(torch.zeros(size))
        self.waves = None
        self.usual: Tensor
        """The log frequencies of the values, whatever else is known. Shapes: (size,)."""
        self.register_buffer("usual", torch.full((size,), -math.log(size)))
        self.features: Tensor
        if ranks is not None:
            self.waves = nn.Parameter(torch.randn(_WAVES, width) * width**-0.5)
            self.register_buffer("features", smooth_features(ranks), persistent=False)

    def forward(self, hidden: Tensor) -> Tensor:
        """Shapes: (rows, width) -> (rows, size)."""
        weight = self.free if self.waves is None else self.free + self.features @ self.waves
        return hidden @ weight.T + self.bias

    def start_from(self, counts: Tensor) -> None:
        """Begin with the marginal frequencies. Shapes: (size,)."""
        with torch.no_grad():
            self.usual.copy_(((counts + 0.5) / (counts.sum() + 0.5 * len(counts))).log())
            self.bias.copy_(self.usual)

    def admit(self) -> None:
        """Raise values that the learned scores all but rule out to how common they have become."""
        with torch.no_grad():
            unheard = self.bias.softmax(0) < _UNHEARD * self.usual.exp()
            self.bias[unheard] = (self.usual + self.bias.logsumexp(0))[unheard]

    def places_of(self, old: "TokenLogits") -> dict[str, Tensor]:
        """See ``carry_over``: new values come after the old ones."""
        return dict.fromkeys(("free", "bias"), torch.arange(len(old.bias)))


@final
class TokenEmbedding(nn.Module):
    """The vectors of the tokens of a table's rows.

    Args:
        sizes: Vocabulary of each token.
        ranks: For each the order of its values, if they have one.
        derived: For each input-only token its vocabulary and the token whose vector it is added to.
        width: Length of a vector.
    """

    def __init__(
        self, sizes: Sequence[int], ranks: Sequence[Ranks], derived: Sequence[tuple[int, int]], width: int
    ) -> None:
        super().__init__()
        self.width, self.sizes = width, list(sizes)
        total = sum(sizes)
        scale = [torch.full((s, 1), 0.3 if r is None else 0.05) for s, r in zip(sizes, ranks, strict=True)]
        self.free = nn.Parameter(torch.randn(total, width) * (torch.cat(scale) if scale else 1.0))
        self.waves = nn.Parameter(torch.randn(len(sizes), _WAVES, width) * 0.3)
        starts = torch.cumsum(torch.tensor([0, *sizes]), 0)[:-1]
        self.starts: Tensor
        self.features: Tensor
        self.owner: Tensor
        self.register_buffer("starts", starts, persistent=False)
        features = [
            torch.zeros(s, _WAVES) if r is None else smooth_features(r)
            for s, r in zip(sizes, ranks, strict=True)
        ]
        self.register_buffer(
            "features", torch.cat(features) if features else torch.zeros(0, _WAVES), persistent=False
        )
        owner = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(list(sizes), dtype=torch.long))
        self.register_buffer("owner", owner, persistent=False)
        self.derived_at = [at for _, at in derived]
        self.derived = nn.ModuleList([nn.Embedding(size, width) for size, _ in derived])

    def places_of(self, old: "TokenEmbedding") -> dict[str, Tensor]:
        """See ``carry_over``: the new values of each token come after its old ones."""
        starts = self.starts.cpu()
        places = [start + torch.arange(size) for start, size in zip(starts, old.sizes, strict=True)]
        return {"free": torch.cat(places)} if places else {}

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
