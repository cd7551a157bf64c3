"""Values and keys of a data set as token blocks."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from synth_models.columns.grid import NumberGrid
from synth_models.data.keys import value_codes
from synth_models.data.relational import RelationalData
from synth_models.graph.again import NEW, again
from synth_models.graph.agreements import shared_columns
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.computed import computed, sibling_before
from synth_models.graph.differences import base_values, differences
from synth_models.graph.distances import compared
from synth_models.graph.identities import identities
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.levels import depths, level_of
from synth_models.graph.links import count_children, family_places
from synth_models.graph.profile_plan import MEAN
from synth_models.graph.rows import Rows, TableRows
from synth_models.graph.steps import AGAIN, COLUMN, COUNT, DELTA, GAP, LEVEL, NULL, PROFILE
from synth_models.graph.stored import StoredRows
from synth_models.graph.totals import headroom, owed
from synth_models.memory import kept_memory

_Tokens = dict[tuple[str, str], np.ndarray]
"""Of a kind and a name. Shapes: (rows, tokens), or (rows,) for all tokens of that name alike."""

_NARROW = np.int16
"""What tokens are kept as: those of all columns of a table wait for each other."""


@kept_memory()
def encode_rows(data: RelationalData, blueprints: Mapping[str, TableBlueprint]) -> Rows:
    """The token blocks of a data set.

    Args:
        data: Data with the blueprints' schema.
        blueprints: Parents before children.
    """
    stored, shared, distant = StoredRows(data, blueprints), shared_columns(blueprints), compared(blueprints)
    return {
        name: _encode_table(stored, blueprint, shared.get(name, set()), distant.get(name, set()))
        for name, blueprint in blueprints.items()
    }


def _encode_table(
    stored: StoredRows, blueprint: TableBlueprint, shared: set[str], distant: set[str]
) -> TableRows:
    name, n = blueprint.name, len(stored.data[blueprint.name])
    frame, order = stored.data[name], stored.order[name]  # columns are sorted one at a time: no second copy
    links = {column: link for (table, column), link in stored.links.items() if table == name}
    position, siblings = family_places(stored.family(name))
    numbers = {c.name: stored.numbers(name, c.name) for c in blueprint.columns}
    tokens: _Tokens = {}
    learn: _Tokens = {}
    for count in blueprint.counts:
        tokens[COUNT, f"{count.child}.{count.column}"] = count.grid.encode(
            count_children(stored.links[count.child, count.column], n)
        )
    key_learn = {}
    for key in blueprint.keys:
        key_learn[key.column] = torch.from_numpy(_encode_key(key, links, position, tokens, learn))
    for key in blueprint.late:
        key_learn[key.column] = torch.from_numpy(links[key.column] >= 0)
        _encode_late(key, links[key.column], tokens)
    for column in blueprint.columns:
        _encode_column(column, numbers[column.name], links, tokens, learn)
        if column.delta is not None:
            base = base_values(stored, name, column, numbers, position)
            _encode_difference(column, column.delta, numbers[column.name], base, tokens, learn)
        if column.rules:
            told = computed(column, numbers, np.arange(n), position, blueprint.family, stored.above(name))
            _encode_told(column, numbers[column.name], told, tokens, learn)
    for plan in blueprint.profiles:
        tokens[PROFILE, plan.name] = plan.grid.encode(stored.profile(plan))
    names = list(dict.fromkeys((s.kind, s.name) for s in blueprint.tokens))
    return TableRows(
        tokens=_block([tokens[key] for key in names], n),
        learn=_learn(names, tokens, learn, n),
        derived=_block([c.codec.derived(numbers[c.name]) for c, _ in blueprint.derived], n),
        links={column: torch.from_numpy(link) for column, link in links.items()},
        key_learn=key_learn,
        position=torch.from_numpy(position),
        siblings=torch.from_numpy(siblings),
        source=order,
        codes={c: torch.from_numpy(value_codes(frame[c])[order]) for c in shared},
        numbers={c: torch.from_numpy(numbers[c]) for c in distant},
        owed=_owed(stored, blueprint, numbers, position, siblings),
        identity=torch.from_numpy(identities(blueprint, stored.data, order)),
    )


def _encode_key(
    key: KeyPlan,
    links: Mapping[str, np.ndarray],
    position: np.ndarray,
    tokens: _Tokens,
    learn: _Tokens,
) -> np.ndarray:
    """Add the tokens that tell whether a row has the key, and a sibling's parent, and where one is chosen."""
    given = links[key.column] >= 0
    drawn = links[key.source[0]] < 0 if key.source else np.ones(len(given), dtype=bool)
    if key.nullable:
        tokens[NULL, key.column] = (~given).astype(np.int64)[:, None]
        learn[NULL, key.column] = drawn
    if key.again:
        which = again(links[key.column], position)
        tokens[AGAIN, key.column] = which[:, None]
        learn[AGAIN, key.column] = drawn & given & (position > 0)
        drawn = drawn & (which == NEW)
    return drawn & given


