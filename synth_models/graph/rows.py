"""Rows as integer token blocks, keys as row positions, families as contiguous ranges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from synth_models.columns.base import Codec
from synth_models.data.keys import value_codes
from synth_models.data.relational import RelationalData
from synth_models.graph.blueprint import (
    COLUMN,
    COUNT,
    DELTA,
    GAP,
    LEVEL,
    NULL,
    ColumnPlan,
    KeyPlan,
    TableBlueprint,
)
from synth_models.graph.computed import Above, computed
from synth_models.graph.levels import depths, level_of
from synth_models.graph.ties import tie_ranks
from synth_models.graph.totals import owed


@final
@dataclass(frozen=True)
class TableRows:
    """The rows of a table, sorted by family and within it by the order columns.

    Shapes:
        tokens: (rows, tokens), int16
        learn: (rows, tokens), whether a token is drawn (and learned) rather than computed
        derived: (rows, derived), int16
        links: per foreign key (rows,), int64, rows of the parent's block, -1 where missing
        key_learn: per further key (rows,), whether the choice is drawn
        position, siblings: (rows,), int64, place in the family from 0, and the family's size
        codes: per column that keys of other tables must agree in (rows,), int64, -1 where missing
        owed: per sum (rows, 2), float32, what is missing of it before the row; see ``totals.owed``
        source: (rows,), int64, the row of the data frame
    """

    tokens: Tensor
    learn: Tensor
    derived: Tensor
    links: dict[str, Tensor]
    key_learn: dict[str, Tensor]
    position: Tensor
    siblings: Tensor
    source: np.ndarray
    codes: dict[str, Tensor] = field(default_factory=dict)
    owed: Tensor = field(default_factory=lambda: torch.zeros(0, 0, 2))

    def __len__(self) -> int:
        return len(self.tokens)

    def to(self, device: torch.device) -> "TableRows":
        """The same rows on a device."""
        return replace(
            self,
            tokens=self.tokens.to(device),
            learn=self.learn.to(device),
            derived=self.derived.to(device),
            links={k: v.to(device) for k, v in self.links.items()},
            key_learn={k: v.to(device) for k, v in self.key_learn.items()},
            position=self.position.to(device),
            siblings=self.siblings.to(device),
            codes={k: v.to(device) for k, v in self.codes.items()},
            owed=self.owed.to(device),
        )


Rows = dict[str, TableRows]


def encode_rows(data: RelationalData, blueprints: Mapping[str, TableBlueprint]) -> Rows:
    """The token blocks of a data set.

    Args:
        data: Data with the blueprints' schema.
        blueprints: Parents before children.
    """
    order, links = _stored(data, blueprints)
    rows: Rows = {}
    shared = shared_columns(blueprints)
    for name, blueprint in blueprints.items():
        rows[name] = _encode_table(data, blueprint, blueprints, order, links, shared)
    return rows


def deltas(
    data: RelationalData, blueprints: Mapping[str, TableBlueprint]
) -> dict[tuple[str, str], np.ndarray]:
    """For every (table, column) that is drawn as a difference: the differences, NaN where it is not.

    Shapes:
        each: (rows,) in the order of the data frame
    """
    order, links = _stored(data, blueprints)
    found = {}
    for name, blueprint in blueprints.items():
        numbers = {
            c.name: c.codec.to_numbers(data[name][c.name])[order[name]]
            for c in blueprint.columns
            if c.codec.continuous
        }
        parent = links[name, blueprint.family] if blueprint.family else np.full(len(order[name]), -1)
        position, _ = family_places(parent)
        for column in blueprint.columns:
            if column.delta is not None:
                above = _parent_numbers(data, column, blueprint, blueprints, order)
                base = base_values(column, numbers, parent, position, above)
                found[name, column.name] = np.empty(len(parent))
                found[name, column.name][order[name]] = differences(
                    column.codec, column.by_period, numbers[column.name], base
                )
    return found


def _stored(
    data: RelationalData, blueprints: Mapping[str, TableBlueprint]
) -> tuple[dict[str, np.ndarray], dict[tuple[str, str], np.ndarray]]:
    """For every table the data frame rows in stored order, and the links of the stored rows."""
    order, place = _storage(data, blueprints)
    links = {
        (name, column): _moved(link, order[name], place[_parent(data, name, column)])
        for (name, column), link in data.links.items()
    }
    return order, links


def _parent(data: RelationalData, name: str, column: str) -> str:
    return next(k.parent for k in data.schema.tables[name].foreign_keys if k.name == column)


def _moved(link: np.ndarray, order: np.ndarray, place: np.ndarray) -> np.ndarray:
    link = link[order]
    return np.where(link >= 0, place[link], -1) if len(place) else np.full(len(link), -1)


def _storage(
    data: RelationalData, blueprints: Mapping[str, TableBlueprint]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """For every table the data frame rows in stored order, and the stored place of each of them."""
    order: dict[str, np.ndarray] = {}
    place: dict[str, np.ndarray] = {}
    for name, blueprint in blueprints.items():
        n = len(data[name])
        keys: list[np.ndarray] = [_ties(data, blueprint)]
        if blueprint.family and blueprint.parent:
            keys += [pd.factorize(data[name][c], sort=True)[0] for c in reversed(blueprint.order)]
            keys.append(_moved(data.links[name, blueprint.family], np.arange(n), place[blueprint.parent]))
        order[name] = np.lexsort(keys)
        place[name] = np.empty(n, dtype=np.int64)
        place[name][order[name]] = np.arange(n)
    return order, place


def _ties(data: RelationalData, blueprint: TableBlueprint) -> np.ndarray:
    """The order of siblings of the same time. Shapes: (rows,)."""
    if blueprint.chain is None or blueprint.family is None:
        return np.arange(len(data[blueprint.name]))
    codecs = {c.name: c.codec for c in blueprint.columns}
    (rule, *_) = next(c.rules for c in blueprint.columns if c.name == blueprint.chain)
    return tie_ranks(data, blueprint.name, blueprint.family, blueprint.order, codecs, blueprint.chain, rule)


def family_places(parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place in the family and size of it, for rows sorted by parent; a row without one is alone.

    Shapes:
        parent: (rows,)
        returns: (rows,), (rows,)
    """
    n = len(parent)
    if not n:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    new = np.r_[True, (parent[1:] != parent[:-1]) | (parent[1:] < 0)]
    starts = np.flatnonzero(new)
    family = np.cumsum(new) - 1
    sizes = np.diff(np.r_[starts, n])
    return np.arange(n) - starts[family], sizes[family]


