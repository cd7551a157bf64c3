"""What earlier siblings had becomes likelier: by hand on small examples."""

import pytest
import torch

from synth_models.nn.past import WINDOW, Past, past_of
from synth_models.nn.urn import Urn


def urn(groups: list[list[tuple[int, ...]]]) -> Urn:
    net = Urn([4, 3], groups, hidden=2)
    net.start_from(0, torch.tensor([10.0, 10.0, 10.0, 10.0]))
    net.start_from(1, torch.tensor([20.0, 10.0, 10.0]))
    return net


def family(tokens: torch.Tensor) -> Past:
    """All rows are siblings."""
    n = len(tokens)
    return past_of(tokens, torch.arange(n), torch.arange(n))


def test_the_past_is_that_of_the_family_the_last_first() -> None:
    tokens = torch.arange(5)[:, None]
    past = past_of(tokens, torch.arange(5), torch.tensor([0, 1, 0, 1, 2]))
    assert past.there.tolist() == [[False, False], [True, False], [False, False], [True, False], [True, True]]
    assert past.tokens[4, :, 0].tolist() == [3, 2]


def test_long_families_are_remembered_as_far_as_the_window_goes() -> None:
    n = WINDOW + 10
    past = family(torch.zeros(n, 1, dtype=torch.long))
    assert past.there.sum(1).max() == WINDOW


def test_it_starts_from_nothing() -> None:
    net = urn([[()], [(0,)]])
    tokens = torch.tensor([[1, 0], [1, 2]])
    past = family(tokens)
    logits = torch.randn(2, 4)
    assert torch.equal(net(logits, torch.randn(2, 2), 0, tokens, past), logits)


def test_counts_make_values_likelier_as_in_a_polya_urn() -> None:
    net = urn([[()], []])
    tokens = torch.tensor([[1, 0], [1, 0], [2, 0], [0, 0]])
    with torch.no_grad():
        net.biases[0] = 0.25  # times four is one: the predictive probabilities
    past = family(tokens)
    base = torch.full((4, 4), 0.25).log()
    p = net(base, torch.zeros(4, 2), 0, tokens, past).softmax(1)[3]
    prior = 5.0 / 4  # what all families have weighs as much as five siblings
    assert p.tolist() == pytest.approx([prior / 8, (2 + prior) / 8, (1 + prior) / 8, prior / 8])


def test_the_last_sibling_counts_by_itself() -> None:
    net = urn([[()], []])
    tokens = torch.tensor([[1, 0], [3, 0], [0, 0]])
    with torch.no_grad():
        net.biases[1] = 0.25
    past = family(tokens)
    assert net(torch.zeros(3, 4), torch.zeros(3, 2), 0, tokens, past)[2].tolist() == [0, 0, 0, 1]


def test_only_siblings_that_agree_count() -> None:
    """For a second part those with the same first; for one's kind those of the kind."""
    net = urn([[()], [(0,)]])
    tokens = torch.tensor([[1, 2], [0, 1], [1, 0]])
    with torch.no_grad():
        net.biases[3] = 0.25  # the last sibling, for the second token
    past = family(tokens)
    added = net(torch.zeros(3, 3), torch.zeros(3, 2), 1, tokens, past)
    assert added.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]


def test_vocabularies_grow() -> None:
    old, new = urn([[()], []]), Urn([6, 3], [[()], []], hidden=2)
    assert new.places_of(old)["base"].tolist() == [0, 1, 2, 3, 6, 7, 8]
