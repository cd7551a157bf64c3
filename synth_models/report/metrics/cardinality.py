"""Whether parents have as many children as in the real data."""

from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.keys import degrees
from synth_models.report.stats.shapes import ks_similarity


@METRICS.register("cardinality")
@final
class Cardinality(Metric):
    """The distribution of the number of children."""

    name = "cardinality"
    title = "Children per parent"
    meaning = "Parents have as many children as they do in the real data."
    definition = (
        "The mean over foreign keys of the complement of the Kolmogorov-Smirnov distance of the number of "
        "children per parent, parents without children included (SDMetrics' Cardinality)."
    )
    group = Group.STRUCTURE
    rank = 110
    near = (0.03, 0.1)
    on_kept = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per foreign key."""
        return [
            Measurement(
                table,
                (key.name,),
                ks_similarity(degrees(trial.real, table, key), degrees(trial.other, table, key)),
                details={"parent": key.parent},
            )
            for table in trial.tables()
            for key in trial.real.schema.tables[table].foreign_keys
        ]
