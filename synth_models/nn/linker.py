"""How well each row of another table fits as the parent of a row."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

from synth_models.nn.blocks import mlp

IMPOSSIBLE = -1e4


@final
class Linker(nn.Module):
    """Scores ``q . k + s A v + b`` of children and candidate parents, plus a learned bonus for each way they
    agree.

    q and k are short; A tells what they have no room for (who flies where), and is nothing at first.

    Args:
        child: Length of a child's state.
        parent: Length of a parent's vector.
        hidden: Hidden units of both networks.
        width: Length of q and k.
        log_odds: For each possible agreement, the bonus to start from, in nats.
        exact: For each, whether parents that do not agree are ruled out.
    """

    def __init__(
        self,
        child: int,
        parent: int,
        hidden: Sequence[int],
        width: int,
        log_odds: Sequence[float],
        exact: Sequence[bool],
    ) -> None:
        super().__init__()
        self.query_net = mlp(child, hidden, width)
        self.key_net = mlp(parent, hidden, width + 1)
        self.direct = nn.Linear(parent, child, bias=False)
        nn.init.zeros_(self.direct.weight)
        self.bonus = nn.Parameter(torch.tensor(list(log_odds)))
        self.exact = list(exact)

    def keys(self, parents: Tensor) -> Tensor:
        """Shapes: (parents, parent) -> (parents, length + 1), the last one a bias."""
        return torch.cat([self.direct(parents), self.key_net(parents)], 1)

    def queries(self, children: Tensor) -> Tensor:
        """Shapes: (children, child) -> (children, length)."""
        return torch.cat([children, self.query_net(children)], 1)

    def scores(
        self, queries: Tensor, keys: Tensor, known: Sequence[Tensor], theirs: Sequence[Tensor]
    ) -> Tensor:
        """Scores in nats.

        Shapes:
            queries: (children, length)
            keys: (candidates, length + 1)
            known: per agreement (children,), the row reached from the child, -1 for none
            theirs: per agreement (candidates,), the row reached from the candidate, -1 for none
            returns: (children, candidates)
        """
        scores = torch.addmm(keys[:, -1], queries, keys[:, :-1].T)
        for index, (mine, other) in enumerate(zip(known, theirs, strict=True)):
            agree = ((mine[:, None] == other[None, :]) & (mine >= 0)[:, None]).to(scores.device)
            scores = scores + self.bonus[index] * agree
            if self.exact[index]:
                ruled_out = ~agree & (mine >= 0)[:, None].to(scores.device)
                scores = scores.masked_fill(ruled_out, IMPOSSIBLE)
        return scores

    def pair_scores(
        self, queries: Tensor, keys: Tensor, known: Sequence[Tensor], theirs: Sequence[Tensor]
    ) -> Tensor:
        """Scores in nats of children and parents side by side.

        Shapes:
            queries: (pairs, length)
            keys: (pairs, length + 1)
            known, theirs: per agreement (pairs,), what is reached from the child and from the parent
            returns: (pairs,)
        """
        scores = (queries * keys[:, :-1]).sum(1) + keys[:, -1]
        for index, (mine, other) in enumerate(zip(known, theirs, strict=True)):
            scores = scores + self.bonus[index] * ((mine == other) & (mine >= 0)).to(scores.device)
        return scores
