"""Values near those of an earlier sibling become likelier: by hand on small examples."""

import numpy as np
import torch

from synth_models.nn.nearness import Nearness
from synth_models.nn.past import past_of

SIZE = 6
RANKS = np.linspace(0, 1, SIZE)


def nearness(
    groups: list[list[tuple[int, ...]]], floors: list[tuple[int, ...] | None] | None = None
) -> Nearness:
    """Two tokens of the same column."""
    return Nearness([RANKS, RANKS], [0, 1], groups, floors or [None, None], hidden=2)


def added(net: Nearness, token: int, rows: list[list[int]]) -> torch.Tensor:
    """What is added to scores of nothing; all rows are siblings."""
    tokens, n = torch.tensor(rows), len(rows)
    past = past_of(tokens, torch.arange(n), torch.arange(n))
    return net(torch.zeros(n, SIZE), torch.zeros(n, 2), token, tokens, past).detach()


def test_it_starts_from_nothing() -> None:
    assert not added(nearness([[()], [()]]), 0, [[1, 0], [2, 0]]).any()


def test_what_is_nearer_is_likelier() -> None:
    net = nearness([[()], []])
    with torch.no_grad():
        net.biases[2] = 0.25  # one of the scales
    made = added(net, 0, [[3, 0], [0, 0]])
    assert not made[0].any()  # the first sibling has none before
    assert made[1].argmax() == 3
    assert made[1, 3] > made[1, 4] > made[1, 5] > 0
    torch.testing.assert_close(made[1, [2, 1]], made[1, [4, 5]])
    assert made[1, 0] == 0  # a missing value


def test_a_direction_can_be_likelier() -> None:
    net = nearness([[()], []])
    with torch.no_grad():
        net.biases[5] = 0.25
    made = added(net, 0, [[3, 0], [0, 0]])[1]
    assert made[5] > made[4] > made[3] == 0 > made[2] > made[1]


def test_missing_is_near_to_missing_alone() -> None:
    net = nearness([[()], []])
    with torch.no_grad():
        net.biases[:] = 0.25
    made = added(net, 0, [[0, 0], [0, 0]])[1]
    assert made.nonzero().flatten().tolist() == [0]


def test_a_second_part_is_near_only_where_the_first_is_the_same() -> None:
    net = nearness([[], [()]])
    with torch.no_grad():
        net.biases[2] = 0.25
    made = added(net, 1, [[3, 2], [3, 0], [4, 0]])
    assert made[1].argmax() == 2
    assert not made[2].any()


def test_the_last_of_its_kind_counts() -> None:
    """The second token is near to that of the last sibling with the same first one."""
    net = Nearness([RANKS, RANKS], [0, 0], [[], [(), (0,)]], [None, None], hidden=2)
    with torch.no_grad():
        net.biases[11] = 0.25  # of the second group
    made = added(net, 1, [[1, 5], [2, 2], [1, 0]])[2]
    assert made.argmax() == 5


def test_nothing_comes_before_the_last_sibling_where_values_rise() -> None:
    net = nearness([[()], []], [(), None])
    made = added(net, 0, [[2, 0], [4, 0], [5, 0], [1, 0]])
    assert (made[1] < -1000).tolist() == [True, True, False, False, False, False]
    assert (made[2] < -1000).sum() == 4
    assert not (made[3] < -1000).any()  # the last one stands for rare values, which are anywhere


def test_every_weight_learns() -> None:
    net = nearness([[(), (1,)], [()]])
    rows = torch.randint(1, SIZE, (50, 2))
    past = past_of(rows, torch.arange(50), torch.arange(50))
    hidden, scores = torch.randn(50, 2), []
    for token in (0, 1):
        logits = net(torch.zeros(50, SIZE), hidden, token, rows, past)
        scores.append(torch.nn.functional.cross_entropy(logits, rows[:, token]))
    sum(scores, torch.zeros(())).backward()
    assert all(p.grad is not None and p.grad.ne(0).any(0).all() for p in net.parameters())
