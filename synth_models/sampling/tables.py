"""One table: kept as it is, or drawn and finished; and the keys that close cycles, at the end."""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from synth_models.choices import SynthMode
from synth_models.data.keys import value_codes
from synth_models.graph.agreements import shared_columns
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.distances import compared
from synth_models.sampling.families import draw_rows
from synth_models.sampling.frames import (
    make_columns,
    make_frame,
    spread_repeats,
    take_rows,
    with_late_keys,
    without_repeats,
)
from synth_models.sampling.late import choose_late, fit_late
from synth_models.sampling.parents import family_parents, is_strict
from synth_models.sampling.sample import Sample
from synth_models.sampling.shards import shards_of
from synth_models.sampling.shared import shared_profiles, without_secrets
from synth_models.sampling.state import Table, clamped_table, described_table, empty_table
from synth_models.sampling.totals import hold_totals
from synth_models.sampling.vectors import draw_latents, set_contexts, set_pointed, set_vectors


def make_table(sample: Sample, name: str) -> None:
    """Draw, or keep, the rows of a table whose parents are there."""
    blueprint = sample.blueprints[name]
    if sample.plan.kept(name):
        _keep(sample, blueprint)
        set_pointed(sample, blueprint)
        return
    width = sample.decoder.table(name).orphan.shape[0]
    if sample.given is not None:
        table = described_table(blueprint, sample.given.tables, width)
    elif sample.plan.mode is SynthMode.ORIGINAL_FKS:
        table = clamped_table(blueprint, sample.original[name], width)
    else:
        table = empty_table(blueprint, family_parents(sample, blueprint), width)
    _place(sample, blueprint, table)
    if len(table):
        set_contexts(sample, blueprint)
    draw_rows(sample, blueprint)
    _finish(sample, blueprint)
    set_pointed(sample, blueprint)


def _place(sample: Sample, blueprint: TableBlueprint, table: Table) -> None:
    above = sample.tables[blueprint.parent].shard if blueprint.parent else None
    table.shard = shards_of(table.parent, above)
    sample.tables[blueprint.name] = table


def _keep(sample: Sample, blueprint: TableBlueprint) -> None:
    name, block = blueprint.name, sample.original[blueprint.name]
    assert sample.plan.original is not None
    frame = sample.plan.original[name].iloc[block.source].reset_index(drop=True)
    table = clamped_table(blueprint, block, sample.decoder.table(name).orphan.shape[0])
    links = without_secrets(table.block.links, name, sample.blueprints, sample.plan, block.source)
    table.block = replace(table.block, derived=block.derived, identity=block.identity, links=links)
    table.kept = True
    _place(sample, blueprint, table)
    table.numbers = {
        c.name: c.codec.to_numbers(frame[c.name]) for c in blueprint.columns if c.codec.continuous
    }
    table.frame = frame
    if len(table):
        set_contexts(sample, blueprint)
        unknown = any((links[key.column] < 0).any() for key in blueprint.drawn_keys if key.implied)
        if blueprint.profiles or unknown:  # what children tell stays unknown, unless they are many's
            table.told = shared_profiles(blueprint, sample.blueprints, sample.plan.original, block.source)
            draw_rows(replace(sample, advance=lambda _: None), blueprint)  # no rows are made
        else:
            for piece in sample.pieces(len(table)):
                set_vectors(sample, blueprint, torch.arange(piece.start, piece.stop))
        draw_latents(sample, blueprint)


def _finish(sample: Sample, blueprint: TableBlueprint) -> None:
    name, rng = blueprint.name, sample.roll(blueprint.name, "values").numpy
    if sample.given is not None:
        table, frame = sample.tables[name], sample.given.tables[name].frame
        assert frame is not None
        table.frame = frame.assign(**make_columns(blueprint, sample.tables, rng))
        hold_totals(blueprint, sample.blueprints, sample.tables, sample.plan.kept, rng)
        if len(table):
            draw_latents(sample, blueprint)
        return
    frame = make_frame(blueprint, sample.tables, sample.schema, rng)
    if len(blueprint.unique) > 1:
        content = [c.name for c in blueprint.columns if c.name in blueprint.unique]
        frame = spread_repeats(frame, blueprint.unique, content, rng, blueprint.columns)
    table, frame = without_repeats(sample.tables[name], frame, blueprint.unique)
    lost = [
        (table.block.links[key.column] < 0).numpy()
        for key in blueprint.keys
        if is_strict(key) and not key.nullable
    ]
    if lost and np.any(lost):  # no parent shares the columns that it must
        table, frame = take_rows(table, frame, np.flatnonzero(~np.any(lost, axis=0)))
    if len(table):
        draw_latents(sample, blueprint)
    table.frame = frame
    sample.tables[name] = table
    hold_totals(blueprint, sample.blueprints, sample.tables, sample.plan.kept, rng)
    for column in shared_columns(sample.blueprints).get(name, ()):
        table.block.codes[column] = torch.from_numpy(value_codes(frame[column]))
    _remember_numbers(sample, blueprint, table.frame)


def _remember_numbers(sample: Sample, blueprint: TableBlueprint, frame: pd.DataFrame | None) -> None:
    """Keep the numbers of a finished table that late keys compare."""
    block, codecs = sample.tables[blueprint.name].block, {c.name: c.codec for c in blueprint.columns}
    assert frame is not None
    for column in compared(sample.blueprints).get(blueprint.name, ()):
        block.numbers[column] = torch.from_numpy(codecs[column].to_numbers(frame[column]))


def close_cycles(sample: Sample, name: str) -> None:
    """Choose the parents of the late keys of a table; all tables are there."""
    blueprint, table = sample.blueprints[name], sample.tables[name]
    if sample.plan.kept(name) or sample.given is not None or not blueprint.late:
        return
    for index, key in enumerate(blueprint.drawn_late if not table.clamped else ()):
        choose_late(sample, blueprint, key, sample.decoder.table(name).late_linker(index))
    table.frame = with_late_keys(blueprint, sample.tables, sample.schema)


def fit_cycles(sample: Sample, described: Sample) -> None:
    """Let late keys fit the columns that were drawn after them.

    Args:
        sample: Whose keys they are.
        described: The same rows with their final columns.
    """
    free = [b for name, b in sample.blueprints.items() if b.drawn_late and not sample.tables[name].clamped]
    for name, blueprint in sample.blueprints.items():
        _remember_numbers(sample, blueprint, described.tables[name].frame)
    for blueprint in free:
        table, made = sample.tables[blueprint.name], described.tables[blueprint.name]
        for index, key in enumerate(blueprint.drawn_late):
            fit_late(sample, blueprint, key, sample.decoder.table(blueprint.name).late_linker(index))
            made.block.links[key.column] = table.block.links[key.column]
        made.frame = with_late_keys(blueprint, described.tables, sample.schema)
