"""Draws of one outcome per row from scores."""

import torch
from torch import Tensor

_FARTHEST = 40.0
"""Nats by which scores are moved at most."""
_HALVINGS = 40


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
    cumulated = torch.softmax(logits, 1).cumsum(1)
    total, rows = cumulated[:, -1:], len(logits)
    at = torch.rand(rows, 1, generator=generator)
    if evenly:
        at = (at + torch.randperm(rows, generator=generator)[:, None]) / rows
    at = at.to(logits.device) * total
    at = torch.minimum(at, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulated, at, right=True)[:, 0]


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
