"""How the children of a row are summarised for it."""

from abc import ABC, abstractmethod
from typing import final

import torch
from torch import Tensor, nn

from synth_models.nn.segments import scatter, softmax
from synth_models.registry import Registry


class Aggregator(nn.Module, ABC):
    """Children to one vector per parent; invariant to their order, zero for a parent without any."""

    deep: bool = True
    """Whether the children's own descendants are part of what is aggregated."""

    @abstractmethod
    def __init__(self, width: int) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, children: Tensor, parent: Tensor, parents: int) -> Tensor:
        """Summaries.

        Shapes:
            children: (children, width)
            parent: (children,), the index of each child's parent
            returns: (parents, width)
        """


MULTILEVEL_AGGREGATORS: Registry[Aggregator] = Registry("aggregator")


@MULTILEVEL_AGGREGATORS.register("leaf")
@final
class LeafAggregator(Aggregator):
    """The mean of the children taken as leaves: what is below them is not looked at."""

    deep = False

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.project = nn.Linear(width, width)

    def forward(self, children: Tensor, parent: Tensor, parents: int) -> Tensor:
        """See ``Aggregator``."""
        return scatter(self.project(children), parent, parents, "mean")


@MULTILEVEL_AGGREGATORS.register("gaussian")
@final
class GaussianAggregator(Aggregator):
    """The precision-weighted mean of Gaussians: the product of one expert per child (Hinton 2002)."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.mean = nn.Linear(width, width)
        self.log_precision = nn.Linear(width, width)

    def forward(self, children: Tensor, parent: Tensor, parents: int) -> Tensor:
        """See ``Aggregator``."""
        precision = torch.exp(self.log_precision(children).clamp(-6.0, 6.0))
        weighted = scatter(precision * self.mean(children), parent, parents, "sum")
        total = scatter(precision, parent, parents, "sum")
        return weighted / (1.0 + total)  # the 1 is a standard normal prior


@MULTILEVEL_AGGREGATORS.register("add_attention")
@final
class AddAttentionAggregator(Aggregator):
    """Additive attention with four heads (Bahdanau et al. 2015, arXiv 1409.0473), softmax over siblings."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.heads = 4 if width % 4 == 0 else 1
        self.score = nn.Sequential(
            nn.Linear(width, width), nn.Tanh(), nn.Linear(width, self.heads, bias=False)
        )
        self.value = nn.Linear(width, width)

    def forward(self, children: Tensor, parent: Tensor, parents: int) -> Tensor:
        """See ``Aggregator``."""
        weight = softmax(self.score(children), parent, parents)
        value = self.value(children).unflatten(1, (self.heads, -1))
        mixed = (weight[:, :, None] * value).flatten(1)
        return scatter(mixed, parent, parents, "sum")
