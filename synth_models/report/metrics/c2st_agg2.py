"""Whether a classifier can tell parents from real ones that is told much of their children."""

from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.metrics.c2st_agg import described
from synth_models.report.stats.classifier import ROWS


@METRICS.register("c2st_agg2")
@final
class C2stAgg2(Metric):
    """As C2ST-Agg, with more summaries."""

    name = "c2st_agg2"
    title = "Detection, more of the children"
    meaning = "The same with spreads, extremes, sums, spans and shares (0.5: not told apart, 1: always)."
    definition = (
        "Stricter than detection of parents with children: per key also the standard deviation, minimum, "
        "maximum and sum of each number, the first, last and span of each time (to the quarter), the share "
        f"of the commonest label and those of the five commonest real ones. On {ROWS:,} rows of each side at "
        "most."
    )
    group = Group.STRUCTURE
    rank = 185
    goal = 0.5
    bounds = (0.5, 1.0)
    on_kept = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per parent table."""
        return described(trial, wide=True)
