"""How the state of a row changes by what it was told."""

from abc import ABC, abstractmethod
from typing import final

from torch import Tensor, nn

from synth_models.registry import Registry


class Updater(nn.Module, ABC):
    """The state of a row and what it was told, over all keys together, to its next state."""

    @abstractmethod
    def __init__(self, incoming: int, width: int) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, incoming: Tensor, states: Tensor) -> Tensor:
        """Next states.

        Shapes:
            incoming: (rows, incoming)
            states: (rows, width)
            returns: (rows, width)
        """


GRAPH_UPDATERS: Registry[Updater] = Registry("updater")


@GRAPH_UPDATERS.register("msg")
@final
class MsgUpdater(Updater):
    """The state plus a function of what was told (a residual layer, He et al. 2016, arXiv 1512.03385)."""

    def __init__(self, incoming: int, width: int) -> None:
        super().__init__(incoming, width)
        self.net = nn.Sequential(nn.Linear(incoming, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, incoming: Tensor, states: Tensor) -> Tensor:
        """See ``Updater``."""
        return states + self.net(incoming)


@GRAPH_UPDATERS.register("gru")
@final
class GruUpdater(Updater):
    """A gated recurrent unit: the state decides what to take in (Li et al. 2016, arXiv 1511.05493)."""

    def __init__(self, incoming: int, width: int) -> None:
        super().__init__(incoming, width)
        self.cell = nn.GRUCell(incoming, width)

    def forward(self, incoming: Tensor, states: Tensor) -> Tensor:
        """See ``Updater``."""
        return self.cell(incoming, states)
