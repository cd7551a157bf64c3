"""Whether rows bring those parents together that go together."""

from typing import final

from synth_models.report.metrics.along_keys import of_pairs
from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.hops import PAIRS, ROWS, partners


@METRICS.register("link_dependence")
@final
class LinkDependence(Metric):
    """What is left of the joint distribution of two parents of a row once independence is taken out."""

    name = "link_dependence"
    title = "Dependence between parents"
    meaning = "How much of the real dependence between two parents of a row is there (1: all of it, 0: none)."
    definition = (
        "As dependence of pairs, for the pairs of columns of two parents of one row. On "
        f"{ROWS:,} rows of each side and {PAIRS} pairs of two keys at most."
    )
    group = Group.STRUCTURE
    rank = 150
    reachable = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per pair of columns that the keys bring together."""
        found = of_pairs(trial, partners, lambda score: score.dependence)
        return [m for m in found if m.value is not None]
