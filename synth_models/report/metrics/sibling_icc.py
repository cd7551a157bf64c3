"""Whether rows of one parent are as alike as in the real data."""

from typing import final

from synth_models.report.metrics.along_keys import mean_of, of_siblings
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.siblings import ROWS, nearness


@METRICS.register("sibling_icc")
@final
class SiblingIcc(Metric):
    """Intraclass correlation of siblings."""

    name = "sibling_icc"
    title = "Likeness of siblings"
    meaning = "Rows of one parent are as alike as they are in the real data."
    definition = (
        "The mean over foreign keys of one less the difference of the intraclass correlations: the share of "
        "the variance of a number, or of one of the three commonest labels of a column, that lies between "
        f"parents, parents of one child left out. On {ROWS:,} rows of each side at most, by whole parents."
    )
    group = Group.STRUCTURE
    rank = 160
    near = (0.03, 0.1)

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per foreign key that has siblings."""
        return of_siblings(trial, lambda real, other: mean_of(nearness(real.icc, other.icc)))
