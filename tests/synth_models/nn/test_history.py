"""Summaries of earlier siblings."""

import torch

from synth_models.nn.history import PrefixHistory


def make() -> PrefixHistory:
    torch.manual_seed(2)
    return PrefixHistory(6, 5, dropout=0.1).eval()


def test_a_row_sees_only_its_earlier_siblings() -> None:
    history, vectors = make(), torch.randn(7, 6)
    position, siblings = torch.tensor([0, 1, 2, 0, 1, 2, 3]), torch.tensor([3, 3, 3, 4, 4, 4, 4])
    before = history(vectors, position, siblings)
    changed = vectors.clone()
    changed[4] += 1.0
    after = history(changed, position, siblings)
    torch.testing.assert_close(after[:5], before[:5])
    assert not torch.allclose(after[5:], before[5:])


def test_step_by_step_is_the_same_as_all_at_once() -> None:
    history, sizes = make(), torch.tensor([9, 4, 1])
    vectors = torch.randn(14, 6)
    position = torch.cat([torch.arange(int(n)) for n in sizes])
    together = history(vectors, position, torch.repeat_interleave(sizes, sizes))
    firsts = torch.tensor([0, 9, 13])
    state = history.begin(3, torch.device("cpu"))
    for place in range(9):
        active = int((sizes > place).sum())
        rows = firsts[:active] + place
        made = history.step(state, active, sizes[:active])
        torch.testing.assert_close(made, together[rows], atol=1e-5, rtol=1e-5)
        history.push(state, vectors[rows])
