"""Whether a classifier can tell the rows of a table from real ones."""

from collections.abc import Mapping
from typing import final

import pandas as pd

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.side import Kind
from synth_models.report.stats.classifier import ROWS, detect
from synth_models.report.stats.families import families


@METRICS.register("c2st")
@final
class C2st(Metric):
    """Classifier two-sample test of single tables."""

    name = "c2st"
    title = "Detection, single tables"
    meaning = "How well a classifier tells synthetic rows from real ones (0.5: not at all, 1: always)."
    definition = (
        "The mean over tables of the area under the ROC curve of XGBoost, five-fold, on the columns of "
        "the table; equally many rows of both sides; rows of one family stay in one fold; below 0.5 "
        f"counts as 0.5. On {ROWS:,} rows of each side at most."
    )
    group = Group.FIDELITY
    rank = 60
    goal = 0.5
    bounds = (0.5, 1.0)

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table."""
        found = []
        for table in trial.tables():
            kinds = trial.real.columns(table)
            real, other = trial.real.table(table), trial.other.table(table)
            found += detection(trial, table, real, other, kinds=kinds)
        return found


def detection(
    trial: Trial, table: str, real: pd.DataFrame, other: pd.DataFrame, *, kinds: Mapping[str, Kind]
) -> list[Measurement]:
    """The measurement for these columns of the table, none if the table is too small."""
    found = detect(real, other, kinds, seed=trial.seed, groups=families(trial.real, trial.other, table))
    if found is None:
        return []
    details = {"auc": found.auc, "accuracy": found.accuracy, "rows": found.rows, "features": found.features}
    return [Measurement(table, (), max(0.5, found.auc), details=details, error=found.error)]
