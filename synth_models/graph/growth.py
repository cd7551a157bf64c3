"""Blueprints that also know new data, for a model that learns on: larger vocabularies, the same plan."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from synth_models.columns.base import MIN_COUNT
from synth_models.data.entities import entities
from synth_models.data.relational import RelationalData
from synth_models.errors import DataError, report_all
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.count_plan import CountPlan
from synth_models.graph.differences import deltas
from synth_models.graph.fixed import still_fixed
from synth_models.graph.identities import with_identities
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.levels import depths, level_of
from synth_models.graph.links import count_children
from synth_models.graph.plan import plan_formats, seen_counts
from synth_models.graph.protection import Protection, limits

_HARDLY_EVER = 1e-9


def grow_blueprints(
    blueprints: Mapping[str, TableBlueprint],
    data: RelationalData,
    *,
    seed: int = 0,
    min_count: int = MIN_COUNT,
) -> dict[str, TableBlueprint]:
    """The blueprints with whatever the data have that they do not know; every token keeps its meaning.

    What a table is determined by (families, copies, differences, keys that meet) stays as it was found on the
    first data; only a column that parents told, and in these data do not, is drawn for each row from now on.

    Args:
        blueprints: Parents before children.
        data: Data of the same schema.
        seed, min_count: As in ``make_blueprints``.

    Raises:
        DataError: If the data have what no larger vocabulary can say: a key that was never missing before, or
            rows that run in circles where they did not.
    """
    report_all(DataError, "The model cannot learn on from these data", _faults(blueprints, data))
    families = {name: blueprint.family for name, blueprint in blueprints.items()}
    protection = Protection(entities(data, families), min_count, seed)
    grown = {name: _grown(data, blueprint, protection) for name, blueprint in blueprints.items()}
    found = deltas(data, grown)
    grown = {
        name: replace(
            blueprint,
            columns=tuple(
                _with_delta(data, name, c, found[name, c.name], protection) if c.delta else c
                for c in blueprint.columns
            ),
        )
        for name, blueprint in grown.items()
    }
    return with_identities(grown, data, protection, more=True)


def _faults(blueprints: Mapping[str, TableBlueprint], data: RelationalData) -> list[str]:
    faults = []
    for name, blueprint in blueprints.items():
        for key in (*blueprint.keys, *blueprint.late):
            link = data.links[name, key.column]
            missing = int((link < 0).sum())
            where = f"Table '{name}': foreign key '{key.column}'"
            if key.levels and depths(link) is None:
                faults.append(
                    f"{where} has rows that run in circles, which it had not. Train with reset=True."
                )
            elif missing and not (key.nullable or key.levels or key.implied):
                faults.append(
                    f"{where} is missing in {missing} of {len(link)} rows, and never was before. Train with "
                    f"reset=True."
                )
    return faults


def _grown(data: RelationalData, old: TableBlueprint, protection: Protection) -> TableBlueprint:
    frame, owners = data[old.name], protection.entities[old.name]
    family = data.links[old.name, old.family] if old.family else np.zeros(1)
    return replace(
        old,
        rows=len(frame),
        null_families=float((family < 0).mean()) if len(family) else 0.0,
        counts=tuple(_count(data, old.name, count, protection) for count in old.counts),
        keys=tuple(_key(data, old.name, key) for key in old.keys),
        late=tuple(_key(data, old.name, key) for key in old.late),
        columns=tuple(
            replace(
                c,
                codec=c.codec.grow(frame[c.name], seed=protection.seed, entities=owners),
                fixed_by=c.fixed_by if still_fixed(data, old.name, c) else (),
            )
            for c in old.columns
        ),
        formats=plan_formats(data, old.name, protection, old.formats),
    )


def _count(data: RelationalData, name: str, old: CountPlan, protection: Protection) -> CountPlan:
    counts = count_children(data.links[old.child, old.column], len(data[name]))
    least = protection.least(counts, f"{old.child}.{old.column}")
    grid = old.grid.grow(counts, min_count=least, entities=protection.entities[name])
    return replace(old, grid=grid, seen=seen_counts(grid))


def _key(data: RelationalData, name: str, old: KeyPlan) -> KeyPlan:
    link, levels = data.links[name, old.column], old.levels
    missing = float((link < 0).mean()) if len(link) and (old.nullable or not old.implied) else 0.0
    deep = depths(link) if levels else None
    if deep is not None:
        levels = max(levels, int(level_of(deep).max(initial=0)) + 1)
    # A key that could be missing keeps the step that says so.
    return replace(old, null_share=max(missing, _HARDLY_EVER) if old.nullable else missing, levels=levels)


def _with_delta(
    data: RelationalData, name: str, old: ColumnPlan, delta: np.ndarray, protection: Protection
) -> ColumnPlan:
    """The column with a grid of differences that knows these, too."""
    assert old.delta is not None
    owners, known = protection.entities[name], ~np.isnan(delta)
    least = protection.least(delta, old.name)
    low, high = limits(old.codec.to_numbers(data[name][old.name]), least, owners)
    return replace(
        old,
        delta=old.delta.grow(delta[known], min_count=least, entities=owners[known]),
        bounds=(min(old.bounds[0], low), max(old.bounds[1], high))
        if np.isfinite([low, high]).all()
        else old.bounds,
    )