def _encode_table(
    data: RelationalData,
    blueprint: TableBlueprint,
    blueprints: Mapping[str, TableBlueprint],
    order: Mapping[str, np.ndarray],
    links: Mapping[tuple[str, str], np.ndarray],
    shared: Mapping[str, set[str]],
) -> TableRows:
    name, n = blueprint.name, len(data[blueprint.name])
    frame = data[name]  # columns are sorted one at a time: no second copy of the table
    mine = {column: link for (table, column), link in links.items() if table == name}
    parent = mine[blueprint.family] if blueprint.family else np.full(n, -1)
    position, siblings = family_places(parent)
    numbers = {c.name: c.codec.to_numbers(frame[c.name])[order[name]] for c in blueprint.columns}
    tokens: dict[tuple[str, str], np.ndarray] = {}
    learn: dict[tuple[str, str], np.ndarray] = {}
    for count in blueprint.counts:
        tokens[COUNT, f"{count.child}.{count.column}"] = count.grid.encode(
            count_children(links[count.child, count.column], n)
        )
    key_learn = {}
    for key in blueprint.keys:
        key_learn[key.column] = torch.from_numpy(_encode_key(key, mine, tokens, learn))
    for key in blueprint.late:
        key_learn[key.column] = torch.from_numpy(mine[key.column] >= 0)
        _encode_late(key, mine[key.column], tokens)
    for column in blueprint.columns:
        above = _parent_numbers(data, column, blueprint, blueprints, order)
        base = base_values(column, numbers, parent, position, above)
        _encode_column(column, numbers[column.name], base, mine, tokens, learn)
        if column.rules:
            theirs = _reader(data, blueprint, blueprints, order, mine)
            told = computed(column, numbers, np.arange(n), position, blueprint.family, theirs)
            _encode_told(column, numbers[column.name], told, tokens, learn)
    names = list(dict.fromkeys((s.kind, s.name) for s in blueprint.tokens))
    derived = [c.codec.derived(numbers[c.name]) for c, _ in blueprint.derived]
    return TableRows(
        tokens=_block([tokens[key] for key in names], n),
        learn=torch.from_numpy(
            np.concatenate(
                [_wide(learn.get(k, np.ones(n, dtype=bool)), tokens[k].shape[1]) for k in names], axis=1
            )
            if names
            else np.zeros((n, 0), dtype=bool)
        ),
        derived=_block(derived, n),
        links={column: torch.from_numpy(link) for column, link in mine.items()},
        key_learn=key_learn,
        position=torch.from_numpy(position),
        siblings=torch.from_numpy(siblings),
        source=order[name],
        codes={c: torch.from_numpy(value_codes(frame[c])[order[name]]) for c in shared.get(name, ())},
        owed=_owed(blueprint, numbers, position, siblings, _reader(data, blueprint, blueprints, order, mine)),
    )


