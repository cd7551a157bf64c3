"""Distances to the nearest real row: of synthetic rows, and of real rows that were not compared with."""

from dataclasses import dataclass
from typing import final

import numpy as np

from synth_models.report.side import sample
from synth_models.report.stats.distances import embed, nearest
from synth_models.report.trial import Trial

ROWS = 500
"""Rows whose nearest neighbour is looked for, at most."""
REFERENCES = 10_000
"""Rows among which it is looked for, at most."""
_FEWEST = 20


@final
@dataclass(frozen=True)
class Neighbours:
    """Distances to the nearest of the same real rows.

    Shapes:
        real: (rows,) of real rows
        other: (rows,) of the rows of the other side
    """

    real: np.ndarray
    other: np.ndarray
    references: int


def neighbours(trial: Trial, table: str) -> Neighbours | None:
    """The distances of a table; None if it has fewer than 20 rows on a side or no columns to compare."""
    kinds = trial.real.columns(table)
    real, other = trial.real.table(table), trial.other.table(table)
    unseen = trial.unseen_rows(table)
    if not kinds or min(len(real), len(other)) < _FEWEST:
        return None
    if unseen is not None and len(unseen.table(table)) >= _FEWEST:
        queries, reference = sample(unseen.table(table), ROWS, trial.seed), real
    else:
        queries = sample(real, min(ROWS, len(real) // 2), trial.seed)
        reference = real.drop(queries.index)
    reference = sample(reference, REFERENCES, trial.seed)
    frames = [reference, queries, sample(other, ROWS, trial.seed + 1)]
    points = embed(reference, frames, kinds)
    return Neighbours(nearest(points[1], points[0]), nearest(points[2], points[0]), len(reference))
