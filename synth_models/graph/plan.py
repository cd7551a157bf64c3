"""From data to blueprints: fit the codecs, choose families, order the steps of every table."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, MIN_COUNT
from synth_models.columns.grid import NumberGrid
from synth_models.columns.keys import KeyFormat
from synth_models.data.entities import entities
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Table
from synth_models.data.topology import family_keys, late_keys, order_columns, parent_of, table_order
from synth_models.graph.balances import find_balances
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.chains import find_chain
from synth_models.graph.columns import plan_columns
from synth_models.graph.count_plan import CountPlan
from synth_models.graph.detect import entropy, find_copy, plan_keys, plan_late_keys, previous_rows
from synth_models.graph.distances import with_distances
from synth_models.graph.fixed import find_fixed
from synth_models.graph.identities import with_identities
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.kinds import with_kinds
from synth_models.graph.links import count_children
from synth_models.graph.profiles import find_profiles, with_profiles
from synth_models.graph.protection import Protection
from synth_models.graph.readings import Readings
from synth_models.graph.relations import always_told, find_rules, in_order
from synth_models.graph.rules import Rule, depends_on
from synth_models.graph.totals import find_totals
from synth_models.memory import kept_memory

_CELLS = 500
_SERIES = 0.2
"""Nats the gaps between siblings must be more regular than those of the same values dealt out at random."""


@kept_memory()
def make_blueprints(
    data: RelationalData, *, seed: int = 0, min_count: int = MIN_COUNT
) -> dict[str, TableBlueprint]:
    """What to learn of every table, parents before children.

    Args:
        data: The training data; every codec is fitted on all its rows.
        seed: Makes the randomised parts of the codecs reproducible.
        min_count: How many entities (root rows) must share a value, a number of children or the form of a key
            before it may be stored; a column's own option goes before it.
    """
    families = family_keys(data)
    protection = Protection(entities(data, families), min_count, seed)
    blueprints: dict[str, TableBlueprint] = {}
    for name in table_order(data):
        blueprints[name] = _blueprint(data, name, families, protection, blueprints)
    blueprints = with_distances(with_profiles(blueprints), data, protection)
    return with_identities(blueprints, data, protection)


def _blueprint(
    data: RelationalData,
    name: str,
    families: Mapping[str, str | None],
    protection: Protection,
    above: Mapping[str, TableBlueprint],
) -> TableBlueprint:
    table, frame, family = data.schema.tables[name], data[name], families[name]
    parent = parent_of(data.schema, name, family) if family else None
    order = _series_order(data, name, family)
    keys = plan_keys(data, name, family)
    late = plan_late_keys(data, name)
    codecs = {
        column: protection.codec(
            table.columns[column].type, frame[column], name, _options(table, column, order)
        )
        for column in table.features
    }
    content = [*order, *(c for c in table.features if c not in order)]
    known = [*([family] if family else []), *(key.column for key in keys if not key.implied)]
    parents = {key: parent_of(data.schema, name, key) for key in known}
    theirs = {key: (p, {c.name: c.codec for c in above[p].columns}) for key, p in parents.items()}
    copies = {column: find_copy(data, name, column, known) for column in content}
    free = [c for c in content if c not in order and c not in table.key_columns and not copies[c]]
    readings = Readings(data, name, family, order, codecs, theirs)
    times = [] if order else order_columns(data, name, family)
    if times and find_chain(readings.in_order_of(times), free, ties=0.0):
        order, readings = times, readings.in_order_of(times)  # what runs on tells that the order matters
        content, free = [*order, *(c for c in content if c not in order)], [c for c in free if c not in order]
    readings, chain, rules = find_rules(readings, free, protection)
    told = always_told(readings, rules)
    alone = [c for c in free if c not in rules and c not in _running(rules)]
    shared = find_fixed(readings, known, alone, protection.entities[name])
    drawn = in_order(content, rules, {*told, *shared})
    columns = plan_columns(readings, drawn, copies, rules, shared, protection)
    drawn_above = {
        key: (p, {c.name: c.codec for c in above[p].columns if not (c.rules or c.copy or c.fixed_by)})
        for key, p in parents.items()
    }
    fixed = {c for c in copies if copies[c]} | set(rules) | set(shared)
    fixed |= {o.column for mine in rules.values() for rule in mine for o in rule.operands if not o.key}
    counts = _counts(data, name, protection)
    blueprint = TableBlueprint(
        name=name,
        family=family,
        parent=parent,
        order=tuple(order),
        rows=len(frame),
        null_families=float((data.links[name, family] < 0).mean()) if family else 0.0,
        counts=counts,
        balances=find_balances(data, name, family, counts),
        keys=keys,
        columns=with_kinds(readings, columns),
        formats=plan_formats(data, name, protection),
        output=tuple(table.columns),
        unique=table.key_columns,
        unique_keys=_unique_keys(table, family, keys),
        late=late,
        chain=chain,
        totals=find_totals(readings, drawn_above, fixed, protection),
        family_children=tuple(
            child for child, key in data.schema.children(name) if families[child] == key.name
        ),
    )
    return find_profiles(readings, blueprint, told, protection)


def _running(rules: Mapping[str, Sequence[Rule]]) -> set[str]:
    """The columns that one is computed from which runs on: such a step may be made smaller."""
    ran = [mine for mine in rules.values() if any(o.previous for rule in mine for o in rule.operands)]
    return {column for mine in ran for column in depends_on(mine)}


def plan_formats(
    data: RelationalData, name: str, protection: Protection, known: Mapping[str, KeyFormat] | None = None
) -> dict[str, KeyFormat]:
    """What the values of a table's key columns look like; real ones that are ``known`` stay so."""
    table, frame, late = data.schema.tables[name], data[name], late_keys(data)
    early = {c for key in table.foreign_keys if (name, key.name) not in late for c in key.columns}
    pointing = early | (table.linked - set(table.key_columns))
    found = {}
    for column, spec in table.columns.items():
        if column in pointing:
            found[column] = KeyFormat.reference(frame[column])
        elif column not in table.features:
            seen = known[column].seen if known else None
            groups = key_groups(frame, table, column)
            found[column] = protection.keys(frame[column], name, spec.options, groups, seen)
    return found


