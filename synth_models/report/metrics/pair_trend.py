"""Whether the columns of a table depend on each other as in the real data."""

from itertools import combinations
from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.pairs import MAX_PAIRS, some_pairs, trends

ROWS = 10_000
"""Rows of each side at most."""


@METRICS.register("pair_trend")
@final
class PairTrend(Metric):
    """Column pair trends, as in SDMetrics."""

    name = "pair_trend"
    title = "Column pairs"
    meaning = "Two columns of one table go together as they do in the real data."
    definition = (
        "The mean over pairs of columns of one less half the difference of the correlations (two "
        "numbers), else of the complement of the total variation distance of the two-way tables, numbers "
        f"in ten bins of the real range (SDMetrics' ColumnPairTrends). On {ROWS:,} rows of each side and "
        f"{MAX_PAIRS} pairs of a table at most."
    )
    group = Group.FIDELITY
    rank = 30

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per pair of columns."""
        found = []
        for table in trial.tables():
            kinds = trial.real.columns(table)
            pairs = some_pairs(list(combinations(kinds, 2)), trial.seed)
            real, other = (side.sample(table, ROWS, trial.seed) for side in (trial.real, trial.other))
            scores = trends(real, other, kinds, pairs)
            found += [Measurement(table, pair, score) for pair, score in scores.items()]
        return found
