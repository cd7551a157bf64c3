"""What a family has had before: values of earlier siblings become likelier, as in a Pólya urn."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor

from synth_models.nn.past import Past
from synth_models.nn.sibling_terms import SiblingTerms

_START = 5.0
"""Siblings that weigh as much as what all families have."""


@final
class Urn(SiblingTerms):
    """Adds to the scores of tokens what the earlier siblings of a row had there.

    The values of a family come as from a Pólya urn whose base measure are the marginal frequencies: the
    probability of a value grows with how often the family has had it (Blackwell and MacQueen 1973), and by a
    learned amount if the last sibling had it (the copying of Gu et al. 2016, arXiv 1603.06393). How much all
    this tells depends on the row, and starts from nothing.

    Args:
        sizes: Vocabulary of each token.
        groups: For each the groups of siblings that count, as the tokens in which these must agree with the
            row.
        hidden: Length of the hidden state.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        groups: Sequence[Sequence[Sequence[int]]],
        hidden: int,
    ) -> None:
        super().__init__(groups, 2, hidden)
        self.sizes = list(sizes)
        self.starts = torch.cumsum(torch.tensor([0, *sizes]), 0).tolist()
        self.base: Tensor
        self.register_buffer("base", torch.ones(self.starts[-1]))

    def start_from(self, token: int, counts: Tensor) -> None:
        """Begin with the marginal frequencies as the base measure. Shapes: (size,)."""
        with torch.no_grad():
            shares = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
            self.base[self.starts[token] : self.starts[token + 1]] = _START * shares

    def places_of(self, old: "Urn") -> dict[str, Tensor]:
        """See ``carry_over``: the new values of each token come after its old ones."""
        places = [start + torch.arange(size) for start, size in zip(self.starts[:-1], old.sizes, strict=True)]
        return {"base": torch.cat(places)} if places else {}

    def terms(self, token: int, mine: Tensor, past: Past) -> Tensor:
        """See ``SiblingTerms``: how often siblings had each value, and whether the last one had it."""
        base = self.base[self.starts[token] : self.starts[token + 1]]
        rows, size = len(mine), self.sizes[token]
        terms = base.new_empty(rows, self.places[token].stop - self.places[token].start, size)
        theirs = past.tokens[:, :, token].long()
        for number, conditions in enumerate(self.groups[token]):
            agree = past.agreeing(mine, conditions)
            counts = base.new_zeros(rows, size).scatter_add_(1, theirs, agree.to(base.dtype))
            there, first = agree.to(torch.uint8).max(1)
            value = theirs.gather(1, first[:, None])
            terms[:, 2 * number] = torch.log1p(counts / base)
            terms[:, 2 * number + 1] = 0.0
            terms[:, 2 * number + 1].scatter_(1, value, there[:, None].to(base.dtype))
        return terms
