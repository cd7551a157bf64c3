"""Whether the numbers of children go together, for rows with two parents."""

from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.degrees import joint_degrees
from synth_models.report.stats.hops import partners


@METRICS.register("joint_degree")
@final
class JointDegree(Metric):
    """Degrees of two parents of one row, how often a pair of parents repeats, and how many partners it "
    "has.
    """

    name = "joint_degree"
    title = "Degrees of two parents"
    meaning = "Rows bring parents together as often, and as variedly, as they do in the real data."
    definition = (
        "For tables with two foreign keys, the mean of three scores: the total variation complement of the "
        "numbers of children of the two parents of a row (each in five parts of as many real rows), the "
        "Kolmogorov-Smirnov complements of how often the same two parents meet, and of how many different "
        "partners a parent has."
    )
    group = Group.STRUCTURE
    rank = 120
    near = (0.03, 0.1)
    on_kept = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """Three measurements per pair of foreign keys of a table."""
        return [
            Measurement(table, (pair.left[0].name, pair.right[0].name), value, aspect)
            for table in trial.tables()
            for pair in partners(trial.real.schema, table)
            for aspect, value in joint_degrees(trial.real, trial.other, pair).items()
        ]
