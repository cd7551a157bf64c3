"""Whether a classifier can tell parents, with what their children are like, from real ones."""

from typing import final

import pandas as pd

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.metrics.c2st import detection
from synth_models.report.side import Side
from synth_models.report.stats.classifier import ROWS
from synth_models.report.stats.summaries import summaries


@METRICS.register("c2st_agg")
@final
class C2stAgg(Metric):
    """C2ST-Agg of SyntheRela: parents with summaries of their children."""

    name = "c2st_agg"
    title = "Detection, parents with children"
    meaning = "The same for parents described by their children (0.5: not told apart, 1: always)."
    definition = (
        "As detection of single tables, for every table that others refer to: its own columns, and per "
        "key that points at it the number of children, the number of distinct values of each categorical "
        f"column and the mean of each numeric one (C2ST-Agg of SyntheRela). On {ROWS:,} rows of each side "
        "at most."
    )
    group = Group.STRUCTURE
    rank = 180
    goal = 0.5
    bounds = (0.5, 1.0)
    on_kept = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per parent table."""
        return described(trial, wide=False)


def described(trial: Trial, *, wide: bool) -> list[Measurement]:
    """The detection of every table that others refer to, by its columns and summaries of its children.

    Args:
        trial: The two sides.
        wide: Whether the summaries are those of ``c2st_agg2``.
    """

    def rows(side: Side, table: str) -> pd.DataFrame:
        return pd.concat([side.table(table), summaries(side, table, trial.real if wide else None)], axis=1)

    parents = [table for table in trial.tables() if trial.real.schema.children(table)]
    return detection(trial, ((name, rows(trial.real, name), rows(trial.other, name)) for name in parents))
