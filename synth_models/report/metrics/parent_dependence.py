"""Whether what rows owe to their parents is there."""

from typing import final

from synth_models.report.metrics.along_keys import of_pairs
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.hops import PAIRS, ROWS, parents


@METRICS.register("parent_dependence")
@final
class ParentDependence(Metric):
    """What is left of the joint distribution across a foreign key once independence is taken out."""

    name = "parent_dependence"
    title = "Dependence on the parent"
    meaning = "How much of the real dependence between a row and its parent is there (1: all of it, 0: none)."
    definition = (
        "As dependence of pairs, for the pairs of a child's column and a parent's column along each foreign "
        f"key. On {ROWS:,} child rows of each side and {PAIRS} pairs of a key at most."
    )
    group = Group.STRUCTURE
    rank = 135
    reachable = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per pair of columns that the keys bring together."""
        found = of_pairs(trial, parents, lambda score: score.dependence)
        return [m for m in found if m.value is not None]
