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
        distances: For each number that is compared, the ends of steps and the bonus of each to start from, in
            nats.
    """

    def __init__(
        self,
        child: int,
        parent: int,
        hidden: Sequence[int],
        width: int,
        log_odds: Sequence[float],
        exact: Sequence[bool],
        distances: Sequence[tuple[Sequence[float], Sequence[float]]] = (),
    ) -> None:
        super().__init__()
        self.query_net = mlp(child, hidden, width)
        self.key_net = mlp(parent, hidden, width + 1)
        self.direct = nn.Linear(parent, child, bias=False)
        nn.init.zeros_(self.direct.weight)
        self.bonus = nn.Parameter(torch.tensor(list(log_odds)))
        self.exact = list(exact)
        self.steps = nn.ParameterList([torch.tensor(list(odds)) for _, odds in distances])
        for at, (edges, _) in enumerate(distances):
            self.register_buffer(
                f"edges_{at}", torch.tensor(list(edges), dtype=torch.float64), persistent=False
            )

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
            known: per agreement (children,), the row reached from the child, -1 for none; then per distance
                its number, NaN for none
            theirs: per agreement (candidates,), the row reached from the candidate, -1 for none; then numbers
            returns: (children, candidates)
        """
        scores = torch.addmm(keys[:, -1], queries, keys[:, :-1].T)
        ways = len(self.exact)
        for index, (mine, other) in enumerate(zip(known[:ways], theirs[:ways], strict=True)):
            agree = ((mine[:, None] == other[None, :]) & (mine >= 0)[:, None]).to(scores.device)
            scores = scores + self.bonus[index] * agree
            if self.exact[index]:
                ruled_out = ~agree & (mine >= 0)[:, None].to(scores.device)
                scores = scores.masked_fill(ruled_out, IMPOSSIBLE)
        for index, (mine, other) in enumerate(zip(known[ways:], theirs[ways:], strict=True)):
            scores = scores + self._nearness(index, mine[:, None] - other[None, :])
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
        scores, ways = (queries * keys[:, :-1]).sum(1) + keys[:, -1], len(self.exact)
        for index, (mine, other) in enumerate(zip(known[:ways], theirs[:ways], strict=True)):
            scores = scores + self.bonus[index] * ((mine == other) & (mine >= 0)).to(scores.device)
        for index, (mine, other) in enumerate(zip(known[ways:], theirs[ways:], strict=True)):
            scores = scores + self._nearness(index, mine - other)
        return scores

    def _nearness(self, index: int, distance: Tensor) -> Tensor:
        """The bonus of distances, nothing for unknown ones. Shapes: (...) -> (...)."""
        odds, edges = self.steps[index], getattr(self, f"edges_{index}")
        distance = distance.to(odds.device)
        step = torch.bucketize(distance, edges, right=True).clamp(max=len(edges))
        return torch.where(torch.isnan(distance), 0.0, odds[step])
