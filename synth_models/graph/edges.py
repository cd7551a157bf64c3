"""The foreign keys as edges between rows, and which of them stay within a family."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from synth_models.graph.batch import Batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.rows import Rows


@final
@dataclass(frozen=True)
class Edge:
    """A foreign key, over which rows tell each other something.

    Args:
        child: The table with the key.
        column: The key.
        parent: The table it points at.
        local: Whether parent and child are of one family: then a family holds all children of its rows, and
            both ends hear of each other. Over other keys a row hears of its parent's own features alone.
        late: Whether the key closes a cycle.
    """

    child: str
    column: str
    parent: str
    local: bool
    late: bool = False


def key_edges(blueprints: Mapping[str, TableBlueprint]) -> list[Edge]:
    """Every foreign key of every table."""
    edges = []
    for name, blueprint in blueprints.items():
        if blueprint.family and blueprint.parent:
            edges.append(Edge(name, blueprint.family, blueprint.parent, local=True))
        edges += [
            Edge(name, key.column, key.parent, _within_family(key, name, blueprints))
            for key in blueprint.keys
        ]
        edges += [Edge(name, key.column, key.parent, local=False, late=True) for key in blueprint.late]
    return edges


def _within_family(key: KeyPlan, table: str, blueprints: Mapping[str, TableBlueprint]) -> bool:
    """Whether a row and the parent that this key chooses always are of one family."""
    ways = [match for match in key.matches if match.exact and match.on is None]
    if key.source and key.source[0] == blueprints[table].family:
        return _is_family_way(blueprints[table].parent, (key.source[1],), blueprints)
    return any(
        _is_family_way(table, way.known, blueprints) and _is_family_way(key.parent, way.candidate, blueprints)
        for way in ways
    )


def _is_family_way(
    table: str | None, path: tuple[str, ...], blueprints: Mapping[str, TableBlueprint]
) -> bool:
    for column in path:
        if table is None or blueprints[table].family != column:
            return False
        table = blueprints[table].parent
    return True


@final
@dataclass(frozen=True)
class EdgeIndex:
    """The edges of a batch along one key.

    Shapes:
        above: (rows of the child's tree,), the parent among all rows of its table in the batch, -1 for none
        inside: the same among the rows of the parent's tree
    """

    above: Tensor
    inside: Tensor


def edge_index(edges: list[Edge], batch: Batch, rows: Rows) -> dict[Edge, EdgeIndex]:
    """The edges from the rows that a batch is made for to their parents.

    Args:
        edges: Which keys.
        batch: Families and what they refer to.
        rows: What the batch points into.
    """
    place = {}
    for name, tree in batch.tree.items():
        place[name] = torch.full((len(batch.rows[name]),), -1, dtype=torch.long, device=tree.device)
        place[name][tree] = torch.arange(len(tree), device=tree.device)
    found = {}
    for edge in edges:
        if edge.child not in batch.tree:
            continue
        tree = batch.tree[edge.child]
        if edge.late:
            link = rows[edge.child].links[edge.column][batch.rows[edge.child][tree]]
            above = _among(batch.rows.get(edge.parent), link)
        else:
            above = batch.links[edge.child, edge.column][tree]
        inside = torch.full_like(above, -1)
        if edge.local and edge.parent in place:
            inside = torch.where(above >= 0, place[edge.parent][above.clamp(min=0)], -1)
        found[edge] = EdgeIndex(above, inside)
    return found


def _among(rows: Tensor | None, wanted: Tensor) -> Tensor:
    if rows is None or not len(rows):
        return torch.full_like(wanted, -1)
    return torch.where(wanted >= 0, torch.searchsorted(rows, wanted.clamp(min=0)), -1)
