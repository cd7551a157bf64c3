"""Rows shard by shard, families side by side, siblings one after the other."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.sampling.again import settle_degrees
from synth_models.sampling.exchange import exchange_parents
from synth_models.sampling.fixed_values import FixedValues, Told, told_values
from synth_models.sampling.fks import Chooser
from synth_models.sampling.parents import choosers_of
from synth_models.sampling.pieces import join_pieces
from synth_models.sampling.repeats import part_repeats
from synth_models.sampling.row import RowDrawer
from synth_models.sampling.sample import Sample
from synth_models.sampling.shards import SHARD, deal, rows_of_shards
from synth_models.sampling.vectors import set_vectors

_ROWS = 8192
_AGAIN = 6
"""How often families that do not balance are drawn again."""


def draw_rows(sample: Sample, blueprint: TableBlueprint) -> None:
    """Draw the rows of every shard, each with its share of the parents' budgets.

    If rows exchanged parents afterwards, all but their keys is drawn anew.
    """
    table, choosers = sample.tables[blueprint.name], choosers_of(sample, blueprint)
    told = told_values(blueprint, sample.blueprints, sample.tables, sample.plan)
    _draw_shards(sample, blueprint, choosers, told)
    if table.clamped:
        return
    moved = [
        change(sample, blueprint, column, chooser)
        for column, chooser in choosers.items()
        for change in (exchange_parents, join_pieces, settle_degrees, part_repeats)
    ]
    if any(moved):
        table.clamped, table.numbers, table.again = True, {}, {}
        _draw_shards(replace(sample, advance=lambda _: None), blueprint, {}, told)
        table.clamped = False


def _draw_shards(
    sample: Sample, blueprint: TableBlueprint, choosers: Mapping[str, Chooser], told: Told
) -> None:
    name, table = blueprint.name, sample.tables[blueprint.name]
    net = sample.decoder.table(name)
    table.vectors = torch.zeros(len(table), net.orphan.shape[0], device=sample.device)
    # Pairs of keys that may not repeat anywhere are drawn one after the other: all rows are one shard.
    apart = not blueprint.unique_keys or blueprint.family in blueprint.unique_keys
    fixed = FixedValues(table, told)
    shards = rows_of_shards(table.shard if apart else np.zeros_like(table.shard))
    dealt = {
        column: deal(chooser.budget, [len(rows) for rows in shards], sample.roll(name, "deal", column).numpy)
        for column, chooser in choosers.items()
    }
    for number, rows in enumerate(shards):
        dice = sample.roll(name, "rows", number)
        mine = {
            column: chooser.with_share(dealt[column][number], dice.torch)
            for column, chooser in choosers.items()
        }
        drawer = RowDrawer(net, sample.blueprints, sample.tables, mine, fixed, *dice)
        _draw_shard(sample, blueprint, drawer, torch.from_numpy(rows))


def _draw_shard(sample: Sample, blueprint: TableBlueprint, drawer: RowDrawer, rows: Tensor) -> None:
    table = sample.tables[blueprint.name]
    if sample.decoder.table(blueprint.name).history is None:
        for piece in torch.split(rows, _ROWS) if len(rows) else ():
            drawer.shares.begin(np.ones(len(piece), dtype=np.int64))
            drawer.draw(piece, table.contexts[piece.to(sample.device)])
            set_vectors(sample, blueprint, piece)
            sample.advance(len(piece))
        return
    firsts = rows[table.block.position[rows] == 0]
    for some in torch.split(firsts, SHARD) if len(firsts) else ():
        sizes = table.block.siblings[some]
        order = torch.argsort(sizes, descending=True, stable=True)
        _draw_balanced(sample, blueprint, drawer, some[order], sizes[order])
        for column, chooser in drawer.choosers.items():
            if blueprint.family in blueprint.unique_keys or column in drawer.again:
                chooser.forget()


def _draw_balanced(
    sample: Sample, blueprint: TableBlueprint, drawer: RowDrawer, firsts: Tensor, sizes: Tensor
) -> None:
    """Families side by side; those that do not balance are drawn again, and made to at last."""
    again = _AGAIN if blueprint.balances and not drawer.choosers and not drawer.table.clamped else 0
    for left in reversed(range(again + 1)):
        drawer.owed.makes_up = not left
        _draw_families(sample, blueprint, drawer, firsts, sizes)
        apart = drawer.owed.apart(firsts + sizes - 1) if left else torch.zeros(len(firsts), dtype=torch.bool)
        if not apart.any():
            return
        firsts, sizes = firsts[apart], sizes[apart]
        before = sizes.cumsum(0) - sizes
        drawer.forget(torch.repeat_interleave(firsts - before, sizes) + torch.arange(int(sizes.sum())))
        sample = replace(sample, advance=lambda _: None)


def _draw_families(
    sample: Sample, blueprint: TableBlueprint, drawer: RowDrawer, firsts: Tensor, sizes: Tensor
) -> None:
    """Families side by side, longest first, so that those still growing come first."""
    table, net = sample.tables[blueprint.name], sample.decoder.table(blueprint.name)
    assert net.history is not None
    state = net.history.begin(len(firsts), sample.device)
    drawer.shares.begin(sizes.numpy())
    ascending = -sizes  # for searchsorted
    for place in range(int(sizes[0])):
        active = int(torch.searchsorted(ascending, torch.tensor(-place), right=False))
        rows = firsts[:active] + place
        there = rows.to(sample.device)
        past = net.history.step(state, active, sizes[:active].to(sample.device))
        drawer.draw(rows, torch.cat([table.contexts[there], past], 1))
        net.history.push(state, set_vectors(sample, blueprint, rows))
        sample.advance(active)
