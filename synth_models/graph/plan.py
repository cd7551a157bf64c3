"""From data to blueprints: fit the codecs, choose families, order the steps of every table."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, Codec
from synth_models.columns.grid import NumberGrid
from synth_models.columns.keys import KeyFormat
from synth_models.data.relational import RelationalData
from synth_models.data.topology import family_keys, is_sequence, order_columns, parent_of, table_order
from synth_models.graph.blueprint import ColumnPlan, CountPlan, TableBlueprint
from synth_models.graph.detect import entropy, find_copy, plan_keys

_GAIN = 0.3
"""Nats a difference must save over the value itself to be used."""
_CELLS = 500
_LONG_FAMILY = 30
"""In longer unordered families small errors of differences add up: values are drawn as they are."""


def make_blueprints(data: RelationalData, *, seed: int = 0) -> dict[str, TableBlueprint]:
    """What to learn of every table, parents before children.

    Args:
        data: The training data; every codec is fitted on all its rows.
        seed: Makes the randomised parts of the codecs reproducible.

    Raises:
        SchemaError: If the keys form a cycle.
    """
    families = family_keys(data)
    return {name: _blueprint(data, name, families, seed) for name in table_order(data.schema)}


def _blueprint(
    data: RelationalData, name: str, families: Mapping[str, str | None], seed: int
) -> TableBlueprint:
    table, frame, family = data.schema.tables[name], data[name], families[name]
    parent = parent_of(data.schema, name, family) if family else None
    order = order_columns(data, name, family)
    keys = plan_keys(data, name, family)
    codecs = {
        column: COLUMN_TYPES.get(table.columns[column].type).fit(
            frame[column], seed=seed, **table.columns[column].options
        )
        for column in table.features
    }
    content = [*order, *(c for c in table.features if c not in order)]
    return TableBlueprint(
        name=name,
        family=family,
        parent=parent,
        order=tuple(order),
        rows=len(frame),
        null_families=float((data.links[name, family] < 0).mean()) if family else 0.0,
        counts=_counts(data, name),
        keys=keys,
        columns=_columns(data, name, family, codecs, content, [k.column for k in keys]),
        formats={
            column: KeyFormat.fit(frame[column])
            for column in table.columns
            if column not in table.features
        },
        output=tuple(table.columns),
        unique=table.key_columns,
        family_children=tuple(
            child for child, key in data.schema.children(name) if families[child] == key.column
        ),
    )


def _counts(data: RelationalData, name: str) -> tuple[CountPlan, ...]:
    plans = []
    for child, key in data.schema.children(name):
        link = data.links[child, key.column]
        counts = np.bincount(link[link >= 0], minlength=len(data[name])).astype(float)
        grid = NumberGrid.fit(counts, decimals=0, min_count=1)
        plans.append(CountPlan(child, key.column, grid, np.unique(counts).astype(np.int64)))
    return tuple(plans)


def _columns(
    data: RelationalData,
    name: str,
    family: str | None,
    codecs: Mapping[str, Codec],
    content: list[str],
    keys: list[str],
) -> tuple[ColumnPlan, ...]:
    frame = data[name]
    spec = data.schema.tables[name]
    numbers = {c: codecs[c].to_numbers(frame[c]) for c in content if codecs[c].continuous}
    plans: list[ColumnPlan] = []
    for column in content:
        kind = spec.columns[column].type
        copy = find_copy(data, name, column, [*([family] if family else []), *keys])
        if copy or kind not in ("date", "datetime"):
            plans.append(ColumnPlan(column, kind, codecs[column], copy))
            continue
        bases = {
            ("row", other.name): numbers[other.name]
            for other in plans
            if spec.columns[other.name].type == kind
        }
        first = None
        if family:
            bases |= {("parent", c): v for c, v in _parent_times(data, name, family, kind).items()}
            order = order_columns(data, name, family)
            if column in order and (is_sequence(data, name, family) or _mean_family(data, name, family) <= _LONG_FAMILY):
                bases["previous",] = previous_values(data, name, family, order, numbers[column])
        base, delta_of = _best_base(numbers[column], bases)
        if base is None:
            plans.append(ColumnPlan(column, kind, codecs[column]))
            continue
        if base == ("previous",):
            start = np.isnan(delta_of)
            above = {k: v for k, v in bases.items() if k[0] == "parent"}
            starts = np.where(start, numbers[column], np.nan)
            origin, origin_of = _best_base(starts, above)
            if origin:
                first, delta_of = origin[1], np.where(start, origin_of, delta_of)
        delta = numbers[column] - delta_of
        grid = NumberGrid.fit(delta[~np.isnan(delta_of)], decimals=0 if kind == "date" else None)
        plans.append(ColumnPlan(column, kind, codecs[column], None, base, first, grid))
    return tuple(plans)


def _mean_family(data: RelationalData, name: str, family: str) -> float:
    link = data.links[name, family]
    return len(link) / max(1, len(np.unique(link[link >= 0])))


def _parent_times(data: RelationalData, name: str, family: str, kind: str) -> dict[str, np.ndarray]:
    parent, link = parent_of(data.schema, name, family), data.links[name, family]
    spec, found = data.schema.tables[parent], {}
    for column in spec.features:
        if spec.columns[column].type == kind:
            values = COLUMN_TYPES.get(kind).fit(data[parent][column]).to_numbers(data[parent][column])
            found[column] = np.where(link >= 0, values[link], np.nan)
    return found


def previous_values(
    data: RelationalData, name: str, family: str, order: list[str], numbers: np.ndarray
) -> np.ndarray:
    """For every row the number of the sibling before it, NaN for the first. Shapes: (rows,)."""
    link = data.links[name, family]
    ranks = [pd.factorize(data[name][c], sort=True)[0] for c in reversed(order)]
    sequence = np.lexsort([*ranks, link])
    sorted_link, sorted_numbers = link[sequence], numbers[sequence]
    before = np.full(len(numbers), np.nan)
    same = np.r_[False, (sorted_link[1:] == sorted_link[:-1]) & (sorted_link[1:] >= 0)]
    before[sequence[same]] = sorted_numbers[np.flatnonzero(same) - 1]
    return before


def _best_base(
    numbers: np.ndarray, bases: Mapping[tuple[str, ...], np.ndarray]
) -> tuple[tuple[str, ...] | None, np.ndarray]:
    """The base whose difference has the least entropy, if that is a gain; and its values."""
    none = np.full(len(numbers), np.nan)
    given = numbers[~np.isnan(numbers)]
    span = np.ptp(given) if len(given) else 0.0
    if span == 0:
        return None, none
    width = max(span / _CELLS, 1e-6)
    best, best_values, lowest = None, none, np.inf
    for base, values in bases.items():
        known = ~np.isnan(values) & ~np.isnan(numbers)
        if known.sum() < max(10, 0.3 * len(given)):
            continue
        saved = entropy(numbers[known], width) - entropy((numbers - values)[known], width)
        if saved > _GAIN and -saved < lowest:
            best, best_values, lowest = base, values, -saved
    return best, best_values