def key_groups(frame: pd.DataFrame | Mapping[str, pd.Series], table: Table, column: str) -> np.ndarray | None:
    """For a column that is part of a primary key: which rows have the same other parts.

    Of other parts that are plain keys, those before it count.

    Shapes:
        returns: (rows,) int64
    """
    if column not in table.key_columns:
        return None
    place = table.key_columns.index(column)
    plain = [c for c in table.key_columns[place:] if c not in table.linked and c not in table.features]
    others = [c for c in table.key_columns if c not in plain and c != column and c in frame]
    if not others:
        return None
    return pd.DataFrame({c: frame[c] for c in others}).groupby(others, dropna=False).ngroup().to_numpy()


def _unique_keys(table: Table, family: str | None, keys: Sequence[KeyPlan]) -> tuple[str, ...]:
    """The foreign keys within the primary key, if it consists of nothing else; or two that never repeat."""
    primary = set(table.key_columns)
    within = [key for key in table.foreign_keys if set(key.columns) <= primary]
    covered = {column for key in within for column in key.columns}
    if within and covered == primary:
        return tuple(key.name for key in within)
    once = [key.column for key in keys if key.once][:1]
    return (family, *once) if family and once else ()


def _counts(data: RelationalData, name: str, protection: Protection) -> tuple[CountPlan, ...]:
    plans = []
    for child, key in data.schema.children(name):
        counts = count_children(data.links[child, key.name], len(data[name]))
        least = protection.least(counts, f"{child}.{key.name}")
        grid = _count_grid(counts, least, protection.entities[name])
        plans.append(CountPlan(child, key.name, grid, seen_counts(grid), least))
    return tuple(plans)


def _options(table: Table, column: str, order: Collection[str]) -> Mapping[str, Any]:
    """The options of a column; what siblings are ordered by has an order."""
    spec = table.columns[column]
    sorts = column in order and "ordered" in COLUMN_TYPES.get(spec.type).options
    return {**spec.options, "ordered": True} if sorts else spec.options


def _count_grid(counts: np.ndarray, least: int, entities: np.ndarray) -> NumberGrid:
    """The numbers of children as tokens; if too few parents have any, these count as having as many each.

    Where three airports of a hundred have all the weather, their number and that of the rows, which every
    sample has, tell that mean as well. Without it the children would be dealt out to all.
    """
    grid = NumberGrid.fit(counts, decimals=0, min_count=least, entities=entities)
    some = ~np.isnan(counts)
    if not some.any() or np.isin(counts[some], grid.landmarks()).any() or not grid.exact:
        return grid
    usual = float(f"{counts[some].mean():.2g}")
    return NumberGrid.fit(np.where(some, usual, np.nan), decimals=0, min_count=1, max_fine=1)


def seen_counts(grid: NumberGrid) -> np.ndarray:
    """The numbers of children that a grid knows, ascending, none included where that can be."""
    none = [0] if grid.allowed()[0][0, 0] else []
    return np.unique(np.r_[none, grid.landmarks()]).astype(np.int64)


def _series_order(data: RelationalData, name: str, family: str | None) -> list[str]:
    """The columns the siblings are ordered by: none if their times are no more regular than by chance."""
    order = order_columns(data, name, family)
    if family is None or len(order) != 1:
        return order
    column = order[0]
    kind, values = COLUMN_TYPES.get(data.schema.tables[name].columns[column].type), data[name][column]
    mine = kind.measure(values).to_numpy() if kind.kind.is_measure else kind.fit(values).to_numbers(values)
    dealt = np.random.default_rng(0).permutation(mine)
    span = np.ptp(mine[~np.isnan(mine)]) if (~np.isnan(mine)).any() else 0.0
    if span == 0:
        return []
    before = [previous_rows(data.links[name, family], [v]) for v in (mine, dealt)]
    gaps = [np.where(b >= 0, v - v[b], np.nan) for v, b in zip((mine, dealt), before, strict=True)]
    width = max(span / _CELLS, 1e-6)
    return order if entropy(gaps[0], width) < entropy(gaps[1], width) - _SERIES else []