def _owed(
    blueprint: TableBlueprint,
    numbers: Mapping[str, np.ndarray],
    position: np.ndarray,
    siblings: np.ndarray,
    above: Above,
) -> Tensor:
    """What is missing of every sum before each row. Shapes: (rows, sums, 2)."""
    n, found = len(position), []
    for total in blueprint.sums:
        assert total.column is not None
        before = np.r_[0.0, np.nan_to_num(numbers[total.column]).cumsum()]
        rows = np.arange(n)
        so_far = before[rows] - before[rows - position]
        known = total.parent_column is None
        target = np.full(n, total.value) if known else above(total.key, str(total.parent_column))
        found.append(owed(total, target, so_far, siblings - position))
    return torch.from_numpy(np.stack(found, axis=1)) if found else torch.zeros(n, 0, 2)


def _reader(
    data: RelationalData,
    blueprint: TableBlueprint,
    blueprints: Mapping[str, TableBlueprint],
    order: Mapping[str, np.ndarray],
    links: Mapping[str, np.ndarray],
) -> Above:
    """The numbers of the parents of a table's stored rows."""

    def above(key: str, column: str) -> np.ndarray:
        parent, link = blueprint.key_parents[key], links[key]
        codec = next(c.codec for c in blueprints[parent].columns if c.name == column)
        theirs = codec.to_numbers(data[parent][column])[order[parent]]
        return np.where(link >= 0, theirs[link], np.nan) if len(theirs) else np.full(len(link), np.nan)

    return above


def _encode_key(
    key: KeyPlan,
    links: Mapping[str, np.ndarray],
    tokens: dict[tuple[str, str], np.ndarray],
    learn: dict[tuple[str, str], np.ndarray],
) -> np.ndarray:
    """Add the token that tells whether a row has the key, and tell where the parent is chosen."""
    given = links[key.column] >= 0
    drawn = links[key.source[0]] < 0 if key.source else np.ones(len(given), dtype=bool)
    if key.nullable:
        tokens[NULL, key.column] = (~given).astype(np.int64)[:, None]
        learn[NULL, key.column] = drawn
    return drawn & given


def _encode_late(key: KeyPlan, link: np.ndarray, tokens: dict[tuple[str, str], np.ndarray]) -> None:
    """Add the token that tells whether a row has the key, and how deep it is."""
    if key.levels:
        deep = depths(link)
        # Rows that run in circles, which the training data had not, are all one level down.
        level = (link >= 0).astype(np.int64) if deep is None else level_of(deep)
        tokens[LEVEL, key.column] = np.minimum(level, key.levels - 1)[:, None]
    elif key.nullable:
        tokens[NULL, key.column] = (link < 0).astype(np.int64)[:, None]


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


