"""Whose children rows are: family parents, and the choice of the others."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.agreements import agreements_of_parents
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.implied import ImpliedKey
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.steps import COLUMN, COUNT
from synth_models.nn.linker import Linker
from synth_models.sampling.counts import fit_groups, fit_total
from synth_models.sampling.fks import Chooser
from synth_models.sampling.sample import Sample
from synth_models.sampling.shared import shared_counts
from synth_models.sampling.state import Table


def family_parents(sample: Sample, blueprint: TableBlueprint) -> np.ndarray:
    """The family parent of every row to make, ascending, rows without one first."""
    total = sample.plan.n_samples[blueprint.name]
    if blueprint.family is None or blueprint.parent is None:
        return np.full(total, -1)
    alone = round(blueprint.null_families * total)
    counts = _child_counts(sample, blueprint.parent, blueprint.name, blueprint.family, total - alone)
    parents = np.repeat(np.arange(len(counts)), counts)
    return np.r_[np.full(total - len(parents), -1), parents].astype(np.int64)


def _child_counts(sample: Sample, parent: str, child: str, column: str, total: int) -> np.ndarray:
    """How many children every parent has, as it drew them, changed so that they add up.

    Of kept rows with children of many entities it is known: an airline has its share of the flights.
    """
    above, table = sample.blueprints[parent], sample.tables[parent]
    plan = next(c for c in above.counts if c.child == child and c.column == column)
    at = above.token_at(COUNT, f"{child}.{column}")
    rng = sample.roll(child, "children", column).numpy
    drawn = plan.grid.decode(table.block.tokens[:, at].long().numpy(), rng)
    counts = np.nan_to_num(drawn).round().astype(np.int64)
    original = sample.plan.original
    if not table.kept or original is None:
        return fit_total(counts, total, plan.seen, rng)
    known = shared_counts(plan, sample.blueprints, original, table.block.source)
    told = ~np.isnan(known)
    share = total / max(1, int((original.links[child, column] >= 0).sum()))
    counts[told] = np.floor(known[told] * share + rng.random(int(told.sum())))
    rest = total - int(counts[told].sum())
    if not told.any() or told.all() or rest < 0:
        return fit_total(counts, total, plan.seen, rng)
    counts[~told] = fit_total(counts[~told], rest, plan.seen, rng)
    return counts


def _brought(sample: Sample, blueprint: TableBlueprint, one: ImpliedKey, rows: Tensor) -> Tensor:
    """How many of the rows that imply a key come with each row that has it: a plane's flights.

    Shapes:
        (n,) -> (n,)
    """
    plan = next(c for c in blueprint.counts if (c.child, c.column) == (one.child, one.by))
    at = blueprint.token_at(COUNT, f"{one.child}.{one.by}")
    tokens = sample.tables[blueprint.name].block.tokens[rows][:, at].long().numpy()
    counts = plan.grid.decode(tokens, sample.roll(blueprint.name, "brought", one.by).numpy)
    return torch.from_numpy(np.nan_to_num(counts).round().astype(np.int64))


def choosers_of(sample: Sample, blueprint: TableBlueprint) -> dict[str, Chooser]:
    """Per further key how its parents are chosen; none where keys are given."""
    table, net = sample.tables[blueprint.name], sample.decoder.table(blueprint.name)
    return {
        key.column: chooser_of(sample, blueprint, key, net.linker(index), wanted)
        for index, key in enumerate(blueprint.drawn_keys)
        if (wanted := _wanted(table, key)) or not table.clamped
    }


def _wanted(table: Table, key: KeyPlan) -> int:
    """How many rows choose a parent; of those whose keys are given, they that no data tell of."""
    wanted = round(len(table) * (1 - key.null_share))
    if table.clamped:
        return max(0, wanted - int((table.block.links[key.column] >= 0).sum())) if key.implied else 0
    return wanted


def _to_come(sample: Sample, blueprint: TableBlueprint, key: KeyPlan, one: ImpliedKey) -> np.ndarray:
    """How many of the rows that imply a key each parent should still be brought. Shapes: (parents,)."""
    child = sample.blueprints[one.child]
    missing = {k.column: k.null_share for k in child.keys}.get(one.key, child.null_families)
    total = round(sample.plan.n_samples[one.child] * (1 - missing))
    counts = _child_counts(sample, one.parent, one.child, one.key, total)
    links = sample.tables[blueprint.name].block.links[key.column]
    known = torch.nonzero(links >= 0)[:, 0]
    there = _brought(sample, blueprint, one, known).double()
    return np.maximum(0, counts - np.bincount(links[known], weights=there, minlength=len(counts))).astype(int)


def chooser_of(
    sample: Sample, blueprint: TableBlueprint, key: KeyPlan, linker: Linker, wanted: int
) -> Chooser:
    """How the parents of one key are chosen, ``wanted`` of them in all."""
    above = sample.tables[key.parent]
    everyone = torch.arange(len(above))
    one = sample.plan.implied_by(blueprint.name, key.column)
    counts = (
        _child_counts(sample, key.parent, blueprint.name, key.column, wanted)
        if one is None
        else _to_come(sample, blueprint, key, one)
    )
    for balance in sample.blueprints[key.parent].balances:
        if balance.child == blueprint.name and set(balance.keys) == {blueprint.family, key.column}:
            theirs, dice = sample.tables[blueprint.name].parent, sample.roll(blueprint.name, "balance")
            family = np.bincount(theirs[theirs >= 0], minlength=len(above))
            kind = _kinds(sample.blueprints[key.parent], above, f"{blueprint.name}.{key.column}", counts)
            counts = fit_groups(counts, family, above.parent, kind, dice.numpy)
    keys = (*blueprint.keys, *blueprint.late)
    last = [k.column for k in keys if k.column in blueprint.unique_keys][-1:]
    chooser = Chooser(
        linker,
        above.pointed,
        counts,
        sample.temp,
        agreements_of_parents(sample.blueprints, sample.blocks, key, everyone),
        sample.roll(blueprint.name, "key", key.column).torch,
        unique=key.again or last == [key.column],
        unordered=key.unordered and len(blueprint.unique_keys) == 2,  # owners are the others' parents
        strict=is_strict(key),
    )
    if one is not None:
        chooser.brought = partial(_brought, sample, blueprint, one)
    if key.within(blueprint.family) is not None:
        chooser.remember(len(sample.tables[blueprint.name]))
    return chooser


def _kinds(blueprint: TableBlueprint, table: Table, count: str, counts: np.ndarray) -> np.ndarray:
    """Which rows are alike in their other numbers of children, and in what tells most of this one.

    Shapes:
        counts: (rows,)
        returns: (rows,), from 0
    """
    tokens = table.block.tokens.numpy()
    others = [at for at, t in enumerate(blueprint.tokens) if t.kind == COUNT and t.name != count]
    free = [at for at, t in enumerate(blueprint.tokens) if t.kind == COLUMN and t.ranks is None]
    if free:
        others.append(max(free, key=lambda at: _entropy(tokens[:, at]) - _entropy(tokens[:, at], counts)))
    return np.unique(tokens[:, others], axis=0, return_inverse=True)[1].reshape(-1)


def _entropy(*columns: np.ndarray) -> float:
    """Of columns together, in nats. Shapes: each (rows,)."""
    shares = np.unique(np.column_stack(columns), axis=0, return_counts=True)[1] / max(1, len(columns[0]))
    return float(-(shares * np.log(shares)).sum())


def owners(blueprint: TableBlueprint, tables: Mapping[str, Table], name: str, rows: Tensor) -> Tensor:
    """One number per combination of the other keys that may come only once. Shapes: (rows,) -> (rows,)."""
    found = torch.zeros(len(rows), dtype=torch.long)
    for other in (key for key in blueprint.unique_keys if key != name and key in blueprint.key_parents):
        size = len(tables[blueprint.key_parents[other]]) + 1
        found = found * size + tables[blueprint.name].block.links[other][rows] + 1
    return found


def is_strict(key: KeyPlan) -> bool:
    """Whether a row must rather go without this key than have a parent that does not agree with it."""
    return any(match.on for match in key.matches)
