"""What every aggregator promises."""

import pytest
import torch

from synth_models.choices import MultiLevelAggTypes
from synth_models.nn.aggregators import MULTILEVEL_AGGREGATORS, Aggregator

WIDTH = 8


@pytest.fixture(params=MULTILEVEL_AGGREGATORS.names())
def aggregator(request: pytest.FixtureRequest) -> Aggregator:
    torch.manual_seed(0)
    return MULTILEVEL_AGGREGATORS.get(request.param)(WIDTH)


def test_the_enum_lists_what_is_registered() -> None:
    assert {choice.value for choice in MultiLevelAggTypes} <= set(MULTILEVEL_AGGREGATORS.names())


def test_shape_and_empty_neighbourhoods(aggregator: Aggregator) -> None:
    made = aggregator(torch.randn(5, WIDTH), torch.tensor([0, 0, 2, 2, 2]), 4)
    assert made.shape == (4, WIDTH)
    assert torch.equal(made[1], torch.zeros(WIDTH))
    assert torch.equal(made[3], torch.zeros(WIDTH))
    assert aggregator(torch.zeros(0, WIDTH), torch.zeros(0, dtype=torch.long), 2).abs().sum() == 0


def test_the_order_of_children_does_not_matter(aggregator: Aggregator) -> None:
    children, parent = torch.randn(30, WIDTH), torch.randint(0, 4, (30,))
    order = torch.randperm(30)
    torch.testing.assert_close(
        aggregator(children, parent, 4), aggregator(children[order], parent[order], 4), atol=1e-5, rtol=1e-5
    )


def test_every_parameter_gets_a_gradient(aggregator: Aggregator) -> None:
    aggregator(torch.randn(9, WIDTH), torch.randint(0, 3, (9,)), 3).pow(2).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in aggregator.parameters())


def test_aggregators_differ() -> None:
    children, parent = torch.randn(9, WIDTH), torch.arange(9) % 3
    torch.manual_seed(0)
    made = [MULTILEVEL_AGGREGATORS.get(n)(WIDTH)(children, parent, 3) for n in MULTILEVEL_AGGREGATORS.names()]
    assert all(not torch.allclose(a, b) for i, a in enumerate(made) for b in made[:i])
