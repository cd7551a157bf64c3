"""The pairs of columns of a table: how well each fits, and which to draw."""

from dataclasses import dataclass
from itertools import islice
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.cells import Cells, cells
from synth_models.report.findings import Findings
from synth_models.report.fits import Fit, badness, fits
from synth_models.report.metrics.pair_trend import ROWS
from synth_models.report.rare import Owners, both, owners
from synth_models.report.stats.association import association_matrix

_PAIRS = 8


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


def pairs_of(
    findings: Findings, table: str
) -> tuple[list[PairRow], tuple[pd.DataFrame, pd.DataFrame] | None]:
    """The pairs, strongest real dependence first, and the strength of all dependences on both sides."""
    kinds = findings.trial.real.columns(table)
    if len(kinds) < 2:
        return [], None
    real, synthetic = (
        association_matrix(side.sample(table, ROWS, findings.trial.seed), kinds)
        for side in (findings.trial.real, findings.trial.other)
    )
    rows = [
        PairRow((first, second), fit, _strength(real, first, second), _strength(synthetic, first, second))
        for (first, second), fit in fits(findings, "pair_trend", table).items()
    ]
    rows.sort(key=lambda row: -abs(row.real or 0.0))
    return rows, (real, synthetic)


def _strength(matrix: pd.DataFrame, first: str, second: str) -> float | None:
    value = float(matrix.to_numpy()[matrix.index.get_loc(first), matrix.index.get_loc(second)])
    return None if np.isnan(value) else value


def pictured(findings: Findings, table: str, pairs: list[PairRow]) -> list[tuple[PairRow, Cells]]:
    """The strongest real dependences and the pairs that fit worst, half each."""
    trial = findings.trial
    kinds = trial.real.columns(table)
    real, synthetic = (side.sample(table, ROWS, trial.seed) for side in (trial.real, trial.other))

    def whose(columns: tuple[str, str]) -> Owners:
        rows = real.index.to_numpy()
        return both(*(owners(trial.real, table, column, rows, findings.min_count) for column in columns))

    pairs = [row for row in pairs if row.real is not None]
    worst = sorted(pairs, key=lambda row: badness(row.trend))
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
