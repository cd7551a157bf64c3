"""Whether each column by itself is distributed as the real one."""

from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.side import sample
from synth_models.report.stats.shapes import similarity

ROWS = 100_000
"""Rows of each side at most."""


@METRICS.register("shapes")
@final
class Shapes(Metric):
    """Column shapes, as in SDMetrics."""

    name = "shapes"
    title = "Column shapes"
    meaning = "Each column, taken alone, has the same distribution as in the real data."
    definition = (
        "The mean over columns of the complement of the Kolmogorov-Smirnov distance (numbers and times, "
        "missing values left out) or of the total variation distance (categories and booleans, a missing "
        f"value being a category). SDMetrics' KSComplement and TVComplement, on {ROWS:,} rows of each side "
        "at most."
    )
    group = Group.FIDELITY
    rank = 20
    near = (0.03, 0.1)

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per column."""
        found = []
        for table in trial.tables():
            real = sample(trial.real.table(table), ROWS, trial.seed)
            other = sample(trial.other.table(table), ROWS, trial.seed)
            for column, kind in trial.real.columns(table).items():
                found.append(Measurement(table, (column,), similarity(real[column], other[column], kind)))
        return found
