"""Whether what rows owe to the parents of their parents is there."""

from typing import final

from synth_models.report.metrics.along_keys import of_pairs
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.hops import PAIRS, ROWS, grandparents


@METRICS.register("grandparent_dependence")
@final
class GrandparentDependence(Metric):
    """What is left of the joint distribution across two foreign keys once independence is taken out."""

    name = "grandparent_dependence"
    title = "Dependence on the grandparent"
    meaning = "How much of the real dependence across two keys is there (1: all of it, 0: none)."
    definition = (
        "As dependence of pairs, for the pairs of a row's column and a column of a parent of its parent. On "
        f"{ROWS:,} rows of each side and {PAIRS} pairs of two keys at most."
    )
    group = Group.STRUCTURE
    rank = 145
    reachable = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per pair of columns that the keys bring together."""
        found = of_pairs(trial, grandparents, lambda score: score.dependence)
        return [m for m in found if m.value is not None]
