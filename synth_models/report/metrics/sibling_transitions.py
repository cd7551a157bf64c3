"""Whether labels follow each other as in the real data."""

from typing import final

from synth_models.report.metrics.along_keys import mean_of, of_siblings
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.siblings import ROWS, transition_similarity


@METRICS.register("sibling_transitions")
@final
class SiblingTransitions(Metric):
    """Transitions of labels from sibling to sibling."""

    name = "sibling_transitions"
    title = "Transitions between siblings"
    meaning = "A label follows another among siblings as often as it does in the real data."
    definition = (
        "For tables with a time, the mean over foreign keys of the total variation complement of the label "
        "of the sibling before together with the row's own, the twelve commonest labels of a column told "
        f"apart. On {ROWS:,} rows of each side at most, by whole parents."
    )
    group = Group.STRUCTURE
    rank = 175
    near = (0.03, 0.1)

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per foreign key that has siblings."""
        return of_siblings(trial, lambda real, other: mean_of(transition_similarity(real, other)))
