"""Whether rows of the original are copied as they are."""

from collections.abc import Iterable
from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Pool, Trial
from synth_models.report.stats.copied import copied
from synth_models.report.stats.records import Records, rows

_SURE = 2.33  # standard errors that chance alone exceeds once in a hundred times


@METRICS.register("copies")
@final
class Copies(Metric):
    """Rows equal to a row of one entity in every content column, beyond what chance explains."""

    name = "copies"
    title = "Copied rows"
    meaning = "The share of rows that equal a row of one real entity, beyond the share that does by chance."
    definition = (
        "The greatest over tables of an excess, 0 at least. Rows that two or more entities (root rows) of "
        "the original share are no one's and are left out. Of the others, the share of synthetic rows that "
        "equal a row of the original in every column but keys and text, less the same share of real rows: of "
        "held-out ones, and of those of the original, each entity held against all others. What chance "
        "explains in one of a hundred cases is no excess. Left out are "
        "tables whose rows agree by chance: where more than 5 % still equal a row of one entity after each "
        "column was shuffled by itself."
    )
    group = Group.PRIVACY
    rank = 310
    goal = 0.0
    marks = (0.99, 0.97)
    near = (0.01, 0.03)
    reachable = True
    pool = Pool.MAX
    limit = 0.02

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table whose rows do not agree by chance."""
        return excess(rows(trial), trial.seed)


def excess(records: Iterable[Records], seed: int) -> list[Measurement]:
    """The copies beyond chance of each set of records, where they can be told from chance."""
    found = []
    for each in records:
        told = copied(each, seed)
        if told is not None:
            details = {
                "copied": told.copied,
                "expected": told.expected,
                "rows": told.records,
                "equal": told.equal,
                "equal_unseen": told.equal_unseen,
            }
            excess = told.copied - told.expected
            value = excess if excess > _SURE * told.spread else 0.0
            found.append(Measurement(each.table, (), value, details=details, error=told.spread))
    return found
