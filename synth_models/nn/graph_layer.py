"""One round of messages between rows, along foreign keys in both directions."""

from collections.abc import Mapping, Sequence
from typing import final

import torch
from torch import Tensor, nn

from synth_models.graph.edges import Edge, EdgeIndex
from synth_models.nn.graph_aggregators import GRAPH_AGGREGATORS, GraphAggregator
from synth_models.nn.graph_settings import GraphSettings
from synth_models.nn.messengers import GRAPH_MESSENGERS, Messenger
from synth_models.nn.updaters import GRAPH_UPDATERS, Updater

States = Mapping[str, Tensor]
"""Per table the states of its rows. Shapes: (rows, width)."""
DROPOUT = 0.2
"""Share of what rows are told that is dropped in training: a structure is as telling as a fingerprint, and
families would be known by it.
"""


@final
class Down(nn.Module):
    """What a row is told by its parent along one key: zero without a parent."""

    def __init__(self, settings: GraphSettings) -> None:
        super().__init__()
        self.messenger: Messenger = GRAPH_MESSENGERS.get(settings.messenger)(settings.d)

    def forward(self, parents: Tensor | None, index: Tensor, like: Tensor) -> Tensor:
        """Shapes: parents (parents, d), index (rows,), like (rows, d) -> (rows, d)."""
        if parents is None or not len(parents):
            return torch.zeros_like(like)
        return torch.where((index >= 0)[:, None], self.messenger(parents)[index.clamp(min=0)], 0.0)


@final
class Up(nn.Module):
    """What a row is told by its children along one key: zero without children."""

    def __init__(self, settings: GraphSettings) -> None:
        super().__init__()
        self.messenger: Messenger = GRAPH_MESSENGERS.get(settings.messenger)(settings.d)
        self.aggregator: GraphAggregator = GRAPH_AGGREGATORS.get(settings.aggregator)(settings.d)

    def forward(self, children: Tensor | None, index: Tensor | None, states: Tensor) -> Tensor:
        """Shapes: children (children, d), index (children,), states (rows, d) -> (rows, d)."""
        if children is None or index is None:
            return torch.zeros_like(states)
        there = index >= 0
        return self.aggregator(self.messenger(children[there]), index[there], states)


@final
class Update(nn.Module):
    """A row's next state from what it was told along ``parts`` ways; as it was if there are none."""

    def __init__(self, parts: int, settings: GraphSettings) -> None:
        super().__init__()
        self.updater: Updater | None = None
        if parts:
            self.updater = GRAPH_UPDATERS.get(settings.updater)(parts * settings.d, settings.d)
            self.norm = nn.LayerNorm(settings.d)
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, parts: Sequence[Tensor], states: Tensor) -> Tensor:
        """Shapes: each (rows, d), (rows, d) -> (rows, d)."""
        if self.updater is None:
            return states
        return self.norm(self.updater(self.drop(torch.cat(list(parts), 1)), states))


@final
class GraphLayer(nn.Module):
    """A round in which every row hears of its parents, and of its children in the same family.

    Over keys that lead out of the family a row hears of its parent's own features, not of its state: a batch
    of families then has all that the whole graph has.

    Args:
        edges: The keys.
        tables: All tables.
        settings: Options and sizes.
    """

    def __init__(self, edges: Sequence[Edge], tables: Sequence[str], settings: GraphSettings) -> None:
        super().__init__()
        self.edges, self.tables = list(edges), list(tables)
        self.local = [edge for edge in edges if edge.local]
        self.downs = nn.ModuleList([Down(settings) for _ in self.edges])
        self.ups = nn.ModuleList([Up(settings) for _ in self.local])
        self.updates = nn.ModuleList(
            [
                Update(
                    sum(e.child == name for e in self.edges) + sum(e.parent == name for e in self.local),
                    settings,
                )
                for name in tables
            ]
        )

    def forward(self, states: States, own: States, index: Mapping[Edge, EdgeIndex]) -> dict[str, Tensor]:
        """Next states.

        Args:
            states: Of the rows that a batch is made for.
            own: What is known of every row of the batch without its neighbours.
            index: Who is whose parent.
        """
        told: dict[str, list[Tensor]] = {name: [] for name in states}
        for edge, down in zip(self.edges, self.downs, strict=True):
            if edge.child in states:
                parents = states.get(edge.parent) if edge.local else own.get(edge.parent)
                at = index[edge].inside if edge.local else index[edge].above
                told[edge.child].append(down(parents, at, states[edge.child]))
        for edge, up in zip(self.local, self.ups, strict=True):
            if edge.parent in states:
                inside = index[edge].inside if edge in index else None
                told[edge.parent].append(up(states.get(edge.child), inside, states[edge.parent]))
        return {
            name: update(told[name], states[name])
            for name, update in zip(self.tables, self.updates, strict=True)
            if name in states
        }
