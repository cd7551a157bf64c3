"""Choosing parents: learned scores under a budget of children for each."""

from collections.abc import Callable, Sequence
from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.nn.linker import IMPOSSIBLE, Linker

_ALL = 8192
"""Up to so many parents all are candidates; of more, a sample drawn in proportion to the budgets left."""
_CANDIDATES = 2048
_CELLS = 16_000_000
_ROUNDS = 40

Climb = Callable[[Tensor], list[Tensor]]


@final
class Chooser:
    """Draws the parents of one key of one table, never more children than a parent's budget.

    Args:
        linker: The learned scores.
        vectors: The parents. Shapes: (parents, width)
        budget: Children left for each. Shapes: (parents,)
        temp: Divides the scores: below 1 sharper, above 1 flatter.
        theirs: From parents to the rows they reach, per way to agree.
        generator: Where the draws come from.
        unique: Whether a pair of (owner, parent) may be drawn only once.
    """

    def __init__(
        self,
        linker: Linker,
        vectors: Tensor,
        budget: np.ndarray,
        temp: float,
        theirs: Climb,
        generator: torch.Generator,
        unique: bool,
    ) -> None:
        self.linker, self.temp, self.generator, self.unique = linker, temp, generator, unique
        self.keys = linker.keys(vectors)
        self.device = vectors.device
        self.share = torch.from_numpy(np.maximum(budget, 0)).double()
        self.left = self.share.clone()
        self.theirs = theirs
        self.taken = np.zeros(0, dtype=np.int64)

    def forget(self) -> None:
        """Start a new group of owners: pairs drawn before cannot come again."""
        self.taken = np.zeros(0, dtype=np.int64)

    def choose(self, queries: Tensor, known: Sequence[Tensor], owners: Tensor) -> Tensor:
        """A parent for every row, -1 only where there is none at all.

        Args:
            queries: What is known of the rows. Shapes: (rows, width)
            known: Per way to agree the row reached from each child. Shapes: (rows,)
            owners: What a parent may be paired with only once, if pairs are unique. Shapes: (rows,)
        """
        chosen = torch.full((len(queries),), -1, dtype=torch.long)
        if not len(self.keys):
            return chosen
        waiting = torch.arange(len(queries))
        for attempt in range(_ROUNDS):
            if not len(waiting):
                return chosen
            if self.left.sum() < len(waiting) or attempt == _ROUNDS // 2:  # or only taken pairs are left
                self._refill(len(waiting))
            drawn = self._draw(queries[waiting], [k[waiting] for k in known])
            accepted = self._accept(drawn, owners[waiting])
            chosen[waiting[accepted]] = drawn[accepted]
            waiting = waiting[~accepted]
        # No new pair could be found for these: the sampler drops what repeats.
        if len(waiting):
            chosen[waiting] = self._draw(queries[waiting], [k[waiting] for k in known])
        return chosen

    def _refill(self, wanted: int) -> None:
        share = self.share if self.share.sum() > 0 else torch.ones_like(self.share)
        more = torch.multinomial(share.float(), wanted, replacement=True, generator=self.generator)
        self.left += torch.bincount(more, minlength=len(self.left))

    def _draw(self, queries: Tensor, known: Sequence[Tensor]) -> Tensor:
        if len(self.left) <= _ALL:
            candidates = torch.nonzero(self.left > 0)[:, 0]
            weights = self.left[candidates]
        else:
            picked = torch.searchsorted(
                self.left.cumsum(0),
                torch.rand(_CANDIDATES, generator=self.generator, dtype=torch.float64) * self.left.sum(),
                right=True,
            ).clamp(max=len(self.left) - 1)
            candidates, weights = torch.unique(picked, return_counts=True)
        bias = weights.float().log().to(self.device)
        theirs = self.theirs(candidates)
        keys = self.keys[candidates.to(self.device)]
        size = max(1, _CELLS // len(candidates))
        parts = []
        for start in range(0, len(queries), size):
            piece = slice(start, start + size)
            scores = self.linker.scores(queries[piece], keys, [k[piece] for k in known], theirs)
            logits = torch.where(scores > IMPOSSIBLE / 2, scores / self.temp, scores) + bias
            parts.append(candidates[draw(logits, self.generator).cpu()])
        return torch.cat(parts)

    def _accept(self, drawn: Tensor, owners: Tensor) -> Tensor:
        """Which draws stand: within the budget, and new pairs where pairs are unique."""
        order = torch.randperm(len(drawn), generator=self.generator)
        accepted = torch.zeros(len(drawn), dtype=torch.bool)
        place = _occurrence(drawn[order])
        accepted[order] = place < self.left[drawn[order]]
        if self.unique:
            pairs = owners.numpy() * len(self.left) + drawn.numpy()
            first = np.zeros(len(pairs), dtype=bool)
            first[np.unique(pairs, return_index=True)[1]] = True
            accepted &= torch.from_numpy(first & ~np.isin(pairs, self.taken))
            self.taken = np.concatenate([self.taken, pairs[accepted.numpy()]])
        self.left -= torch.bincount(drawn[accepted], minlength=len(self.left))
        self.left.clamp_(min=0)
        return accepted


def _occurrence(values: Tensor) -> Tensor:
    """How many equal values stand before each. Shapes: (n,) -> (n,)."""
    order = torch.argsort(values, stable=True)
    ranked = values[order]
    index = torch.arange(len(values))
    new = torch.ones(len(values), dtype=torch.bool)
    new[1:] = ranked[1:] != ranked[:-1]
    start = torch.cummax(torch.where(new, index, 0), 0).values
    place = torch.empty_like(index)
    place[order] = index - start
    return place


def draw(logits: Tensor, generator: torch.Generator) -> Tensor:
    """One outcome per row in proportion to exp(logits), by the Gumbel trick. Shapes: (rows, n) -> (rows,)."""
    noise = torch.empty(logits.shape).exponential_(generator=generator).to(logits.device)
    return (logits - noise.log()).argmax(1)
