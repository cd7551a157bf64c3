"""What every messenger, aggregator and updater of the graph networks promises."""

import pytest
import torch

from synth_models.choices import GraphAggTypes, GraphMsgTypes, GraphUpdtTypes
from synth_models.nn.graph_aggregators import GRAPH_AGGREGATORS, GraphAggregator
from synth_models.nn.messengers import GRAPH_MESSENGERS, Messenger
from synth_models.nn.updaters import GRAPH_UPDATERS, Updater
from synth_models.registry import Registry

WIDTH = 8


@pytest.fixture(params=GRAPH_MESSENGERS.names())
def messenger(request: pytest.FixtureRequest) -> Messenger:
    torch.manual_seed(0)
    return GRAPH_MESSENGERS.get(request.param)(WIDTH)


@pytest.fixture(params=GRAPH_AGGREGATORS.names())
def aggregator(request: pytest.FixtureRequest) -> GraphAggregator:
    torch.manual_seed(0)
    return GRAPH_AGGREGATORS.get(request.param)(WIDTH)


@pytest.fixture(params=GRAPH_UPDATERS.names())
def updater(request: pytest.FixtureRequest) -> Updater:
    torch.manual_seed(0)
    return GRAPH_UPDATERS.get(request.param)(2 * WIDTH, WIDTH)


def test_the_enums_list_what_is_registered() -> None:
    for choices, registry in (
        (GraphMsgTypes, GRAPH_MESSENGERS),
        (GraphAggTypes, GRAPH_AGGREGATORS),
        (GraphUpdtTypes, GRAPH_UPDATERS),
    ):
        assert {choice.value for choice in choices} <= set(registry.names())


def test_messages_depend_on_their_sender_alone(messenger: Messenger) -> None:
    states, order = torch.randn(7, WIDTH), torch.randperm(7)
    made = messenger(states)
    assert made.shape == (7, WIDTH)
    torch.testing.assert_close(messenger(states[order]), made[order])
    assert messenger(states[:0]).shape == (0, WIDTH)


def test_aggregates_of_nothing_are_zero(aggregator: GraphAggregator) -> None:
    states = torch.randn(4, WIDTH)
    made = aggregator(torch.randn(5, WIDTH), torch.tensor([0, 0, 2, 2, 2]), states)
    assert made.shape == (4, WIDTH)
    assert torch.equal(made[[1, 3]], torch.zeros(2, WIDTH))
    assert made[[0, 2]].abs().sum() > 0
    nothing = aggregator(torch.zeros(0, WIDTH), torch.zeros(0, dtype=torch.long), states)
    assert torch.equal(nothing, torch.zeros(4, WIDTH))


def test_the_order_of_messages_does_not_matter_and_rows_may_be_renumbered(
    aggregator: GraphAggregator,
) -> None:
    messages, receiver, states = torch.randn(30, WIDTH), torch.randint(0, 4, (30,)), torch.randn(4, WIDTH)
    made, order, names = aggregator(messages, receiver, states), torch.randperm(30), torch.randperm(4)
    torch.testing.assert_close(aggregator(messages[order], receiver[order], states), made)
    renamed = torch.empty_like(states)
    renamed[names] = states
    torch.testing.assert_close(aggregator(messages, names[receiver], renamed)[names], made)


def test_a_message_that_comes_twice_counts_twice(aggregator: GraphAggregator) -> None:
    """A sum doubles; a mean and an attention stay if all are doubled, and move if one is."""
    messages, receiver = torch.randn(3, WIDTH), torch.zeros(3, dtype=torch.long)
    states = torch.randn(1, WIDTH)
    once = aggregator(messages, receiver, states)
    all_twice = aggregator(messages.repeat(2, 1), receiver.repeat(2), states)
    expected = 2 * once if type(aggregator).__name__.startswith("Sum") else once
    torch.testing.assert_close(all_twice, expected)
    one_twice = aggregator(messages[[0, 0, 1, 2]], torch.zeros(4, dtype=torch.long), states)
    assert not torch.allclose(one_twice, once)


def test_updates_are_row_by_row(updater: Updater) -> None:
    incoming, states, order = torch.randn(6, 2 * WIDTH), torch.randn(6, WIDTH), torch.randperm(6)
    made = updater(incoming, states)
    assert made.shape == (6, WIDTH)
    torch.testing.assert_close(updater(incoming[order], states[order]), made[order])
    assert updater(incoming[:0], states[:0]).shape == (0, WIDTH)


def test_every_parameter_gets_a_gradient(
    messenger: Messenger, aggregator: GraphAggregator, updater: Updater
) -> None:
    states = torch.randn(9, WIDTH)
    receiver = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, 2])
    told = aggregator(messenger(states), receiver, states[:3])
    updater(torch.cat([told, told], 1), states[:3]).pow(2).sum().backward()
    for part in (messenger, aggregator, updater):
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in part.parameters())


def test_options_differ() -> None:
    messages, receiver, states = torch.randn(9, WIDTH), torch.arange(9) % 3, torch.randn(3, WIDTH)

    def made(registry: Registry, *sizes: int) -> list[torch.nn.Module]:
        torch.manual_seed(0)
        return [registry.get(name)(*sizes) for name in registry.names()]

    results = [
        [part(messages) for part in made(GRAPH_MESSENGERS, WIDTH)],
        [part(messages, receiver, states) for part in made(GRAPH_AGGREGATORS, WIDTH)],
        [part(messages, messages) for part in made(GRAPH_UPDATERS, WIDTH, WIDTH)],
    ]
    for some in results:
        assert all(not torch.allclose(a, b) for i, a in enumerate(some) for b in some[:i])
