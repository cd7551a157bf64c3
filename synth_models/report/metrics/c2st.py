"""Whether a classifier can tell the rows of a table from real ones."""

from collections.abc import Iterable, Iterator
from typing import final

import pandas as pd

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.classifier import ROWS, Suspects, detect_each
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
        return detection(
            trial, ((name, trial.real.table(name), trial.other.table(name)) for name in trial.tables())
        )


def detection(trial: Trial, asked: Iterable[tuple[str, pd.DataFrame, pd.DataFrame]]) -> list[Measurement]:
    """A measurement for each table with the columns that describe its rows on both sides; none for tables
    that are too small.
    """
    tables: list[str] = []

    def suspects() -> Iterator[Suspects]:
        for table, real, other in asked:
            tables.append(table)
            kinds, groups = trial.real.columns(table), families(trial.real, trial.other, table)
            yield Suspects(real=real, other=other, kinds=kinds, groups=groups)

    found = detect_each(suspects(), seed=trial.seed)
    return [
        Measurement(
            table,
            (),
            max(0.5, each.auc),
            details={
                "auc": each.auc,
                "accuracy": each.accuracy,
                "rows": each.rows,
                "features": each.features,
            },
            error=each.error,
        )
        for table, each in zip(tables, found, strict=True)
        if each is not None
    ]
