"""What in a table is determined by something else: copies over keys, and keys that meet.

A network learns such relations only nearly; found beforehand they hold exactly in the sampled data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from synth_models.data.relational import RelationalData
from synth_models.data.schema import ForeignKey, Schema
from synth_models.data.topology import key_of, late_keys, parent_of
from synth_models.graph.again import comes_again
from synth_models.graph.key_plan import KeyPlan, Match
from synth_models.graph.levels import depths, level_of
from synth_models.graph.pairs import never_the_same, never_twice
from synth_models.graph.pieces import one_piece
from synth_models.graph.rules import EXACT

_MIN_ROWS = 20
_MAX_DEPTH = 3
_SAMPLE = 20_000
_MIN_ODDS = 1.0
_CERTAIN = 10.0
NEVER = 20.0
"""Nats by which a parent is ruled out, more than by a budget that is used up."""


def key_paths(
    data: RelationalData, table: str, late: frozenset[tuple[str, str]], depth: int = _MAX_DEPTH
) -> dict[tuple[str, ...], str]:
    """Every way up from a table over at most ``depth`` foreign keys, with the table it ends in.

    Late keys lead nowhere: they are not yet known when a way is followed.
    """
    paths: dict[tuple[str, ...], str] = {(): table}
    if depth:
        for key in data.schema.tables[table].foreign_keys:
            if (table, key.name) not in late:
                for rest, end in key_paths(data, key.parent, late, depth - 1).items():
                    paths[key.name, *rest] = end
    return paths


def follow(links: Mapping[tuple[str, str], np.ndarray], data: RelationalData, table: str,
           path: Sequence[str], rows: np.ndarray) -> np.ndarray:  # fmt: skip
    """The rows reached from ``rows`` of ``table`` over ``path``; -1 where a key is missing.

    Shapes:
        (rows,).
    """
    for column in path:
        link = links[table, column]
        rows = np.where(rows >= 0, link[rows], -1) if len(link) else np.full(len(rows), -1)
        table = parent_of(data.schema, table, column)
    return rows


def plan_keys(data: RelationalData, table: str, family: str | None) -> tuple[KeyPlan, ...]:
    """The further keys of a table in the order to choose them: what determines others first, then
    small parents, implied keys at last.
    """
    late = late_keys(data)
    columns = [
        key.name
        for key in data.schema.tables[table].foreign_keys
        if key.name != family and (table, key.name) not in late
    ]
    sources = _key_sources(data, table, columns, family)
    waiting = sorted(columns, key=lambda c: len(data[parent_of(data.schema, table, c)]))
    determining = {source[0] for source in sources.values()}
    implied = {key.name for key in data.schema.tables[table].foreign_keys if key.implied}
    waiting.sort(key=lambda c: (c in implied, c not in determining, c in sources))
    order: list[str] = []
    while waiting:
        follows = [
            c for c in waiting if c in sources and sources[c][0] in (*order, family) and c not in implied
        ]
        order.append(follows[0] if follows else waiting[0])
        waiting.remove(order[-1])
    plans = []
    for position, column in enumerate(order):
        known = [*([family] if family else []), *order[:position]]
        source = sources.get(column)
        source = source if source and source[0] in known else None
        plan = _plan_key(data, table, column, [(c,) for c in known], source)
        plans.append(_with_pairs(data, table, plan, known, family))
    return tuple(plans)


def _with_pairs(
    data: RelationalData, table: str, plan: KeyPlan, known: Sequence[str], family: str | None
) -> KeyPlan:
    """A key that knows which parents it never has beside those that the row has already."""
    link, group = data.links[table, plan.column], np.zeros(len(data[table]), dtype=np.int64)
    for match in plan.matches:
        if match.exact and match.known and not match.on:  # a parent can be only one of those that agree
            group = follow(data.links, data, table, match.known, np.arange(len(link)))
            break
    never = tuple(
        Match((other,), (), -NEVER, False)
        for other in known
        if parent_of(data.schema, table, other) == plan.parent
        and never_the_same(data.links[table, other], link, group)
    )
    plan = replace(plan, matches=(*plan.matches, *never))
    if family is None:
        return plan
    mine, mutual = data.links[table, family], parent_of(data.schema, table, family) == plan.parent
    once = never_twice(mine, link, group)
    unordered = once and mutual and never_twice(mine, link, group, unordered=True)
    primary, key = data.schema.tables[table].key_columns, key_of(data.schema, table, plan.column)
    free = not (once or plan.implied or plan.source or set(key.columns) <= set(primary))
    # What a parent must agree in, or must not, siblings have to have in common, too.
    common = all(match.known[:1] == (family,) for match in plan.matches if match.certain)
    again = free and common and plan.within(family) is None and comes_again(mine, link, group)
    whole = mutual and plan.within(family) is not None and one_piece(mine, link, group)
    return replace(plan, once=once, unordered=unordered, again=again, one_piece=whole)


def plan_late_keys(data: RelationalData, table: str) -> tuple[KeyPlan, ...]:
    """The keys of a table that close cycles, chosen when every row of every table is there."""
    late = late_keys(data)
    names = [key.name for key in data.schema.tables[table].foreign_keys]
    known: list[tuple[str, ...]] = [(), *((name,) for name in names if (table, name) not in late)]
    plans = []
    for name in names:
        if (table, name) in late:
            plan = _plan_key(data, table, name, known, None)
            deep = depths(data.links[table, name]) if plan.parent == table else None
            levels = 0 if deep is None else int(level_of(deep).max(initial=0)) + 1
            plans.append(replace(plan, levels=levels))
    return tuple(plans)


def _plan_key(
    data: RelationalData,
    table: str,
    name: str,
    known: Sequence[tuple[str, ...]],
    source: tuple[str, str] | None,
) -> KeyPlan:
    link, key = data.links[table, name], key_of(data.schema, table, name)
    return KeyPlan(
        name,
        key.parent,
        float((link < 0).mean()) if len(link) and (key.usual or not key.implied) else 0.0,
        source,
        (*_shared_columns(data.schema, table, name, known), *_matches(data, table, name, known)),
        implied=key.implied,
    )


def _shared_columns(schema: Schema, table: str, name: str, known: Sequence[tuple[str, ...]]) -> list[Match]:
    """Keys that share a column must lead to parents with the same value of it."""
    mine, found = key_of(schema, table, name), []
    for path in known:
        if path:
            other = key_of(schema, table, path[0])
            theirs = dict(zip(other.columns, schema.tables[other.parent].key_columns, strict=True))
        else:
            theirs = {column: column for column in schema.tables[table].key_columns}
        for column, above in zip(mine.columns, schema.tables[mine.parent].key_columns, strict=True):
            if column in theirs:
                found.append(Match(path, (), _CERTAIN, True, (theirs[column], above)))
    return found


def _key_sources(
    data: RelationalData, table: str, columns: Sequence[str], family: str | None
) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    everyone = [*([family] if family else []), *columns]
    for column in columns:
        for other in everyone:
            if other == column or (other in found and found[other][0] == column):
                continue
            above = parent_of(data.schema, table, other)
            for key in data.schema.tables[above].foreign_keys:
                if key.usual:
                    continue  # it leads some rows nowhere that have a parent
                if key.parent == parent_of(data.schema, table, column) and column not in found:
                    mine, through = data.links[table, column], data.links[table, other]
                    theirs = np.where(through >= 0, data.links[above, key.name][through], -1)
                    both = (through >= 0) & (theirs >= 0)
                    seen = both.sum() >= _MIN_ROWS and (mine[both] == theirs[both]).mean() >= EXACT
                    if seen or _contains(data.schema, table, column, other, key):
                        found[column] = (other, key.name)
    return found


def _contains(schema: Schema, table: str, name: str, larger: str, above: ForeignKey) -> bool:
    """Whether a key's columns are among a larger one's, where they are the key ``above`` of its parent."""
    mine, other = key_of(schema, table, name), key_of(schema, table, larger)
    theirs = dict(zip(other.columns, schema.tables[other.parent].key_columns, strict=True))
    return tuple(theirs.get(column) for column in mine.columns) == above.columns


def _matches(
    data: RelationalData, table: str, column: str, known: Sequence[tuple[str, ...]]
) -> tuple[Match, ...]:
    parent = parent_of(data.schema, table, column)
    link = data.links[table, column]
    rows = np.flatnonzero(link >= 0)
    if len(rows) < _MIN_ROWS:
        return ()
    rng = np.random.default_rng(0)
    rows = rng.permutation(rows)[:_SAMPLE]
    by_chance = rng.permutation(link[rows])
    found, late = [], late_keys(data)
    for path, end in key_paths(data, table, late).items():
        if path[:1] not in known:
            continue
        mine = follow(data.links, data, table, path, rows)
        for other, other_end in key_paths(data, parent, late).items():
            if other_end != end or (not path and not other):  # a row is not its own parent
                continue
            theirs = follow(data.links, data, parent, other, link[rows])
            chance = follow(data.links, data, parent, other, by_chance)
            valid = (mine >= 0) & (theirs >= 0)
            if valid.sum() < _MIN_ROWS:
                continue
            rate, base = (mine == theirs)[valid].mean(), (mine == chance)[valid].mean()
            odds = _logit(rate, valid.sum()) - _logit(base, valid.sum())
            if odds > _MIN_ODDS:
                found.append(Match(path, other, float(odds), bool(rate >= EXACT)))
    return tuple(_without_implied(found))


def _logit(share: float, n: int) -> float:
    share = np.clip(share, 0.5 / n, 1 - 0.5 / n)
    return float(np.log(share / (1 - share)))


def _without_implied(matches: Sequence[Match]) -> list[Match]:
    """Drop a match further up that follows from one lower down (same district, hence same region)."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda m: len(m.known) + len(m.candidate)):
        implied = any(
            match.known[: len(k.known)] == k.known
            and match.candidate[: len(k.candidate)] == k.candidate
            and match.known[len(k.known) :] == match.candidate[len(k.candidate) :]
            for k in kept
        )
        if not implied:
            kept.append(match)
    return kept


