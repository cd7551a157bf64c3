"""Draws of one outcome per row from scores."""

import math

import torch
from torch import Tensor, nn

_FARTHEST = 40.0
"""Nats by which scores are moved at most."""
_HALVINGS = 40
_RULED_OUT = -1e9
_IMPOSSIBLE = 1e3
"""So many nats below the likeliest value another is ruled out already."""
_UNLIKELY = math.log(0.05)
"""Nats below its usual frequency at which a value is."""
_BLOCK = 64
"""Outcomes that are cumulated together, where there are many: first the block is drawn, then one of it."""


def draw(
    logits: Tensor, generator: torch.Generator, *, evenly: bool = False, weights: Tensor | None = None
) -> Tensor:
    """One outcome per row in proportion to exp(logits). Shapes: (rows, n) -> (rows,).

    One uniform number per row, looked up in the cumulated probabilities: a number per outcome (the Gumbel
    trick) costs three times as much.

    Args:
        logits: Scores in nats.
        generator: Where the draws come from.
        evenly: Whether as many rows have the first outcome (nothing) as their probabilities come to, up to
            one, and of rows that have their probabilities in common, each other outcome as well. Each row has
            its probabilities all the same.
        weights: By which rows are sorted before they are drawn evenly: then what those with the first
            outcome weigh together is near what it should be. Shapes: (rows,)
    """
    rows, size = logits.shape
    at = _even(logits, generator, weights) if evenly else torch.rand(rows, 1, generator=generator)
    at = at.to(logits.device)
    if size <= 4 * _BLOCK:
        cumulated = torch.softmax(logits, 1).cumsum(1)
        return _place(cumulated, at * cumulated[:, -1:])[:, 0]
    weights = (logits - logits.amax(1, keepdim=True)).exp_()
    blocks = nn.functional.pad(weights, (0, -size % _BLOCK)).view(rows, -1, _BLOCK)
    cumulated = blocks.sum(2).cumsum(1)
    at = at * cumulated[:, -1:]
    block = _place(cumulated, at)
    before = torch.where(block > 0, cumulated.gather(1, (block - 1).clamp(min=0)), 0.0)
    inside = blocks[torch.arange(rows, device=at.device), block[:, 0]].cumsum(1)
    return block[:, 0] * _BLOCK + _place(inside, at - before)[:, 0]


def _place(cumulated: Tensor, at: Tensor) -> Tensor:
    """The outcome whose part of the cumulated weights holds a number.

    Shapes:
        (rows, n), (rows, 1) -> (rows, 1)
    """
    total = cumulated[:, -1:]
    at = torch.minimum(at, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulated, at, right=True)


def _even(logits: Tensor, generator: torch.Generator, weights: Tensor | None) -> Tensor:
    """Uniform numbers, as many of them below the probabilities of the first outcome as these come to.

    Systematic sampling (Madow 1949): the probabilities are laid end to end in random order, and a row is hit
    if one of the whole numbers, moved by a random part of one, falls in its own. The others get one of every
    n-th of what is left.

    Shapes:
        logits: (rows, n)
        returns: (rows, 1)
    """
    first = (logits[:, :1] - logits.logsumexp(1, keepdim=True)).float().exp().clamp(max=1).cpu()
    rows = len(first)
    order = torch.randperm(rows, generator=generator)
    if weights is not None:
        order = order[torch.argsort(weights[order], stable=True)]
    ends = first[order].double().cumsum(0) + torch.rand(1, generator=generator)
    hit = torch.empty(rows, 1, dtype=torch.bool)
    hit[order] = ends.floor().diff(dim=0, prepend=torch.zeros(1, 1)) > 0
    missed = int(rows - hit.sum())
    at = torch.rand(rows, 1, generator=generator)
    at[~hit] = (at[~hit] + torch.randperm(missed, generator=generator)) / max(missed, 1)
    return torch.where(hit, at * first, first + at * (1 - first))


def without_unlikely(logits: Tensor, usual: Tensor) -> Tensor:
    """Scores without the values that are much rarer than they usually are, of those there may be.

    A network never rules a value out: what cannot be is left a little, and of thousands of rows some have it.
    All that is left out together is a twentieth at most of what is drawn.

    Args:
        logits: Scores in nats, far below the others for what may not be.
        usual: Log frequencies of the values among all rows.

    Shapes:
        logits: (rows, n)
        usual: (n,)
        returns: (rows, n)
    """
    may = logits > logits.amax(1, keepdim=True) - _IMPOSSIBLE
    chance = usual - torch.where(may, usual, -torch.inf).logsumexp(1, keepdim=True)
    rare = logits - logits.logsumexp(1, keepdim=True) - chance < _UNLIKELY
    return logits.masked_fill(rare & may, _RULED_OUT)


def first_in_share(logits: Tensor, share: float, weights: Tensor | None = None) -> Tensor:
    """Scores by which a share of all rows has the first outcome; rows differ in them as before.

    Args:
        logits: Scores in nats.
        share: Of the rows.
        weights: How much each row counts; None for all alike.

    Shapes:
        logits: (rows, n)
        weights: (rows,)
        returns: (rows, n)
    """
    weights = torch.ones(len(logits)) if weights is None else weights
    weights = (weights / weights.sum()).to(logits.device, torch.float64)
    apart = (logits[:, 0] - logits[:, 1:].logsumexp(1)).double()
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (
            (low, middle) if float(torch.sigmoid(apart + middle) @ weights) > share else (middle, high)
        )
    return torch.cat([logits[:, :1] + high, logits[:, 1:]], 1)
