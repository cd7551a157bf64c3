"""Whether a row depends on the parents of its parents as in the real data."""

from typing import final

from synth_models.report.metrics.along_keys import of_pairs
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.hops import PAIRS, ROWS, grandparents


@METRICS.register("grandparent_trend")
@final
class GrandparentTrend(Metric):
    """Pair trends across two foreign keys."""

    name = "grandparent_trend"
    title = "Child and grandparent"
    meaning = "A row's columns go together with those two keys away as they do in the real data."
    definition = (
        "As column pairs, for the pairs of a row's column and a column of a parent of its parent. On "
        f"{ROWS:,} rows of each side and {PAIRS} pairs of two keys at most."
    )
    group = Group.STRUCTURE
    rank = 140

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per pair of columns that the keys bring together."""
        return of_pairs(trial, grandparents, lambda score: score.trend)
