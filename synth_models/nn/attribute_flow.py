"""Attributes of the tables drawn before, over keys, to the rows of the table that is drawn next."""

from collections.abc import Mapping, Sequence
from typing import final

import torch
from torch import Tensor, nn

from synth_models.graph.edges import Edge, EdgeIndex
from synth_models.nn.graph_layer import DROPOUT, Down, States, Up, Update
from synth_models.nn.graph_settings import GraphSettings


@final
class AttributeFlow(nn.Module):
    """One sweep down the keys and one up, over the rows whose attributes are not drawn yet.

    A row hears of the attributes of its parents. If its children (and theirs) have other parents whose
    attributes are there already, it hears of them through the children. No row hears of its own attributes,
    nor of any that are drawn after it.

    Args:
        edges: The keys.
        tables: The tables with attributes, in the order they are drawn.
        width: Length of the vectors of complete rows, and of what comes out.
        settings: Options and sizes.
    """

    def __init__(
        self, edges: Sequence[Edge], tables: Sequence[str], width: int, settings: GraphSettings
    ) -> None:
        super().__init__()
        self.tables = list(tables)
        edges = [edge for edge in edges if not edge.late]
        self.below = {name: below(name, edges, self.tables) for name in tables}
        groups = [{name, *rest} for name, rest in self.below.items()]
        used = set[str]().union(*groups)
        self.reads = [e for e in edges if e.child in used and e.parent in self.tables]
        self.hops = [e for e in edges if e.local and any({e.child, e.parent} <= group for group in groups)]
        self.heard = [name for name in dict.fromkeys([*tables, *(e.child for e in edges)]) if name in used]
        self.read = nn.ModuleList([nn.Linear(width, settings.d) for _ in self.reads])
        self.down = nn.ModuleList([Down(settings) for _ in self.hops])
        self.up = nn.ModuleList([Up(settings) for _ in self.hops])
        self.hear = nn.ModuleList(
            [Update(sum(e.child == n for e in (*self.reads, *self.hops)), settings) for n in self.heard]
        )
        self.gather = nn.ModuleList(
            [Update(sum(e.parent == n for e in self.hops), settings) for n in self.heard]
        )
        self.tell = nn.ModuleList([nn.Linear(settings.d, width) for _ in tables])
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, name: str, around: States, index: Mapping[Edge, EdgeIndex], vectors: States) -> Tensor:
        """What the rows of a table know before their attributes are drawn.

        Args:
            name: The table.
            around: What every row knows of the structure.
            index: Who is whose parent.
            vectors: The complete rows of the tables before this one; others are not looked at.

        Shapes:
            returns: (rows of the tree, width)
        """
        order = [table for table in (name, *self.below[name]) if table in around]
        before = self.tables[: self.tables.index(name)]
        states: dict[str, Tensor] = {}
        for table in order:
            told = []
            for edge, read in zip(self.reads, self.read, strict=True):
                if edge.child == table:
                    found = vectors.get(edge.parent) if edge.parent in before else None
                    told.append(_look_up(read, found, index[edge].above, around[table]))
            for edge, down in zip(self.hops, self.down, strict=True):
                if edge.child == table:
                    told.append(down(states.get(edge.parent), index[edge].inside, around[table]))
            states[table] = self.hear[self.heard.index(table)](told, around[table])
        for table in reversed(order):
            told = [
                up(states.get(edge.child), index[edge].inside if edge in index else None, states[table])
                for edge, up in zip(self.hops, self.up, strict=True)
                if edge.parent == table
            ]
            states[table] = self.gather[self.heard.index(table)](told, states[table])
        return self.drop(self.tell[self.tables.index(name)](states[name]))


def _look_up(read: nn.Module, vectors: Tensor | None, index: Tensor, like: Tensor) -> Tensor:
    """What the rows' parents are, zero for none. Shapes: (parents, width), (rows,) -> (rows, d)."""
    if vectors is None or not len(vectors):
        return torch.zeros_like(like)
    return torch.where((index >= 0)[:, None], read(vectors)[index.clamp(min=0)], 0.0)


def below(name: str, edges: Sequence[Edge], tables: Sequence[str]) -> list[str]:
    """The tables below one, in its families, through which it hears of attributes drawn before its own.

    Args:
        name: The table.
        edges: The keys, without those that close cycles, those of parents before those of their children.
        tables: The tables with attributes, in the order they are drawn.
    """
    before = tables[: tables.index(name)]
    reached = {name: None}
    for edge in edges:
        if edge.local and edge.parent in reached:
            reached[edge.child] = None
    telling: set[str] = set()
    for table in reversed(reached):
        hears = any(e.child == table and e.parent in before for e in edges)
        if hears or any(e.local and e.parent == table and e.child in telling for e in edges):
            telling.add(table)
    return [table for table in reached if table in telling and table != name]
