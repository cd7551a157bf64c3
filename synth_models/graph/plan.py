"""From data to blueprints: fit the codecs, choose families, order the steps of every table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, MIN_COUNT, Codec, threshold
from synth_models.columns.grid import NumberGrid
from synth_models.columns.keys import KeyFormat
from synth_models.columns.seen import Seen
from synth_models.columns.support import entity_count, entity_ends
from synth_models.data.entities import entities
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Table
from synth_models.data.topology import family_keys, late_keys, order_columns, parent_of, table_order
from synth_models.graph.blueprint import ColumnPlan, CountPlan, TableBlueprint
from synth_models.graph.detect import entropy, find_copy, plan_keys, plan_late_keys
from synth_models.graph.rows import count_children, differences

_GAIN = 0.3
"""Nats a difference must save over the value itself to be used."""
_CELLS = 500
_DAY = 86_400.0
_CALENDAR_ROWS = 500
_BOUND = 0.15
"""Nats the day of the month must tell of the next gap for a series to be one of the calendar."""
_SERIES = 0.2
"""Nats the gaps between siblings must be more regular than those of the same values dealt out at random."""


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
    return {name: _blueprint(data, name, families, protection) for name in table_order(data)}


@final
@dataclass(frozen=True)
class Protection:
    """What rare values are protected by.

    Args:
        entities: Per table (rows,) whose row it is.
        min_count: Entities that must share a value.
        seed: Where the randomised threshold comes from.
    """

    entities: Mapping[str, np.ndarray]
    min_count: int
    seed: int

    def codec(self, column_type: str, values: pd.Series, table: str, options: Mapping[str, Any]) -> Codec:
        """A codec for a column of a table."""
        kind = COLUMN_TYPES.get(column_type)
        usual = {"min_count": self.min_count} if "min_count" in kind.options else {}
        return kind.fit(values, seed=self.seed, entities=self.entities[table], **{**usual, **options})

    def least(self, numbers: np.ndarray, name: str) -> int:
        """The randomised threshold for numbers that are computed from the rows."""
        return threshold(pd.Series(numbers, name=name), self.min_count, self.seed)

    def keys(
        self,
        values: pd.Series,
        table: str,
        options: Mapping[str, Any],
        groups: np.ndarray | None,
        seen: Seen | None,
    ) -> KeyFormat:
        """The form of a table's own key column."""
        return KeyFormat.fit(
            values,
            groups,
            seen=seen,
            entities=self.entities[table],
            seed=self.seed,
            min_count=self.min_count,
            public=bool(options.get("public", False)),
        )


