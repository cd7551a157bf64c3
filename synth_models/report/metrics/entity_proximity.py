"""Whether whole entities are near to real ones more often than other real entities are."""

from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.metrics.proximity import ratios
from synth_models.report.stats.records import entities


@METRICS.register("entity_proximity")
@final
class EntityProximity(Metric):
    """The proximity ratio of rows with what their children are like."""

    name = "entity_proximity"
    title = "Proximity ratio of entities"
    meaning = (
        "Entities come near to real ones no more often than other real ones do (1: no more, 0.5: twice)."
    )
    definition = (
        "As the proximity ratio, for the rows of every table that has children in its families, with the "
        "summaries of the children: an entity's rows together can give it away where none of them does."
    )
    group = Group.PRIVACY
    rank = 360
    reachable = True
    near = (0.15, 0.4)

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table with children."""
        return ratios(entities(trial), trial.seed)