def find_copy(data: RelationalData, table: str, column: str, keys: Sequence[str]) -> tuple[str, str] | None:
    """The key over which a column only repeats a column of the parent, and that column."""
    kind = data.schema.tables[table].columns[column].type
    mine = data[table][column]
    for key in keys:
        parent = parent_of(data.schema, table, key)
        spec = data.schema.tables[parent]
        alike = [other for other in spec.features if spec.columns[other].type == kind]
        if not alike:
            continue
        link, rng = data.links[table, key], np.random.default_rng(0)
        rows = np.flatnonzero(link >= 0)
        rows = rng.choice(rows, min(_SAMPLE, len(rows)), replace=False, shuffle=False)
        if len(rows) < _MIN_ROWS:
            continue
        for other in alike:
            theirs = data[parent][other]
            if _same(mine.iloc[rows], theirs.iloc[link[rows]]) < EXACT:
                continue
            if _same(mine.iloc[rows], theirs.iloc[rng.permutation(link[rows])]) < 0.5:
                return key, other
    return None


def _same(left: pd.Series, right: pd.Series) -> float:
    a, b = left.reset_index(drop=True), right.reset_index(drop=True)
    if str(a.dtype) != str(b.dtype):
        a, b = a.astype(object), b.astype(object)
    both_missing = a.isna() & b.isna()
    equal = (a == b).fillna(False).astype(bool)
    return float((equal | both_missing).mean())


def entropy(numbers: np.ndarray, width: float) -> float:
    """Entropy in nats of numbers in cells of one width, missing ones left out."""
    given = numbers[~np.isnan(numbers)]
    if not len(given):
        return np.inf
    counts = np.bincount(pd.factorize(np.floor(given / width))[0])
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum()) + (len(counts) - 1) / (2 * len(given))


def previous_rows(
    link: np.ndarray, ranks: Sequence[np.ndarray], ties: np.ndarray | None = None
) -> np.ndarray:
    """For every row the sibling before it, -1 for the first.

    Args:
        link: The family parents.
        ranks: What the siblings are ordered by, the first first.
        ties: In which order those of the same time are; None for that of the data.

    Shapes:
        each: (rows,)
    """
    sequence = np.lexsort([*([] if ties is None else [ties]), *reversed(ranks), link])
    ordered = link[sequence]
    same = np.flatnonzero((ordered[1:] == ordered[:-1]) & (ordered[1:] >= 0))
    before = np.full(len(link), -1)
    before[sequence[same + 1]] = sequence[same]
    return before
