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
_NEIGHBOURS = 4
"""Rows of about the same weight whose order is left to chance."""
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
        weights: How much each row counts: rows are drawn evenly among those that count about as much, so
            that what those with an outcome weigh together is near what it should be. Shapes: (rows,)
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
        order = _by_weight(order, weights, generator)
    ends = first[order].double().cumsum(0) + torch.rand(1, generator=generator)
    hit = torch.empty(rows, 1, dtype=torch.bool)
    hit[order] = ends.floor().diff(dim=0, prepend=torch.zeros(1, 1)) > 0
    at = torch.rand(rows, 1, generator=generator)
    if weights is None:
        missed = int(rows - hit.sum())
        at[~hit] = (at[~hit] + torch.randperm(missed, generator=generator)) / max(missed, 1)
    else:
        missed = order[~hit[order, 0]]
        at[missed, 0] = _stratified(len(missed), generator)
    return torch.where(hit, at * first, first + at * (1 - first))


def _by_weight(order: Tensor, weights: Tensor, generator: torch.Generator) -> Tensor:
    """Rows from the least to the greatest weight, in random order among neighbours.

    Were it the same order for every token, what comes in every third row of one would go together with what
    comes in every third row of another.

    Shapes:
        (rows,), (rows,) -> (rows,)
    """
    order = order[torch.argsort(weights[order], stable=True)]
    block = torch.arange(-len(order), 0) // _NEIGHBOURS
    return order[torch.argsort(block + torch.rand(len(order), generator=generator, dtype=torch.float64))]


def _stratified(n: int, generator: torch.Generator) -> Tensor:
    """Uniform numbers, spread evenly over all n, over each half of them, each quarter, and so on.

    A (0, 2)-net of base 2 (Niederreiter 1992), any of all: of each two neighbouring strata one falls to the
    first half of the rows and one to the second, whichever; then the halves are dealt with alike.

    Shapes:
        returns: (n,)
    """
    strata = torch.arange(1 << max(n - 1, 0).bit_length())[None]
    size = strata.shape[1]
    while strata.shape[1] > 1:
        pairs = strata.unflatten(1, (-1, 2))
        first = torch.rand(pairs.shape[:2], generator=generator) < 0.5
        halves = [torch.where(first, pairs[..., at], pairs[..., 1 - at]) for at in (0, 1)]
        strata = torch.stack(halves, 1).flatten(0, 1)
    return ((strata[:, 0] + torch.rand(size, generator=generator)) / size)[size - n :]


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


def tilt(logits: Tensor, values: Tensor, mean: float, weights: Tensor) -> float:
    """How much must be added to the scores per value so that what is drawn has a mean.

    Such an exponential tilt changes the outcomes as little as can be.

    Args:
        logits: Scores in nats.
        values: What the outcomes stand for, 0 to 1.
        mean: Of what is drawn; as near as can be if no tilt reaches it.
        weights: How much each row counts.

    Shapes:
        logits: (rows, n)
        values: (n,)
        weights: (rows,)
    """
    scores, values = logits.double(), values.to(logits.device, torch.float64)
    weights = (weights / weights.sum()).to(logits.device, torch.float64)
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = float(weights @ (torch.softmax(scores + middle * values, 1) @ values))
        low, high = (low, middle) if found > mean else (middle, high)
    return high
