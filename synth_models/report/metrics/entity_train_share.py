"""Whether whole entities sit nearer to those that were trained on than to those that were not."""

from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.metrics.train_share import FEWEST, shares
from synth_models.report.stats.records import entities


@METRICS.register("entity_train_share")
@final
class EntityTrainShare(Metric):
    """The share of entities nearer to the training entities than to held-out ones."""

    name = "entity_train_share"
    title = "Entities nearer to training ones"
    meaning = "How many entities are nearer to a training entity than to an unseen one (0.5: no memorising)."
    definition = (
        "As nearer to training rows, for the rows of every table that has children in its families, with "
        f"the summaries of the children. Measured only with held-out data, for at least {FEWEST} entities "
        "of each kind."
    )
    group = Group.PRIVACY
    rank = 350
    goal = 0.5
    marks = None
    near = (0.03, 0.07)
    reachable = True
    limit = 0.6

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table with children and held-out rows."""
        return shares(entities(trial), trial.seed)
