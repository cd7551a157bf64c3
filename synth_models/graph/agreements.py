"""Ways over foreign keys in which a row and its parent agree, and numbers that are not far apart."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.levels import MAX_LEVELS
from synth_models.graph.rows import Rows
from synth_models.graph.steps import LEVEL


def agreements_of_children(
    blueprints: Mapping[str, TableBlueprint], rows: Rows, table: str, key: KeyPlan, children: Tensor
) -> list[Tensor]:
    """For every way a key can agree: what is reached from each child, -1 for nothing; then the numbers that
    are compared with the parent's. Shapes: (children,).
    """
    found = [
        _reached(blueprints, rows, table, match.known, match.on[0] if match.on else None, children)
        for match in key.matches
    ]
    if key.levels:
        level = _levels(blueprints[table], rows, key)[children]
        found.append(torch.where(level < MAX_LEVELS - 1, level - 1, -1))
    return [*found, *(rows[table].numbers[distance.own][children] for distance in key.distances)]


def agreements_of_parents(
    blueprints: Mapping[str, TableBlueprint], rows: Rows, key: KeyPlan, parents: Tensor
) -> list[Tensor]:
    """The same from each candidate parent. Shapes: (parents,)."""
    found = [
        _reached(blueprints, rows, key.parent, match.candidate, match.on[1] if match.on else None, parents)
        for match in key.matches
    ]
    if key.levels:
        found.append(_levels(blueprints[key.parent], rows, key)[parents])
    return [*found, *(rows[key.parent].numbers[distance.theirs][parents] for distance in key.distances)]


def alike(rows: Tensor, known: Sequence[Tensor], exact: Sequence[bool]) -> Tensor:
    """A number for all rows whose parents may be each other's, as they agree in all they must.

    Args:
        rows: Any numbers of the rows.
        known: Per way to agree what is reached from each.
        exact: Which of these ways they must agree in.

    Shapes:
        rows: (rows,)
        known: each (rows,)
        returns: (rows,), from 0
    """
    must = [reached for reached, exactly in zip(known, exact, strict=False) if exactly]
    if not must:
        return torch.zeros(len(rows), dtype=torch.long)
    return torch.unique(torch.stack(must, 1), dim=0, return_inverse=True)[1]


def _levels(blueprint: TableBlueprint, rows: Rows, key: KeyPlan) -> Tensor:
    (at,) = blueprint.token_at(LEVEL, key.column)
    return rows[blueprint.name].tokens[:, at].long()


def _reached(
    blueprints: Mapping[str, TableBlueprint],
    rows: Rows,
    table: str,
    path: Sequence[str],
    column: str | None,
    start: Tensor,
) -> Tensor:
    at = climb(blueprints, rows, table, path, start)
    if column is None:
        return at
    codes = rows[end_of(blueprints, table, path)].codes[column]
    return torch.where(at >= 0, codes[at.clamp(min=0)], -1) if len(codes) else torch.full_like(at, -1)


def climb(
    blueprints: Mapping[str, TableBlueprint], rows: Rows, table: str, path: Sequence[str], start: Tensor
) -> Tensor:
    """The rows reached over foreign keys, -1 where one is missing. Shapes: (rows,) -> (rows,)."""
    at = start
    for column in path:
        link = rows[table].links[column]
        at = torch.where(at >= 0, link[at.clamp(min=0)], -1) if len(link) else torch.full_like(at, -1)
        table = blueprints[table].key_parents[column]
    return at


def shared_columns(blueprints: Mapping[str, TableBlueprint]) -> dict[str, set[str]]:
    """Per table the columns whose values keys must agree in."""
    found: dict[str, set[str]] = {}
    for name, blueprint in blueprints.items():
        for key in (*blueprint.keys, *blueprint.late):
            for match in key.matches:
                if match.on:
                    known = end_of(blueprints, name, match.known)
                    found.setdefault(known, set()).add(match.on[0])
                    end = end_of(blueprints, key.parent, match.candidate)
                    found.setdefault(end, set()).add(match.on[1])
    return found


def end_of(blueprints: Mapping[str, TableBlueprint], table: str, path: Sequence[str]) -> str:
    """The table that a way over foreign keys ends in."""
    for column in path:
        table = blueprints[table].key_parents[column]
    return table
