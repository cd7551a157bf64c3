"""How far a row is, in time or in another number, from whom its late key leads to: an answer is written after
its question, and soon after as a rule.

Late keys are chosen when all rows are there, so their numbers can be compared. A network that sees both rows
learns from them only roughly which came first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import numpy as np

from synth_models.columns.base import COLUMN_TYPES
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.detect import NEVER, follow
from synth_models.graph.key_plan import Distance, KeyPlan
from synth_models.graph.levels import depths
from synth_models.graph.pairs import dealt_out
from synth_models.graph.protection import Protection
from synth_models.graph.rules import EXACT

_STEPS = 16
_FEWEST = 4
_ROWS = 100_000
_GAIN = 0.1
"""Nats that a distance must tell more than chance."""
_MOST = 3
_TINY = 1e-9
_MOMENTS = ("date", "datetime")
_RULED_OUT = 0.05
"""The share that chance would give to what is ruled out, at least."""


def with_distances(
    blueprints: Mapping[str, TableBlueprint], data: RelationalData, protection: Protection
) -> dict[str, TableBlueprint]:
    """The blueprints, late keys with the distances that tell who may be the parent.

    Args:
        blueprints: Of all tables.
        data: What they were made for.
        protection: Whose rows they are, and how many must share what is stored.
    """
    return {
        name: replace(
            blueprint,
            late=tuple(
                replace(key, distances=_distances(blueprint, blueprints[key.parent], key, data, protection))
                for key in blueprint.late
            ),
        )
        for name, blueprint in blueprints.items()
    }


def compared(blueprints: Mapping[str, TableBlueprint]) -> dict[str, set[str]]:
    """Per table the columns whose numbers late keys compare."""
    found: dict[str, set[str]] = {}
    for name, blueprint in blueprints.items():
        for key in blueprint.late:
            for distance in key.distances:
                found.setdefault(name, set()).add(distance.own)
                found.setdefault(key.parent, set()).add(distance.theirs)
    return found


def _distances(
    blueprint: TableBlueprint,
    above: TableBlueprint,
    key: KeyPlan,
    data: RelationalData,
    protection: Protection,
) -> tuple[Distance, ...]:
    """The distances of one key, the most telling first."""
    link = data.links[blueprint.name, key.column]
    rows = np.flatnonzero(link >= 0)
    rows = np.random.default_rng(0).permutation(rows)[:_ROWS]
    of_each = np.unique(protection.entities[blueprint.name][rows], return_index=True)[1]
    chance = dealt_out(link, _alike(blueprint, key, data))[rows]
    found = []
    for own, theirs in _comparable(data.schema, blueprint.name, key.parent):
        numbers, others = _numbers(blueprint, own, data)[rows], _numbers(above, theirs, data)
        distances = numbers - others[link[rows]]
        ends = _ends(distances[of_each], 2 * protection.min_count)
        gain, edges, log_odds = _told(distances, numbers - others[chance], ends)
        if gain > _GAIN:
            found.append((gain, Distance(own, theirs, edges, log_odds)))
    found.sort(key=lambda one: one[0], reverse=True)
    return tuple(distance for _, distance in found[:_MOST])


def _comparable(schema: Schema, table: str, parent: str) -> Iterator[tuple[str, str]]:
    """Columns whose numbers can be compared: moments, and others of one name."""
    mine, theirs = schema.tables[table], schema.tables[parent]
    for own, other in product(mine.features, theirs.features):
        kind = mine.columns[own].type
        same = kind == theirs.columns[other].type and COLUMN_TYPES.get(kind).continuous
        if same and (kind in _MOMENTS or own == other):
            yield own, other


def _numbers(blueprint: TableBlueprint, column: str, data: RelationalData) -> np.ndarray:
    codec = next(c.codec for c in blueprint.columns if c.name == column)
    return codec.to_numbers(data[blueprint.name][column])


def _ends(distances: np.ndarray, least: int) -> np.ndarray:
    """The ends of steps that so many of the distances are in at least; nothing if there are too few.

    Shapes:
        distances: (entities,), one of each
        returns: (steps - 1,), rising
    """
    given = distances[~np.isnan(distances)]
    steps = min(_STEPS, len(given) // least)
    return np.quantile(given, np.arange(1, steps) / steps) if steps >= _FEWEST else np.zeros(0)


def _told(
    found: np.ndarray, chance: np.ndarray, ends: np.ndarray
) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    """What distances tell more than chance, in nats; the ends of steps; and the log odds of each.

    Zero is the end of a step if hardly any distances are on one side of it.

    Shapes:
        found, chance: (rows,)
        ends: (steps - 1,), rising
    """
    found, chance = found[~np.isnan(found)], chance[~np.isnan(chance)]
    if not len(ends) or not len(chance):
        return 0.0, (), ()
    rises, falls = (found >= 0).mean() >= EXACT, (found > 0).mean() <= 1 - EXACT
    if rises or falls:
        ends = np.r_[0.0 if rises else _TINY, ends[ends > 0] if rises else ends[ends < 0]]
    edges = np.unique([float(f"{end:.3g}") for end in ends])  # no exact distance of two rows
    real, by_chance = (
        np.bincount(np.searchsorted(edges, d, "right"), minlength=len(edges) + 1) for d in (found, chance)
    )
    shares, others = (real + 0.5) / (len(found) + 1), (by_chance + 0.5) / (len(chance) + 1)
    odds = np.log(shares / others)
    gain = float((shares * odds).sum())
    odds[(real <= (1 - EXACT) * len(found)) & (others > _RULED_OUT)] = -NEVER
    return gain, tuple(edges.tolist()), tuple(odds.tolist())


def _alike(blueprint: TableBlueprint, key: KeyPlan, data: RelationalData) -> np.ndarray:
    """Rows whose parents chance may exchange: what these must agree in is the same. Shapes: (rows,)."""
    n = len(data[blueprint.name])
    parts = [np.zeros(n, dtype=np.int64)]
    if key.levels:
        deep = depths(data.links[blueprint.name, key.column])
        parts += [] if deep is None else [deep]
    for match in key.matches:
        if match.exact and not match.on:
            parts.append(follow(data.links, data, blueprint.name, match.known, np.arange(n)))
    return np.unique(np.column_stack(parts), axis=0, return_inverse=True)[1].reshape(-1)
