"""A draft of all rows for its structure, then attributes given it: each given those drawn before."""

from collections.abc import Mapping
from typing import final

from torch import Tensor, nn

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.edges import key_edges
from synth_models.graph.rows import Rows
from synth_models.graph.views import attribute_view, draft_view
from synth_models.nn.attribute_flow import AttributeFlow
from synth_models.nn.decoder import Decoder
from synth_models.nn.graph_encoder import Surroundings
from synth_models.nn.graph_settings import GraphSettings
from synth_models.nn.multilevel_decoder import MultiLevelDecoder
from synth_models.nn.settings import NetSettings


@final
class GraphDecoder(Decoder):
    """Autoregressive heads for the draft and for the attributes, and messages between the two.

    Args:
        settings: Sizes of the heads.
        graph: Sizes and options of the messages.
    """

    def __init__(self, settings: NetSettings, graph: GraphSettings) -> None:
        super().__init__()
        self.settings, self.graph = settings, graph
        self.build({})

    def build(self, blueprints: Mapping[str, TableBlueprint]) -> None:
        """See ``Decoder``."""
        self._draft_view, self._attribute_view = draft_view(blueprints), attribute_view(blueprints)
        self.draft = MultiLevelDecoder(self.settings)
        self.attributes = MultiLevelDecoder(self.settings)
        self.draft.build(self._draft_view.blueprints)
        self.attributes.build(self._attribute_view.blueprints)
        self.drawn = [name for name, view in self._attribute_view.blueprints.items() if view.steps]
        self.flow = AttributeFlow(key_edges(blueprints), self.drawn, self.settings.width, self.graph)

    def start_from(self, rows: Rows) -> None:
        """See ``Decoder``."""
        self.draft.start_from(self._draft_view.rows(rows))
        self.attributes.start_from(self._attribute_view.rows(rows))

    def table(self, name: str) -> nn.Module:
        """See ``Decoder``."""
        return nn.ModuleList(self.parts(name))

    def parts(self, name: str) -> list[nn.Module]:
        """See ``Decoder``."""
        return [self.draft.table(name), self.attributes.table(name)]

    def further(self, name: str, around: Surroundings, vectors: Mapping[str, Tensor]) -> Tensor:
        """What rows know, beside their families, before their attributes are drawn.

        Args:
            name: Whose rows.
            around: What the rows of a batch know of the structure, and who is whose parent.
            vectors: The complete rows of the tables before this one; others are not looked at.

        Shapes:
            returns: (rows of the tree, width)
        """
        return self.flow(name, around.states, around.edges, vectors)
