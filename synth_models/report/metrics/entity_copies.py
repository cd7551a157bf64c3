"""Whether whole entities of the original are copied."""

from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Pool, Trial
from synth_models.report.metrics.copies import excess
from synth_models.report.stats.records import entities


@METRICS.register("entity_copies")
@final
class EntityCopies(Metric):
    """Root rows that equal a real one in their columns and in what their children are like."""

    name = "entity_copies"
    title = "Copied entities"
    meaning = "The share of entities (a row and its children) that equal a real one, beyond chance."
    definition = (
        "As copied rows, for the rows of every table that has children in its families, with the summaries "
        "of the children: their number, the distinct values of each categorical column and the mean of each "
        "numeric one, all of which must be equal."
    )
    group = Group.PRIVACY
    rank = 340
    goal = 0.0
    marks = (0.99, 0.97)
    near = (0.01, 0.03)
    reachable = True
    pool = Pool.MAX
    limit = 0.02

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table with children."""
        return excess(entities(trial), trial.seed)
