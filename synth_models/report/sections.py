"""What is told about each table: its columns, pairs, keys and distances, ready to be drawn and written."""

from dataclasses import dataclass
from itertools import islice
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.cells import Cells, cells
from synth_models.report.compute import Findings
from synth_models.report.metrics.base import Measurement
from synth_models.report.metrics.pair_trend import ROWS
from synth_models.report.profile import Profile, profiles
from synth_models.report.rare import Owners, both, owners
from synth_models.report.score import Score
from synth_models.report.stats.association import association_matrix
from synth_models.report.stats.keys import degrees

_PAIRS = 8
DETECTIONS = ("c2st", "c2st_agg", "c2st_agg2")
"""The metrics that tell rows apart."""


@final
@dataclass(frozen=True)
class Fit:
    """How well something fits, beside what real data score.

    Args:
        value: Of the synthetic data.
        ceiling: Of real data.
    """

    value: float | None
    ceiling: float | None


@final
@dataclass(frozen=True)
class PairRow:
    """A pair of columns.

    Args:
        columns: Their names.
        trend: The pair trend.
        real: The strength of the dependence in the real data; None if it is not defined.
        synthetic: The same of the synthetic data.
    """

    columns: tuple[str, str]
    trend: Fit
    real: float | None
    synthetic: float | None


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


def section(findings: Findings, table: str) -> Section:
    """Everything about one table."""
    trial, kept = findings.trial, table in findings.kept
    shapes = {items[0]: fit for items, fit in _fits(findings, "shapes", table).items()}
    told = [] if kept else profiles(trial.real, trial.other, table, trial.seed, findings.min_count)
    told.sort(key=lambda profile: _badness(shapes.get(profile.column)))
    pairs, associations = ([], None) if kept else _pairs(findings, table)
    return Section(
        table=table,
        kept=kept,
        rows=(trial.real.n_rows[table], trial.other.n_rows[table]),
        scores={
            name: scores[table]
            for name, found in findings.measured.items()
            if table in (scores := found.table_scores())
        },
        profiles=told,
        shapes=shapes,
        pairs=pairs,
        associations=associations,
        pictured=_pictured(findings, table, pairs),
        incoming=_incoming(findings, table),
        detections=_detections(findings, table),
    )


def _fits(findings: Findings, metric: str, table: str) -> dict[tuple[str, ...], Fit]:
    found = findings.measured[metric]
    ceilings = {m.items: m.value for m in found.ceiling if m.table == table}
    return {m.items: Fit(m.value, ceilings.get(m.items)) for m in found.synthetic if m.table == table}


def _badness(fit: Fit | None) -> float:
    """A number that is smaller for columns that fit worse."""
    return 2.0 if fit is None or fit.value is None else fit.value


def _pairs(findings: Findings, table: str) -> tuple[list[PairRow], tuple[pd.DataFrame, pd.DataFrame] | None]:
    kinds = findings.trial.real.columns(table)
    if len(kinds) < 2:
        return [], None
    real, synthetic = (
        association_matrix(side.sample(table, ROWS, findings.trial.seed), kinds)
        for side in (findings.trial.real, findings.trial.other)
    )
    rows = [
        PairRow((first, second), fit, _strength(real, first, second), _strength(synthetic, first, second))
        for (first, second), fit in _fits(findings, "pair_trend", table).items()
    ]
    rows.sort(key=lambda row: -abs(row.real or 0.0))
    return rows, (real, synthetic)


def _strength(matrix: pd.DataFrame, first: str, second: str) -> float | None:
    value = float(matrix.to_numpy()[matrix.index.get_loc(first), matrix.index.get_loc(second)])
    return None if np.isnan(value) else value


def _pictured(findings: Findings, table: str, pairs: list[PairRow]) -> list[tuple[PairRow, Cells]]:
    """The strongest real dependences and the pairs that fit worst, half each."""
    trial = findings.trial
    kinds = trial.real.columns(table)
    real, synthetic = (side.sample(table, ROWS, trial.seed) for side in (trial.real, trial.other))

    def whose(columns: tuple[str, str]) -> Owners:
        rows = real.index.to_numpy()
        return both(*(owners(trial.real, table, column, rows, findings.min_count) for column in columns))

    pairs = [row for row in pairs if row.real is not None]
    worst = sorted(pairs, key=lambda row: _badness(row.trend))
    chosen: dict[tuple[str, str], tuple[PairRow, Cells]] = {}
    for candidates, room in ((pairs, _PAIRS // 2), (worst, _PAIRS)):
        drawable = (
            (row, drawn)
            for row in candidates
            if row.columns not in chosen
            and (drawn := cells(real, synthetic, row.columns, kinds, whose(row.columns))) is not None
        )
        chosen |= {row.columns: (row, drawn) for row, drawn in islice(drawable, room - len(chosen))}
    return list(chosen.values())


def _detections(findings: Findings, table: str) -> dict[str, Measurement]:
    return {name: m for name in DETECTIONS for m in findings.measured[name].synthetic if m.table == table}


def _incoming(findings: Findings, table: str) -> list[Incoming]:
    trial, fits = findings.trial, {}
    for child in trial.real.schema.tables:
        fits |= {(child, *items): fit for items, fit in _fits(findings, "cardinality", child).items()}
    return [
        Incoming(child, key.name, degrees(trial.real, child, key), degrees(trial.other, child, key),
                 fits.get((child, key.name), Fit(None, None)))
        for child, key in trial.real.schema.children(table)
    ]  # fmt: skip
