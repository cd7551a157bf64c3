"""Whether a row follows from the sibling before as in the real data."""

from typing import final

from synth_models.report.metrics.along_keys import mean_of, of_siblings
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.siblings import ROWS, nearness


@METRICS.register("sibling_lag1")
@final
class SiblingLag1(Metric):
    """Lag-1 correlation of siblings."""

    name = "sibling_lag1"
    title = "Siblings in order"
    meaning = "A number depends on that of the sibling before as it does in the real data."
    definition = (
        "For tables with a time, the mean over foreign keys of one less the difference of the correlations "
        "of a number with that of the sibling before, each parent's mean taken out. On "
        f"{ROWS:,} rows of each side at most, by whole parents."
    )
    group = Group.STRUCTURE
    rank = 165
    near = (0.03, 0.1)

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per foreign key that has siblings."""
        return of_siblings(trial, lambda real, other: mean_of(nearness(real.lag1, other.lag1)))
