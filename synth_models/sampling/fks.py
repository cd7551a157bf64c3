"""Choosing parents: learned scores under a budget of children for each."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.links import MIX
from synth_models.nn.linker import IMPOSSIBLE, Linker
from synth_models.sampling.draws import draw

_ALL = 8192
"""Up to so many parents all are candidates; of more, a sample drawn in proportion to the budgets left."""
_CANDIDATES = 2048
_CELLS = 1_000_000
"""Scores at once: as many as stay in a processor's cache."""
_ROUNDS = 40
_WITHIN = 256
"""Of parents that must agree with a row, so many at most are candidates, drawn at random."""
_USED_UP = -12.0
"""Stands for the log of a budget of which nothing is left, where a row has few possible parents."""


@final
class Chooser:
    """Draws the parents of one key of one table, never more children than a parent's budget.

    A row that must agree with its parent takes one that does, even beyond its budget.

    Args:
        linker: The learned scores.
        vectors: The parents. Shapes: (parents, width)
        budget: Children left for each. Shapes: (parents,)
        temp: Divides the scores: below 1 sharper, above 1 flatter.
        theirs: Per way to agree what is reached from each parent. Shapes: (parents,)
        generator: Where the draws come from.
        unique: Whether a pair of (owner, parent) may be drawn only once.
        unordered: Whether it may not come the other way round either; owners are parents then, from 1.
        strict: Whether a row gets no parent, rather than any, if none agrees with it as it must.

    Attributes:
        brought: What rows take of their parent's budget: one each, unless it is set. Shapes: (n,) -> (n,)
    """

    def __init__(
        self,
        linker: Linker,
        vectors: Tensor,
        budget: np.ndarray,
        temp: float,
        theirs: Sequence[Tensor],
        generator: torch.Generator,
        *,
        unique: bool = False,
        unordered: bool = False,
        strict: bool = False,
    ) -> None:
        self.linker, self.temp, self.generator = linker, temp, generator
        self.unique, self.unordered, self.strict = unique, unordered, strict
        self.brought: Callable[[Tensor], Tensor] = torch.ones_like
        self.keys = linker.keys(vectors)
        self.device = vectors.device
        self.budget = budget
        self.share = torch.from_numpy(np.maximum(budget, 0)).double()
        self.left = self.share.clone()
        self.theirs = list(theirs)
        self.taken = np.zeros(0, dtype=np.int64)
        self.asked = self.keys.new_zeros(0, self.keys.shape[1] - 1)
        self._groups: dict[tuple[int, ...], tuple[Tensor, Tensor]] = {}

    def remember(self, rows: int) -> None:
        """Keep, in ``asked``, what is known of so many rows when they choose. Shapes: (rows, width)."""
        self.asked = self.keys.new_zeros(rows, self.keys.shape[1] - 1)

    def with_share(self, cards: np.ndarray, generator: torch.Generator) -> "Chooser":
        """The same choice for a part of the rows, with a part of the budget and random numbers of its own.

        Args:
            cards: One parent for every child that it may give to. Shapes: (children,)
            generator: Where the draws come from.
        """
        part = copy(self)
        part.left = torch.from_numpy(np.bincount(cards, minlength=len(self.budget))).double()
        part.generator = generator
        return part

    def spend(self, parents: Tensor) -> None:
        """Children that got these parents without choosing. Shapes: (n,), -1 for none."""
        self.left -= torch.bincount(parents[parents >= 0], minlength=len(self.left))
        self.left.clamp_(min=0)

    def forget(self) -> None:
        """Start a new group of owners: pairs drawn before cannot come again."""
        self.taken = np.zeros(0, dtype=np.int64)

    def choose(
        self, queries: Tensor, known: Sequence[Tensor], owners: Tensor, brought: Tensor | None = None
    ) -> Tensor:
        """A parent for every row, -1 where none is possible.

        Args:
            queries: What is known of the rows. Shapes: (rows, width)
            known: Per way to agree what is reached from each child. Shapes: (rows,)
            owners: What a parent may be paired with only once, if pairs are unique. Shapes: (rows,)
            brought: What each row takes of its parent's budget, None for one. Shapes: (rows,)
        """
        brought = torch.ones(len(queries), dtype=torch.long) if brought is None else brought
        chosen = torch.full((len(queries),), -1, dtype=torch.long)
        if not len(self.keys):
            return chosen
        exact = [way for way, must in enumerate(self.linker.exact) if must]
        pattern = torch.zeros(len(queries), dtype=torch.long)
        for place, way in enumerate(exact):
            pattern |= (known[way] >= 0).long() << place
        for which in torch.unique(pattern).tolist():
            rows = torch.nonzero(pattern == which)[:, 0]
            ways = tuple(way for place, way in enumerate(exact) if which >> place & 1)
            self._fill(chosen, rows, queries, known, owners, brought, ways)
        if not self.strict and (chosen < 0).any():
            self._fill(chosen, torch.nonzero(chosen < 0)[:, 0], queries, known, owners, brought, ())
        return chosen

    def _fill(
        self,
        chosen: Tensor,
        waiting: Tensor,
        queries: Tensor,
        known: Sequence[Tensor],
        owners: Tensor,
        brought: Tensor,
        ways: tuple[int, ...],
    ) -> None:
        """Choose for the waiting rows, which must agree with their parents in these ways."""
        for attempt in range(_ROUNDS):
            wanted = max(1, int(brought[waiting].sum()))
            if self.left.sum() < wanted or attempt == _ROUNDS // 2:  # or only taken pairs are left
                self._refill(wanted)
            drawn = self._draw(queries, known, waiting, ways)
            waiting, drawn = waiting[drawn >= 0], drawn[drawn >= 0]
            if not len(waiting):
                return
            patient = not ways or attempt < _ROUNDS // 4
            accepted = self._accept(drawn, owners[waiting], brought[waiting], patient=patient)
            chosen[waiting[accepted]] = drawn[accepted]
            waiting = waiting[~accepted]
            if not len(waiting):
                return
        # No new pair could be found for these: the sampler drops what repeats.
        chosen[waiting] = self._draw(queries, known, waiting, ways)

    def _refill(self, wanted: int) -> None:
        share = self.share if self.share.sum() > 0 else torch.ones_like(self.share)
        more = torch.multinomial(share.float(), wanted, replacement=True, generator=self.generator)
        self.left += torch.bincount(more, minlength=len(self.left))

    def _draw(self, queries: Tensor, known: Sequence[Tensor], rows: Tensor, ways: tuple[int, ...]) -> Tensor:
        queries, known = queries[rows.to(queries.device)], [k[rows] for k in known]
        return self._draw_within(queries, known, ways) if ways else self._draw_among_all(queries, known)

    def _draw_among_all(self, queries: Tensor, known: Sequence[Tensor]) -> Tensor:
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
        theirs = [values[candidates] for values in self.theirs]
        keys = self.keys[candidates.to(self.device)]
        size = max(1, _CELLS // len(candidates))
        parts = []
        for start in range(0, len(queries), size):
            piece = slice(start, start + size)
            scores = self.linker.scores(queries[piece], keys, [k[piece] for k in known], theirs)
            if self.temp != 1:
                scores = torch.where(scores > IMPOSSIBLE / 2, scores / self.temp, scores)
            parts.append(candidates[draw(scores + bias, self.generator).cpu()])
        return torch.cat(parts)

    def _draw_within(self, queries: Tensor, known: Sequence[Tensor], ways: tuple[int, ...]) -> Tensor:
        """For each row a parent that agrees in these ways, -1 where there is none."""
        order, codes = self._group(ways)
        mine = _joined([known[way] for way in ways])
        low = torch.searchsorted(codes, mine)
        size = torch.searchsorted(codes, mine, right=True) - low
        chosen = torch.full((len(mine),), -1, dtype=torch.long)
        for some in torch.split(torch.nonzero(size)[:, 0], _CELLS // _WITHIN):
            counts = size[some].clamp(max=_WITHIN)
            row = torch.repeat_interleave(torch.arange(len(some)), counts)
            place = torch.arange(len(row)) - torch.repeat_interleave(counts.cumsum(0) - counts, counts)
            anywhere = (torch.rand(len(row), generator=self.generator) * size[some][row]).long()
            place = torch.where(size[some][row] > _WITHIN, anywhere, place)
            candidate, of_row = order[low[some][row] + place], some[row]
            scores = self.linker.pair_scores(
                queries[of_row.to(self.device)],
                self.keys[candidate.to(self.device)],
                [k[of_row] for k in known],
                [values[candidate] for values in self.theirs],
            ).cpu()
            left = self.left[candidate]
            bias = torch.where(left > 0, left.clamp(min=1).log(), _USED_UP).float()
            noise = torch.empty(len(row)).exponential_(generator=self.generator).log()
            chosen[some] = candidate[_best_of_each(scores / self.temp + bias - noise, row, len(some))]
        return chosen

    def _group(self, ways: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """The parents sorted by what they agree in, and that."""
        if ways not in self._groups:
            codes = _joined([self.theirs[way] for way in ways])
            order = torch.argsort(codes, stable=True)
            self._groups[ways] = (order, codes[order])
        return self._groups[ways]

    def _accept(self, drawn: Tensor, owners: Tensor, brought: Tensor, *, patient: bool) -> Tensor:
        """Which draws stand: within the budget (while patient), and new pairs where pairs are unique."""
        order = torch.randperm(len(drawn), generator=self.generator)
        accepted = torch.ones(len(drawn), dtype=torch.bool)
        if patient:  # the one that the budget ends with is in it by more than half, or waits
            ends = running_total(drawn[order], brought[order])
            accepted[order] = ends - brought[order] / 2 < self.left[drawn[order]]
        if self.unique:
            pairs = self.pairs(owners, drawn).numpy()
            accepted &= torch.from_numpy(self._new(pairs))
            new = np.sort(pairs[accepted.numpy()])
            self.taken = np.insert(self.taken, np.searchsorted(self.taken, new), new)
        spent = brought[accepted].double()
        self.left -= torch.bincount(drawn[accepted], weights=spent, minlength=len(self.left))
        self.left.clamp_(min=0)
        return accepted

    def pairs(self, owners: Tensor, parents: Tensor) -> Tensor:
        """One number for each pair that may come only once. Shapes: (rows,), (rows,) -> (rows,)."""
        one, other = owners, parents + 1
        if self.unordered:
            one, other = torch.minimum(one, other), torch.maximum(one, other)
        return one * (len(self.left) + 1) + other

    def _new(self, pairs: np.ndarray) -> np.ndarray:
        """Which pairs are the first of their kind, and not taken yet. Shapes: (rows,) -> (rows,)."""
        new = np.zeros(len(pairs), dtype=bool)
        new[np.unique(pairs, return_index=True)[1]] = True
        if len(self.taken):
            at = np.searchsorted(self.taken, pairs).clip(max=len(self.taken) - 1)
            new &= self.taken[at] != pairs
        return new


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """One number for each combination, the same wherever it is computed. Shapes: each (n,) -> (n,)."""
    joined = parts[0]
    for part in parts[1:]:
        joined = joined * MIX + part  # wraps around
    return joined


def _best_of_each(scores: Tensor, row: Tensor, n: int) -> Tensor:
    """The place of the highest score of each row. Shapes: (pairs,), (pairs,) ascending -> (n,)."""
    order = torch.argsort(scores)
    order = order[torch.argsort(row[order], stable=True)]
    return order[torch.bincount(row, minlength=n).cumsum(0) - 1]


def running_total(values: Tensor, sizes: Tensor) -> Tensor:
    """What equal values come to, with each and those before it. Shapes: (n,), (n,) -> (n,)."""
    order = torch.argsort(values, stable=True)
    ranked, total = values[order], sizes[order].cumsum(0)
    first = torch.searchsorted(ranked, ranked)
    found = torch.empty_like(total)
    found[order] = total - total[first] + sizes[order][first]
    return found


def occurrence(values: Tensor) -> Tensor:
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