def _encode_late(key: KeyPlan, link: np.ndarray, tokens: _Tokens) -> None:
    """Add the token that tells whether a row has the key, and how deep it is."""
    if key.levels:
        deep = depths(link)
        # Rows that run in circles, which the training data had not, are all one level down.
        level = (link >= 0).astype(np.int64) if deep is None else level_of(deep)
        tokens[LEVEL, key.column] = np.minimum(level, key.levels - 1)[:, None]
    elif key.nullable:
        tokens[NULL, key.column] = (link < 0).astype(np.int64)[:, None]


def _encode_column(
    column: ColumnPlan,
    numbers: np.ndarray,
    links: Mapping[str, np.ndarray],
    tokens: _Tokens,
    learn: _Tokens,
) -> None:
    """Add a column's tokens, and which of them are drawn rather than copied."""
    tokens[COLUMN, column.name] = column.codec.encode_numbers(numbers).astype(_NARROW)
    if column.copy:
        learn[COLUMN, column.name] = links[column.copy[0]] < 0


def _encode_difference(
    column: ColumnPlan,
    grid: NumberGrid,
    numbers: np.ndarray,
    base: np.ndarray,
    tokens: _Tokens,
    learn: _Tokens,
) -> None:
    """Add the tokens of a column's differences; where there is one, the value follows."""
    name, known = column.name, ~np.isnan(base)
    delta = differences(column.codec, column.by_period, numbers, base)
    tokens[DELTA, name] = grid.encode(np.where(known, delta, np.nan)).astype(_NARROW)
    learn[DELTA, name], learn[COLUMN, name] = known, ~known
    if column.by_period:
        drawn = np.ones((len(numbers), len(column.codec.sizes)), dtype=bool)
        drawn[:, 0] = ~known
        learn[COLUMN, name] = drawn


def _encode_told(
    column: ColumnPlan,
    numbers: np.ndarray,
    told: tuple[np.ndarray, np.ndarray],
    tokens: _Tokens,
    learn: _Tokens,
) -> None:
    """Draw a column where its rules do not tell it, and elsewhere whether it is missing, if it can be."""
    known, value = told
    learn[COLUMN, column.name] = ~known
    if column.gaps:
        drawn = known & ~np.isnan(value)
        learn[GAP, column.name] = drawn
        tokens[GAP, column.name] = (drawn & np.isnan(numbers)).astype(np.int64)[:, None]


def _owed(
    stored: StoredRows,
    blueprint: TableBlueprint,
    numbers: Mapping[str, np.ndarray],
    position: np.ndarray,
    siblings: np.ndarray,
) -> Tensor:
    """What is left of every sum, profile and balance before each row. Shapes: (rows, steers, 3)."""
    n, above, first = len(position), stored.above(blueprint.name), np.arange(len(position)) - position
    share, found = 1.0 / (siblings - position), np.empty((blueprint.steers, 3, n), dtype=np.float32)
    for at, total in enumerate(blueprint.sums):
        assert total.column is not None
        known = total.parent_column is None
        target = np.full(n, total.value) if known else above(total.key, str(total.parent_column))
        so_far = _so_far(np.nan_to_num(numbers[total.column]), first)
        owed(found[at], target / siblings, siblings, so_far, share, total.scale)
    family, columns = stored.family(blueprint.name), {c.name: c for c in blueprint.columns}
    for at, plan in enumerate(blueprint.steered, start=len(blueprint.sums)):
        told = plan.told(plan.grid.encode(stored.profile(plan)))  # as coarse as when rows are drawn
        mine = np.r_[told, np.nan][family]
        if plan.how != MEAN:
            level = columns[plan.column].level
            assert level is not None
            reached = sibling_before(level, numbers, np.arange(n), position, blueprint.family, above)
            headroom(found[at], reached, mine, plan.scale)
            continue
        values = plan.read(numbers[plan.column], columns[plan.column].codec)
        missing = np.isnan(values)
        so_far = _so_far(np.where(missing, np.nan_to_num(mine), values) if missing.any() else values, first)
        owed(found[at], mine, siblings, so_far, share, plan.scale)
    for at, balance in enumerate(blueprint.balances, start=len(blueprint.sums) + len(blueprint.steered)):
        one, other = (
            np.nan_to_num(count_children(stored.links[balance.child, key], n)) for key in balance.keys
        )
        owed(found[at], np.zeros(n), siblings, _so_far(one - other, first), share, balance.scale)
    return torch.from_numpy(found).permute(2, 0, 1)


def _so_far(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The sum of the earlier siblings, the first of which are these rows. Shapes: (rows,) each."""
    before = values.cumsum()
    before -= values
    before -= before[first]
    return before


def _block(parts: list[np.ndarray], n: int) -> Tensor:
    parts = parts or [np.zeros((n, 0))]
    return torch.from_numpy(np.concatenate(parts, axis=1, dtype=_NARROW, casting="unsafe"))


def _learn(names: list[tuple[str, str]], tokens: _Tokens, learn: _Tokens, n: int) -> Tensor:
    """Which tokens are drawn: all, where nothing else is said. Shapes: (rows, tokens)."""
    widths = [tokens[key].shape[1] for key in names]
    drawn = np.ones((n, sum(widths)), dtype=bool)
    for key, width, end in zip(names, widths, np.cumsum(widths), strict=True):
        if key in learn:
            drawn[:, end - width : end] = learn[key] if learn[key].ndim == 2 else learn[key][:, None]
    return torch.from_numpy(drawn)