def _blueprint(
    data: RelationalData, name: str, families: Mapping[str, str | None], protection: Protection
) -> TableBlueprint:
    table, frame, family = data.schema.tables[name], data[name], families[name]
    parent = parent_of(data.schema, name, family) if family else None
    order = _series_order(data, name, family)
    keys = plan_keys(data, name, family)
    late = plan_late_keys(data, name)
    codecs = {
        column: protection.codec(
            table.columns[column].type, frame[column], name, table.columns[column].options
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
        counts=_counts(data, name, protection),
        keys=keys,
        columns=_columns(
            data, name, family, order, codecs, content, [k.column for k in keys], protection=protection
        ),
        formats=plan_formats(data, name, protection),
        output=tuple(table.columns),
        unique=table.key_columns,
        unique_keys=_unique_keys(table),
        late=late,
        family_children=tuple(
            child for child, key in data.schema.children(name) if families[child] == key.name
        ),
    )


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


def _unique_keys(table: Table) -> tuple[str, ...]:
    """The foreign keys within the primary key, if it consists of nothing else."""
    primary = set(table.key_columns)
    within = [key for key in table.foreign_keys if set(key.columns) <= primary]
    covered = {column for key in within for column in key.columns}
    return tuple(key.name for key in within) if covered == primary else ()


def _counts(data: RelationalData, name: str, protection: Protection) -> tuple[CountPlan, ...]:
    plans = []
    for child, key in data.schema.children(name):
        counts = count_children(data.links[child, key.name], len(data[name]))
        least = protection.least(counts, f"{child}.{key.name}")
        grid = NumberGrid.fit(counts, decimals=0, min_count=least, entities=protection.entities[name])
        plans.append(CountPlan(child, key.name, grid, seen_counts(grid)))
    return tuple(plans)


def seen_counts(grid: NumberGrid) -> np.ndarray:
    """The numbers of children that a grid knows, ascending, none included where that can be."""
    none = [0] if grid.allowed()[0][0, 0] else []
    return np.unique(np.r_[none, grid.landmarks()]).astype(np.int64)


def _columns(
    data: RelationalData,
    name: str,
    family: str | None,
    order: list[str],
    codecs: Mapping[str, Codec],
    content: list[str],
    keys: list[str],
    *,
    protection: Protection,
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
        bases: dict[tuple[str, ...], np.ndarray] = {
            ("row", other.name): numbers[other.name]
            for other in plans
            if spec.columns[other.name].type == kind
        }
        first = None
        if family:
            bases |= {("parent", c): v for c, v in _parent_times(data, name, family, kind).items()}
            if column in order:
                bases["previous",] = _previous(data, name, family, order, column, numbers[column])
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
        by_period = _calendar_bound(codecs[column], kind, numbers[column], delta_of)
        delta = differences(codecs[column], by_period, numbers[column], delta_of)
        whole = by_period or kind == "date"
        known, owners = ~np.isnan(delta_of), protection.entities[name]
        least = protection.least(delta, column)
        grid = NumberGrid.fit(
            delta[known], decimals=0 if whole else None, min_count=least, entities=owners[known]
        )
        bounds = limits(numbers[column], least, owners)
        plans.append(ColumnPlan(column, kind, codecs[column], None, base, first, grid, by_period, bounds))
    return tuple(plans)


def limits(numbers: np.ndarray, least: int, owners: np.ndarray) -> tuple[float, float]:
    """What sums of differences are kept within: the ends of the numbers that so many entities share."""
    if entity_count(numbers, owners) < least:
        return -np.inf, np.inf
    return entity_ends(numbers, least, owners)


def _calendar_bound(codec: Codec, kind: str, numbers: np.ndarray, base: np.ndarray) -> bool:
    """Whether the days follow the calendar (ends of months, pay days) rather than the gaps between them.

    Gaps that depend on the day of the month before, but not on it alone, would have to be drawn by counting
    days: errors add up, and all that hangs on the day of the month is lost with them.
    """
    if codec.periods(numbers) is None:
        return False
    known = ~np.isnan(numbers) & ~np.isnan(base)
    if known.sum() < _CALENDAR_ROWS:
        return False
    day = 1.0 if kind == "date" else _DAY
    gaps = np.clip(np.floor(numbers[known] / day) - np.floor(base[known] / day), -1, 62)
    before = np.floor(base[known] / day).astype("datetime64[D]")
    place = (before - before.astype("datetime64[M]")).astype(np.float64)
    spread = entropy(gaps, 1.0)
    return spread > 1.0 and spread + entropy(place, 1.0) - entropy(gaps * 100 + place, 1.0) > _BOUND


def _parent_times(data: RelationalData, name: str, family: str, kind: str) -> dict[str, np.ndarray]:
    parent, link = parent_of(data.schema, name, family), data.links[name, family]
    spec, found = data.schema.tables[parent], {}
    for column in spec.features:
        if spec.columns[column].type == kind:
            values = COLUMN_TYPES.get(kind).fit(data[parent][column]).to_numbers(data[parent][column])
            found[column] = np.where(link >= 0, values[link], np.nan)
    return found


def _series_order(data: RelationalData, name: str, family: str | None) -> list[str]:
    """The columns the siblings are ordered by: none if their times are no more regular than by chance."""
    order = order_columns(data, name, family)
    if family is None or len(order) != 1:
        return order
    column = order[0]
    numbers = COLUMN_TYPES.get(data.schema.tables[name].columns[column].type).fit(data[name][column])
    mine = numbers.to_numbers(data[name][column])
    dealt = np.random.default_rng(0).permutation(mine)
    span = np.ptp(mine[~np.isnan(mine)]) if (~np.isnan(mine)).any() else 0.0
    if span == 0:
        return []
    gaps = [v - _previous(data, name, family, order, column, v) for v in (mine, dealt)]
    width = max(span / _CELLS, 1e-6)
    return order if entropy(gaps[0], width) < entropy(gaps[1], width) - _SERIES else []


def _previous(
    data: RelationalData, name: str, family: str, order: list[str], column: str, numbers: np.ndarray
) -> np.ndarray:
    """For every row the number of the sibling before it, NaN for the first. Shapes: (rows,)."""
    link = data.links[name, family]
    ranks = [numbers if c == column else pd.factorize(data[name][c], sort=True)[0] for c in reversed(order)]
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
