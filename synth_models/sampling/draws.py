"""Draws of one outcome per row from scores."""

import torch
from torch import Tensor, nn

_FARTHEST = 40.0
"""Nats by which scores are moved at most."""
_HALVINGS = 40
_BLOCK = 64
"""Outcomes that are cumulated together, where there are many: first the block is drawn, then one of it."""


def draw(logits: Tensor, generator: torch.Generator, *, evenly: bool = False) -> Tensor:
    """One outcome per row in proportion to exp(logits). Shapes: (rows, n) -> (rows,).

    One uniform number per row, looked up in the cumulated probabilities: a number per outcome (the Gumbel
    trick) costs three times as much.

    Args:
        logits: Scores in nats.
        generator: Where the draws come from.
        evenly: Whether the uniform numbers are one of every n-th of the unit interval, in random order. Each
            row has its probabilities all the same; but of rows that have them in common, an outcome is that
            of as many as they say, up to one.
    """
    rows, size = logits.shape
    at = torch.rand(rows, 1, generator=generator)
    if evenly:
        at = (at + torch.randperm(rows, generator=generator)[:, None]) / rows
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


def first_in_share(logits: Tensor, share: float) -> Tensor:
    """Scores by which a share of all rows has the first outcome; rows differ in them as before.

    Shapes:
        logits: (rows, n)
        returns: (rows, n)
    """
    apart = (logits[:, 0] - logits[:, 1:].logsumexp(1)).double()
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if float(torch.sigmoid(apart + middle).mean()) > share else (middle, high)
    return torch.cat([logits[:, :1] + high, logits[:, 1:]], 1)
