"""How the messages that a row gets along one key become one vector."""

from abc import ABC, abstractmethod
from typing import final

import torch
from torch import Tensor, nn

from synth_models.nn.segments import scatter, softmax
from synth_models.registry import Registry


class GraphAggregator(nn.Module, ABC):
    """Messages to one vector per receiving row; invariant to their order, zero for a row without any.

    A message that comes twice counts twice.
    """

    @abstractmethod
    def __init__(self, width: int) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, messages: Tensor, receiver: Tensor, states: Tensor) -> Tensor:
        """Aggregates.

        Shapes:
            messages: (messages, width)
            receiver: (messages,), the index of the row that gets each
            states: (rows, width), the receiving rows before they get them
            returns: (rows, width)
        """


GRAPH_AGGREGATORS: Registry[GraphAggregator] = Registry("aggregator")


@GRAPH_AGGREGATORS.register("sum")
@final
class SumAggregator(GraphAggregator):
    """The sum: tells how many there are (Xu et al. 2019, arXiv 1810.00826)."""

    def __init__(self, width: int) -> None:
        super().__init__(width)

    def forward(self, messages: Tensor, receiver: Tensor, states: Tensor) -> Tensor:
        """See ``GraphAggregator``."""
        return scatter(messages, receiver, len(states), "sum")


@GRAPH_AGGREGATORS.register("mean")
@final
class MeanAggregator(GraphAggregator):
    """The mean: the same for a row and for one with every message twice."""

    def __init__(self, width: int) -> None:
        super().__init__(width)

    def forward(self, messages: Tensor, receiver: Tensor, states: Tensor) -> Tensor:
        """See ``GraphAggregator``."""
        return scatter(messages, receiver, len(states), "mean")


@GRAPH_AGGREGATORS.register("add_attention")
@final
class AddAttentionAggregator(GraphAggregator):
    """Additive attention of the receiver to its messages (Brody et al. 2022, arXiv 2105.14491)."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.score = nn.Linear(width, 1, bias=False)

    def forward(self, messages: Tensor, receiver: Tensor, states: Tensor) -> Tensor:
        """See ``GraphAggregator``."""
        both = self.query(states)[receiver] + self.key(messages)
        weight = softmax(self.score(nn.functional.leaky_relu(both, 0.2)), receiver, len(states))
        return scatter(weight * messages, receiver, len(states), "sum")


@GRAPH_AGGREGATORS.register("dot_attention")
@final
class DotAttentionAggregator(GraphAggregator):
    """Scaled dot products of the receiver and its messages (Vaswani et al. 2017, arXiv 1706.03762)."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width, bias=False)

    def forward(self, messages: Tensor, receiver: Tensor, states: Tensor) -> Tensor:
        """See ``GraphAggregator``."""
        score = torch.einsum("mw,mw->m", self.query(states)[receiver], self.key(messages))
        weight = softmax(score / states.shape[1] ** 0.5, receiver, len(states))
        return scatter(weight[:, None] * messages, receiver, len(states), "sum")
