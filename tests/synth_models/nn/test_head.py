"""The head is autoregressive, and its two ways of running agree."""

import numpy as np
import torch

from synth_models.nn.head import Head

WIDTHS, SIZES = [4, 6, 4, 4], [3, 0, 5, 2]


def make() -> Head:
    torch.manual_seed(1)
    ranks = [np.linspace(0, 1, 3), None, np.linspace(0, 1, 5), None]
    return Head(WIDTHS, SIZES, ranks, context=7, hidden=(16, 16), dropout=0.1).eval()


def test_a_step_sees_only_earlier_steps() -> None:
    head, vectors, context = make(), torch.randn(5, sum(WIDTHS)), torch.randn(5, 7)
    before = head(vectors, context)
    start = 0
    for step, width in enumerate(WIDTHS):
        changed = vectors.clone()
        changed[:, start : start + width] += 1.0
        after = head(changed, context)
        torch.testing.assert_close(after[: step + 1], before[: step + 1])
        if step + 1 < len(WIDTHS):
            assert not torch.allclose(after[step + 1 :], before[step + 1 :])
        start += width


def test_one_by_one_is_the_same_as_all_at_once() -> None:
    head, vectors, context = make(), torch.randn(5, sum(WIDTHS)), torch.randn(5, 7)
    together = head(vectors, context)
    mixed = head.start(context).clone()
    for step in range(len(WIDTHS)):
        torch.testing.assert_close(head.state(mixed, step), together[step], atol=1e-5, rtol=1e-5)
        head.add(mixed, step, vectors[:, head.offsets[step] : head.offsets[step + 1]])


def test_every_parameter_that_can_matters() -> None:
    head = make()
    hidden = head(torch.randn(5, sum(WIDTHS)), torch.randn(5, 7))
    sum(head.logits(hidden[s], s).pow(2).sum() for s in range(4) if SIZES[s]).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in head.parameters())
