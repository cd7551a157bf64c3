"""Terms that are added to the scores of tokens for what earlier siblings of a row had there."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from synth_models.nn.past import Past

_FAST = 4.0
"""A few numbers tell all; they may move faster than the weights of a layer."""


class SiblingTerms(nn.Module, ABC):
    """Adds terms to scores, each as strong as the row's state says; that starts from nothing.

    Args:
        groups: Per token the groups of siblings that count, as the tokens in which these must agree with the
            row.
        ways: Terms per group.
        hidden: Length of the hidden state.
    """

    def __init__(self, groups: Sequence[Sequence[Sequence[int]]], ways: int, hidden: int) -> None:
        super().__init__()
        self.groups = groups
        self.places: list[slice] = []
        end = 0
        for mine in groups:
            self.places.append(slice(end, end + len(mine) * ways))
            end = self.places[-1].stop
        self.weights = nn.Parameter(torch.zeros(hidden, end))
        self.biases = nn.Parameter(torch.zeros(end))

    def forward(self, logits: Tensor, hidden: Tensor, token: int, mine: Tensor, past: Past) -> Tensor:
        """The scores with what the siblings have.

        Shapes:
            logits: (rows, size)
            hidden: (rows, hidden)
            mine: (rows, tokens), what is known of the rows: the tokens before this one
            returns: (rows, size)
        """
        places = self.places[token]
        if places.start == places.stop or not past.there.shape[1]:
            return logits
        strengths = _FAST * (hidden @ self.weights[:, places] + self.biases[places])
        with torch.no_grad():
            terms = self.terms(token, mine, past)
        return torch.baddbmm(logits[:, None], strengths[:, None], terms)[:, 0]

    @abstractmethod
    def terms(self, token: int, mine: Tensor, past: Past) -> Tensor:
        """How much each value is told of by the siblings, in every way. Shapes: (rows, terms, size)."""
