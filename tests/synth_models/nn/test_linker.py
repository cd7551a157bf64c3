"""Scores of parents."""

import torch

from synth_models.nn.linker import IMPOSSIBLE, Linker


def test_agreement_earns_a_bonus_and_disagreement_rules_out() -> None:
    torch.manual_seed(0)
    soft = Linker(4, 4, (8,), 3, [2.0], [False])
    hard = Linker(4, 4, (8,), 3, [2.0], [True])
    hard.load_state_dict(soft.state_dict())
    queries, keys = soft.queries(torch.randn(2, 4)), soft.keys(torch.randn(3, 4))
    known, theirs = [torch.tensor([5, -1])], [torch.tensor([5, 6, -1])]
    plain = queries @ keys[:, :-1].T + keys[:, -1]
    scores = soft.scores(queries, keys, known, theirs)
    torch.testing.assert_close(scores[0], plain[0] + torch.tensor([2.0, 0.0, 0.0]))
    torch.testing.assert_close(scores[1], plain[1])
    ruled = hard.scores(queries, keys, known, theirs)
    assert (ruled[0, 1:] == IMPOSSIBLE).all()
    torch.testing.assert_close(ruled[1], plain[1])
