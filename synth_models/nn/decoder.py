"""What every decoder is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from torch import nn

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.settings import NetSettings


class Decoder(nn.Module, ABC):
    """The networks that say how probable rows are; built once the data are known."""

    settings: NetSettings
    """Sizes of the networks that ``build`` makes."""

    @abstractmethod
    def build(self, blueprints: Mapping[str, TableBlueprint]) -> None:
        """Make the networks, with fresh weights."""

    @abstractmethod
    def start_from(self, rows: Rows) -> None:
        """Begin with the marginal frequencies of these rows' tokens, so that only dependences are left
        to learn.
        """

    @abstractmethod
    def table(self, name: str) -> nn.Module:
        """The networks that draw the rows of one table."""

    def parts(self, name: str) -> list[nn.Module]:
        """Those of them that are put back to their best, and frozen, each by itself."""
        return [self.table(name)]
