"""Whether the dependences between the columns of a table are there."""

from itertools import combinations
from typing import final

import numpy as np

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.side import Side
from synth_models.report.stats.dependence import dependences, within_families
from synth_models.report.stats.keys import family_key
from synth_models.report.stats.pairs import MAX_PAIRS, some_pairs

ROWS = 10_000
"""Rows of each side at most."""


@METRICS.register("pair_dependence")
@final
class PairDependence(Metric):
    """What is left of the joint distribution of a pair once independence is taken out."""

    name = "pair_dependence"
    title = "Dependence of pairs"
    meaning = "How much of the real dependence between two columns is there (1: all of it, 0: none)."
    definition = (
        "Stricter than column pairs: from the two-way table of a pair the product of its margins is "
        "taken, and the distance of what is left, real and synthetic, is divided by the size of the real. "
        "Chance, as it is with so many rows and families, is taken out. The mean over pairs that depend "
        f"on each other in the real data; numbers in five parts, eight categories. On {ROWS:,} rows of "
        f"each side and {MAX_PAIRS} pairs of a table at most."
    )
    group = Group.FIDELITY
    rank = 35
    reachable = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per pair of columns that depend on each other."""
        found = []
        for table in trial.tables():
            kinds = trial.real.columns(table)
            pairs = some_pairs(list(combinations(kinds, 2)), trial.seed)
            real, other = (side.sample(table, ROWS, trial.seed) for side in (trial.real, trial.other))
            group = _families(trial.real, table, real.index.to_numpy())
            scores = dependences(real, other, kinds, pairs, within_families(group))
            found += [Measurement(table, pair, score) for pair, score in scores.items() if score is not None]
        return found


def _families(side: Side, table: str, rows: np.ndarray) -> np.ndarray | None:
    """The family of each of these rows, numbered from 0."""
    column = family_key(side, table)
    if column is None:
        return None
    return np.unique(side.links[table, column][rows], return_inverse=True)[1]
