"""The structure around every row, by message passing; and what rows, complete, look like."""

from collections.abc import Mapping
from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from synth_models.data.schema import Schema
from synth_models.graph.batch import Batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.edges import Edge, EdgeIndex, edge_index, key_edges
from synth_models.graph.rows import Rows, TableRows
from synth_models.graph.views import View, attribute_view, draft_view, structure_view
from synth_models.nn.blocks import mlp
from synth_models.nn.encoder import Encoder, MultiLevelEncoder
from synth_models.nn.graph_layer import DROPOUT, GraphLayer
from synth_models.nn.graph_settings import GraphSettings
from synth_models.nn.history import PLACES, place_features
from synth_models.nn.settings import NetSettings
from synth_models.nn.tokens import TokenEmbedding

_TOKEN_WIDTH = 8


class Surroundings(NamedTuple):
    """What rows know of the structure around them, and who is whose parent.

    Shapes:
        own: per table (rows of the batch, d), what each knows without its neighbours
        states: per table (rows of the tree, d)
    """

    own: dict[str, Tensor]
    states: dict[str, Tensor]
    edges: dict[Edge, EdgeIndex]


@final
class RowFeatures(nn.Module):
    """What the structure says of a row without its neighbours: numbers of children, keys, place.

    Args:
        blueprint: The tokens of the table's structure.
        settings: Sizes.
    """

    def __init__(self, blueprint: TableBlueprint, settings: GraphSettings) -> None:
        super().__init__()
        tokens = blueprint.tokens
        self.embed = TokenEmbedding(
            [t.size for t in tokens], [t.ranks for t in tokens], blueprint.derived_tokens, _TOKEN_WIDTH
        )
        self.net = mlp(_TOKEN_WIDTH * len(tokens) + PLACES, (settings.d,), settings.d)

    def forward(self, block: TableRows, rows: Tensor) -> Tensor:
        """Shapes: rows (n,) of the block -> (n, d)."""
        vectors = self.embed(block.tokens[rows].long(), block.derived[rows].long()).flatten(1)
        return self.net(torch.cat([vectors, place_features(block.position[rows], block.siblings[rows])], 1))


@final
class GraphEncoder(Encoder):
    """Two encoders of rows, of a draft and of their attributes, and graph layers over the structure.

    Args:
        schema: Of the rows.
        settings: Sizes of the heads and of the encoders of rows.
        graph: Sizes and options of the graph layers.
    """

    def __init__(self, schema: Schema, settings: NetSettings, graph: GraphSettings) -> None:
        super().__init__()
        self.schema, self.settings, self.graph = schema, settings, graph
        self.build({})

    def build(self, blueprints: Mapping[str, TableBlueprint]) -> None:
        """See ``Encoder``."""
        self.draft_view: View = draft_view(blueprints)
        self.structure_view: View = structure_view(blueprints)
        self.attribute_view: View = attribute_view(blueprints)
        self.draft = MultiLevelEncoder(self.schema, self.settings)
        self.attributes = MultiLevelEncoder(self.schema, self.settings)
        self.draft.build(self.draft_view.blueprints)
        self.attributes.build(self.attribute_view.blueprints)
        self.edges = key_edges(blueprints)
        self.tables = list(blueprints)
        self.features = nn.ModuleList(
            [RowFeatures(b, self.graph) for b in self.structure_view.blueprints.values()]
        )
        width = self.settings.width
        self.describe = nn.ModuleList([nn.Linear(self.graph.d, width) for _ in blueprints])
        self.drop = nn.Dropout(DROPOUT)
        self.layers = nn.ModuleList(
            [GraphLayer(self.edges, self.tables, self.graph) for _ in range(self.graph.n_graph_layers)]
        )

    def described(self, own: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the structure adds to the vectors of rows. Shapes: per table (rows, d) -> (rows, width)."""
        return {
            name: self.drop(self.describe[self.tables.index(name)](states)) for name, states in own.items()
        }

    def features_of(self, name: str, block: TableRows, rows: Tensor) -> Tensor:
        """What rows know of themselves without their neighbours. Shapes: (n,) -> (n, d)."""
        return self.features[self.tables.index(name)](block, rows)

    def surroundings(self, batch: Batch, rows: Rows) -> Surroundings:
        """What the rows that a batch is made for know of the structure around them.

        Args:
            batch: Families and what they refer to.
            rows: The structure of all rows.
        """
        own = {name: self.features_of(name, rows[name], mine) for name, mine in batch.rows.items()}
        index = edge_index(self.edges, batch, rows)
        states = {name: own[name][tree] for name, tree in batch.tree.items()}
        for layer in self.layers:
            states = layer(states, own, index)
        return Surroundings(own, states, index)
