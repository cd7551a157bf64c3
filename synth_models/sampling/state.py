"""The rows of a table while they are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.links import count_children, family_places
from synth_models.graph.rows import TableRows


@final
@dataclass
class Table:
    """A table being sampled, or a kept one.

    Args:
        block: Tokens and keys, filled in as they are drawn.
        parent: Row of the family parent, -1 for none. Shapes: (rows,)
        numbers: Per column the drawn numbers, where they are needed before the end.
        vectors, contexts, latents: Shapes: (rows, ...), empty until the rows are complete.
        pointed: The vectors as rows see them that point at these by a further key. Shapes: (rows, ...)
        shard: The shard of every row. Shapes: (rows,)
        frame: The finished values.
        clamped: Whether keys and counts are given and only values are drawn.
        kept: Whether the values are given, too.
        again: Per key, where keys are given, the outcome of ``graph.again`` of every row. Shapes: (rows,)
        told: Per profile of kept rows, of which of them it is known rather than drawn. Shapes: (rows,)
        children: Per ``child.key`` how many children rows have, where no token tells. Shapes: (rows,)
    """

    block: TableRows
    parent: np.ndarray
    vectors: Tensor
    contexts: Tensor
    latents: Tensor
    shard: np.ndarray
    clamped: bool = False
    kept: bool = False
    numbers: dict[str, np.ndarray] = field(default_factory=dict)
    frame: pd.DataFrame | None = None
    again: dict[str, np.ndarray] = field(default_factory=dict)
    told: dict[str, np.ndarray] = field(default_factory=dict)
    children: dict[str, np.ndarray] = field(default_factory=dict)
    pointed: Tensor = field(default_factory=lambda: torch.zeros(0, 0))

    def __len__(self) -> int:
        return len(self.block)


def empty_table(blueprint: TableBlueprint, parent: np.ndarray, width: int) -> Table:
    """A table whose families are known and whose rows are still to be drawn."""
    n = len(parent)
    position, siblings = family_places(parent)
    derived = len(blueprint.derived_tokens)
    block = TableRows(
        tokens=torch.zeros(n, len(blueprint.tokens), dtype=torch.int16),
        learn=torch.ones(n, 0, dtype=torch.bool),
        derived=torch.zeros(n, derived, dtype=torch.int16),
        links={
            name: torch.full((n,), -1, dtype=torch.long)
            for name in (*blueprint.key_parents, *(key.column for key in blueprint.late))
        },
        key_learn={},
        position=torch.from_numpy(position),
        siblings=torch.from_numpy(siblings),
        source=np.arange(n),
    )
    if blueprint.family:
        block.links[blueprint.family][:] = torch.from_numpy(parent)
    return _table(block, parent, width, clamped=False)


def clamped_table(blueprint: TableBlueprint, original: TableRows, width: int) -> Table:
    """A table with the original keys and counts, whose values are still to be drawn."""
    parent = original.links[blueprint.family].numpy() if blueprint.family else np.full(len(original), -1)
    block = TableRows(
        tokens=original.tokens.clone(),
        learn=original.learn,
        derived=torch.zeros_like(original.derived),
        links=dict(original.links),
        key_learn={},
        position=original.position,
        siblings=original.siblings,
        source=original.source,
        codes=dict(original.codes),
        numbers=dict(original.numbers),
    )
    return _table(block, parent, width, clamped=True)


def described_table(blueprint: TableBlueprint, tables: Mapping[str, Table], width: int) -> Table:
    """A table whose structure, as that of all, is finished and whose other columns are still to be drawn."""
    structure = tables[blueprint.name]
    n, frame = len(structure), structure.frame
    assert frame is not None
    block = replace(
        structure.block,
        tokens=torch.zeros(n, len(blueprint.tokens), dtype=torch.int16),
        learn=torch.ones(n, 0, dtype=torch.bool),
        derived=torch.zeros(n, len(blueprint.derived_tokens), dtype=torch.int16),
    )
    table = _table(block, structure.parent, width, clamped=True)
    given = [c for c in blueprint.columns if c.name in (blueprint.given or ())]
    table.numbers = {c.name: c.codec.to_numbers(frame[c.name]) for c in given}
    table.children = {
        f"{c.child}.{c.column}": np.nan_to_num(
            count_children(tables[c.child].block.links[c.column].numpy(), n)
        )
        for c in blueprint.counts
    }
    return table


def _table(block: TableRows, parent: np.ndarray, width: int, *, clamped: bool) -> Table:
    nothing = torch.zeros(len(parent), width)
    shard = np.zeros(len(parent), dtype=np.int64)
    return Table(block, parent, nothing, nothing.clone(), torch.zeros(len(parent), 0), shard, clamped)
