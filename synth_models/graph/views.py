"""Rows taken apart: the structure and what belongs to it, and the attributes given the structure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import torch
from torch import Tensor

from synth_models.graph.agreements import shared_columns
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.edges import key_edges
from synth_models.graph.rows import Rows

_OF_ROWS: dict[str, tuple[()]] = {"totals": (), "steered": (), "hubs": (), "balances": ()}
"""What one row after the other is told."""


@final
@dataclass(frozen=True)
class View:
    """Some of the tokens of every table.

    Args:
        blueprints: What belongs to it of each table.
        tokens: Per table where its tokens are in the whole block.
        derived: The same of the input-only tokens.
    """

    blueprints: dict[str, TableBlueprint]
    tokens: dict[str, list[int]]
    derived: dict[str, list[int]]

    def rows(self, rows: Rows) -> Rows:
        """Whole rows with these tokens alone."""
        return {
            name: replace(
                block,
                tokens=_take(block.tokens, self.tokens[name]),
                learn=_take(block.learn, self.tokens[name]),
                derived=_take(block.derived, self.derived[name]),
                owed=block.owed[:, : self.blueprints[name].steers],
            )
            for name, block in rows.items()
        }


def draft_view(blueprints: Mapping[str, TableBlueprint]) -> View:
    """What has to be drawn for the structure: whole rows, but of tables that have no part in it none.

    A payment that nothing points at and that points at its account alone decides nothing: that it is there is
    decided with the account.
    """
    wanted = structural_columns(blueprints)
    nothing: dict[str, tuple[()]] = {"columns": (), "profiles": (), **_OF_ROWS}
    views = {
        name: b if b.counts or b.keys or b.late or b.totals or wanted[name] else replace(b, **nothing)
        for name, b in blueprints.items()
    }
    return _view(blueprints, views)


def structure_view(blueprints: Mapping[str, TableBlueprint]) -> View:
    """Counts, keys, the structural columns, and what rows of other families choose their parents by."""
    wanted = structural_columns(blueprints)
    views = {
        name: replace(
            b,
            columns=tuple(c for c in b.columns if c.name in wanted[name]),
            profiles=tuple(plan for plan in b.profiles if plan.key),
            **_OF_ROWS,
        )
        for name, b in blueprints.items()
    }
    return _view(blueprints, views)


def attribute_view(blueprints: Mapping[str, TableBlueprint]) -> View:
    """All other columns, everything of the structure given."""
    wanted = structural_columns(blueprints)
    views = {
        name: replace(
            b,
            given=tuple(c.name for c in b.columns if c.name in wanted[name]),
            profiles=tuple(plan for plan in b.profiles if not plan.key),
            balances=(),
        )
        for name, b in blueprints.items()
    }
    return _view(blueprints, views)


def structural_columns(blueprints: Mapping[str, TableBlueprint]) -> dict[str, set[str]]:
    """Per table the columns that belong to the structure, with all that these are computed from.

    They are what keys are made of, and all of a row that rows of other families choose as their parent: whom
    they choose depends on it.
    """
    shared = shared_columns(blueprints)
    chosen = {edge.parent for edge in key_edges(blueprints) if not edge.local and not edge.late}
    found: dict[str, set[str]] = {name: set() for name in blueprints}
    waiting = [
        (name, column)
        for name, b in blueprints.items()
        for column in b.columns
        if name in chosen or column.name in b.unique or column.name in shared.get(name, ())
    ]
    while waiting:
        name, column = waiting.pop()
        if column.name not in found[name]:
            found[name].add(column.name)
            waiting += _sources(column, blueprints[name], blueprints)
    return found


def _sources(
    column: ColumnPlan, blueprint: TableBlueprint, blueprints: Mapping[str, TableBlueprint]
) -> Iterator[tuple[str, ColumnPlan]]:
    """The columns that one is computed from."""
    keys, operands = blueprint.key_parents, [o for rule in column.rules for o in rule.operands]
    wanted = [(keys[o.key] if o.key else blueprint.name, o.column) for o in operands]
    wanted += [(blueprint.parent, o.start) for o in operands if isinstance(o.start, str)]
    wanted += [(blueprint.parent, column.first)] if column.first else []
    wanted += [(keys[column.copy[0]], column.copy[1])] if column.copy else []
    if column.base and len(column.base) > 1:  # the row's own column, or its parent's
        wanted.append((blueprint.name if column.base[0] == "row" else blueprint.parent, column.base[1]))
    for table, name in wanted:
        if table:
            yield from ((table, c) for c in blueprints[table].columns if c.name == name)


def _view(whole: Mapping[str, TableBlueprint], views: dict[str, TableBlueprint]) -> View:
    tokens, derived = {}, {}
    for name, blueprint in whole.items():
        there = {(t.kind, t.name) for t in views[name].tokens}
        tokens[name] = [at for at, t in enumerate(blueprint.tokens) if (t.kind, t.name) in there]
        drawn = {c.name for c, _ in views[name].derived}
        names = [c.name for c, sizes in blueprint.derived for _ in sizes]
        derived[name] = [at for at, c in enumerate(names) if c in drawn]
    return View(views, tokens, derived)


def _take(block: Tensor, at: Sequence[int]) -> Tensor:
    """Some columns, without a copy where they are side by side, or where there are none."""
    if not block.shape[1]:
        return block
    if at and list(at) == list(range(at[0], at[-1] + 1)):
        return block[:, at[0] : at[-1] + 1]
    return block[:, torch.tensor(at, dtype=torch.long, device=block.device)]
