"""What a row sends to the rows it shares a foreign key with."""

from abc import ABC, abstractmethod
from typing import final

from torch import Tensor, nn

from synth_models.registry import Registry


class Messenger(nn.Module, ABC):
    """States of rows to the messages they send along one key in one direction."""

    @abstractmethod
    def __init__(self, width: int) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, states: Tensor) -> Tensor:
        """Shapes: (rows, width) -> (rows, width)."""


GRAPH_MESSENGERS: Registry[Messenger] = Registry("messenger")


@GRAPH_MESSENGERS.register("copy")
@final
class CopyMessenger(Messenger):
    """The state itself: all that is learned is in the update."""

    def __init__(self, width: int) -> None:
        super().__init__(width)

    def forward(self, states: Tensor) -> Tensor:
        """See ``Messenger``."""
        return states


@GRAPH_MESSENGERS.register("graph_conv")
@final
class GraphConvMessenger(Messenger):
    """A linear map of the state, one per key and direction (Morris et al. 2019, arXiv 1810.02244)."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.linear = nn.Linear(width, width)

    def forward(self, states: Tensor) -> Tensor:
        """See ``Messenger``."""
        return self.linear(states)
