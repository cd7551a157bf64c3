"""Whether a row depends on its parent as in the real data."""

from typing import final

from synth_models.report.metrics.along_keys import of_pairs
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.hops import PAIRS, ROWS, parents


@METRICS.register("parent_trend")
@final
class ParentTrend(Metric):
    """Pair trends across a foreign key (inter-table trends)."""

    name = "parent_trend"
    title = "Child and parent"
    meaning = "A row's columns go together with its parent's columns as they do in the real data."
    definition = (
        "As column pairs, for the pairs of a child's column and a parent's column along each foreign key "
        f"(SDMetrics' InterTableTrends). On {ROWS:,} child rows of each side and {PAIRS} pairs of a key at "
        "most."
    )
    group = Group.STRUCTURE
    rank = 130

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per pair of columns that the keys bring together."""
        return of_pairs(trial, parents, lambda score: score.trend)
