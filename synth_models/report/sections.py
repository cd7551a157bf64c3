"""What is told about each table: its columns, pairs, keys and distances, ready to be drawn and written."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.cells import Cells
from synth_models.report.findings import Findings
from synth_models.report.fits import Fit, badness, fits
from synth_models.report.metrics.base import Measurement
from synth_models.report.profile import Profile, profiles
from synth_models.report.rare import least
from synth_models.report.score import Score
from synth_models.report.stats.keys import degrees
from synth_models.report.table_pairs import PairRow, pairs_of, pictured

DETECTIONS = ("c2st", "c2st_agg", "c2st_agg2")
"""The metrics that tell rows apart."""


@final
@dataclass(frozen=True)
class Incoming:
    """A foreign key that points at the table.

    Args:
        table: The child table.
        column: The key's column.
        real: Children per parent.
        synthetic: Children per parent.
        fit: Cardinality.
    """

    table: str
    column: str
    real: np.ndarray
    synthetic: np.ndarray
    fit: Fit


@final
@dataclass(frozen=True)
class Section:
    """Everything about one table.

    Args:
        table: Its name.
        kept: Whether it was kept as it is: then its content is not compared.
        rows: Real and synthetic rows.
        scores: By metric.
        profiles: Of its columns, the worst-fitting first.
        shapes: The fit of each column.
        pairs: The fit of each pair, strongest real dependence first.
        associations: Strength of the dependence of all pairs, real and synthetic; None without two columns.
        pictured: The pairs to draw.
        incoming: The keys that point at it.
        detections: What came of telling its rows apart, by metric.
        least: How many parents must share a number of children before it is shown.
    """

    table: str
    kept: bool
    rows: tuple[int, int]
    scores: dict[str, Score]
    profiles: list[Profile]
    shapes: dict[str, Fit]
    pairs: list[PairRow]
    associations: tuple[pd.DataFrame, pd.DataFrame] | None
    pictured: list[tuple[PairRow, Cells]]
    incoming: list[Incoming]
    detections: dict[str, Measurement]
    least: int


def section(findings: Findings, table: str) -> Section:
    """Everything about one table."""
    trial, kept = findings.trial, table in findings.kept
    shapes = {items[0]: fit for items, fit in fits(findings, "shapes", table).items()}
    told = [] if kept else profiles(trial.real, trial.other, table, trial.seed, findings.min_count)
    told.sort(key=lambda profile: badness(shapes.get(profile.column)))
    pairs, associations = ([], None) if kept else pairs_of(findings, table)
    return Section(
        table=table,
        kept=kept,
        rows=(trial.real.n_rows[table], trial.other.n_rows[table]),
        scores={
            name: scores[table]
            for name, found in findings.measured.items()
            if table in (scores := found.table_scores)
        },
        profiles=told,
        shapes=shapes,
        pairs=pairs,
        associations=associations,
        pictured=pictured(findings, table, pairs),
        incoming=_incoming(findings, table),
        detections=_detections(findings, table),
        least=least(findings.min_count),
    )


def _detections(findings: Findings, table: str) -> dict[str, Measurement]:
    return {name: m for name in DETECTIONS for m in findings.measured[name].synthetic if m.table == table}


def _incoming(findings: Findings, table: str) -> list[Incoming]:
    trial, found = findings.trial, {}
    for child in trial.real.schema.tables:
        found |= {(child, *items): fit for items, fit in fits(findings, "cardinality", child).items()}
    return [
        Incoming(child, key.name, degrees(trial.real, child, key), degrees(trial.other, child, key),
                 found.get((child, key.name), Fit(None, None)))
        for child, key in trial.real.schema.children(table)
    ]  # fmt: skip