def _encode_column(
    column: ColumnPlan,
    numbers: np.ndarray,
    base: np.ndarray,
    links: Mapping[str, np.ndarray],
    tokens: dict[tuple[str, str], np.ndarray],
    learn: dict[tuple[str, str], np.ndarray],
) -> None:
    """Add a column's tokens, and which of them are drawn rather than computed."""
    name = column.name
    tokens[COLUMN, name] = column.codec.encode_numbers(numbers)
    if column.copy:
        learn[COLUMN, name] = links[column.copy[0]] < 0
    if column.delta is None:
        return
    known = ~np.isnan(base)
    delta = differences(column.codec, column.by_period, numbers, base)
    tokens[DELTA, name] = column.delta.encode(np.where(known, delta, np.nan))
    learn[DELTA, name], learn[COLUMN, name] = known, ~known
    if column.by_period:
        drawn = np.ones((len(numbers), len(column.codec.sizes)), dtype=bool)
        drawn[:, 0] = ~known
        learn[COLUMN, name] = drawn


def count_children(link: np.ndarray, n: int) -> np.ndarray:
    """How often each of ``n`` rows is linked to, NaN for never.

    That a row has no children is no rare number that would have to be protected: it is 'missing'.

    Shapes:
        link: (rows,)
        returns: (n,)
    """
    counts = np.bincount(link[link >= 0], minlength=n).astype(float)
    return np.where(counts > 0, counts, np.nan)


def _encode_told(
    column: ColumnPlan,
    numbers: np.ndarray,
    told: tuple[np.ndarray, np.ndarray],
    tokens: dict[tuple[str, str], np.ndarray],
    learn: dict[tuple[str, str], np.ndarray],
) -> None:
    """Draw a column where its rules do not tell it, and elsewhere whether it is missing, if it can be."""
    known, value = told
    learn[COLUMN, column.name] = ~known
    if column.gaps:
        drawn = known & ~np.isnan(value)
        learn[GAP, column.name] = drawn
        tokens[GAP, column.name] = (drawn & np.isnan(numbers)).astype(np.int64)[:, None]


def _block(parts: list[np.ndarray], n: int) -> Tensor:
    block = np.concatenate(parts, axis=1) if parts else np.zeros((n, 0))
    return torch.from_numpy(block.astype(np.int16))


def _wide(values: np.ndarray, width: int) -> np.ndarray:
    return values if values.ndim == 2 else np.repeat(values[:, None], width, axis=1)


def differences(codec: Codec, by_period: bool, numbers: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Numbers less what they refer to, or the months between the two. Shapes: (rows,)."""
    mine, theirs = (codec.periods(numbers), codec.periods(base)) if by_period else (numbers, base)
    assert mine is not None
    assert theirs is not None
    return mine - theirs


def _parent_numbers(
    data: RelationalData,
    column: ColumnPlan,
    blueprint: TableBlueprint,
    blueprints: Mapping[str, TableBlueprint],
    order: Mapping[str, np.ndarray],
) -> np.ndarray | None:
    """The numbers, by stored row, of the parent's column that the differences refer to."""
    wanted = column.first or (column.base[1] if column.base and column.base[0] == "parent" else None)
    if wanted is None or blueprint.parent is None:
        return None
    codec: Codec = next(c.codec for c in blueprints[blueprint.parent].columns if c.name == wanted)
    return codec.to_numbers(data[blueprint.parent][wanted])[order[blueprint.parent]]


def base_values(
    column: ColumnPlan,
    numbers: Mapping[str, np.ndarray],
    parent: np.ndarray,
    position: np.ndarray,
    parent_numbers: np.ndarray | None,
) -> np.ndarray:
    """What each row's difference refers to, NaN where the value itself is drawn.

    Shapes:
        numbers: per column (rows,), rows sorted by family
        parent, position: (rows,)
        parent_numbers: (rows of the parent,)
        returns: (rows,)
    """
    kind = column.base[0] if column.base else ""
    if kind == "row" and column.base:
        return numbers[column.base[1]]
    above = np.full(len(parent), np.nan)
    if parent_numbers is not None and len(parent_numbers):
        above = np.where(parent >= 0, parent_numbers[parent], np.nan)
    if kind == "parent":
        return above
    before = np.r_[np.nan, numbers[column.name][:-1]] if len(parent) else above
    return np.where(position > 0, before, above)
