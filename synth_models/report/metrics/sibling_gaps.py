"""Whether siblings follow each other at the intervals of the real data."""

from typing import final

from synth_models.report.metrics.along_keys import of_siblings
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.siblings import ROWS, gap_similarity


@METRICS.register("sibling_gaps")
@final
class SiblingGaps(Metric):
    """Time between siblings."""

    name = "sibling_gaps"
    title = "Time between siblings"
    meaning = "Siblings follow each other at the intervals they have in the real data."
    definition = (
        "For tables with a time, the mean over foreign keys of the Kolmogorov-Smirnov complement of the time "
        f"between a row and the sibling before. On {ROWS:,} rows of each side at most, by whole parents."
    )
    group = Group.STRUCTURE
    rank = 170
    near = (0.03, 0.1)

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per foreign key that has siblings."""
        return of_siblings(trial, gap_similarity)
