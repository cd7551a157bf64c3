"""Distances to the nearest real record: of synthetic ones, and of real ones that were not compared with."""

from dataclasses import dataclass
from typing import final

import numpy as np

from synth_models.report.side import sample
from synth_models.report.stats.distances import embed, nearest
from synth_models.report.stats.records import Records

ROWS = 1000
"""Records whose nearest neighbour is looked for, at most."""
REFERENCES = 10_000
"""Records among which it is looked for, at most."""
PERCENT = 5
"""A record is near if it is as near as this part of real records is."""
_FEWEST = 20


@final
@dataclass(frozen=True)
class Neighbours:
    """Distances to the nearest of the same real records.

    Args:
        real: Of real records.
        other: Of the records of the other side.
        references: How many records they are held against.

    Shapes:
        real: (records,)
        other: (records,)
    """

    real: np.ndarray
    other: np.ndarray
    references: int

    @property
    def near(self) -> float:
        """The distance that counts as near: the 5th percentile between real records."""
        return float(np.quantile(self.real, PERCENT / 100))

    def shares(self) -> tuple[float, float]:
        """The share of real records and of others that are near."""
        within = self.near + 1e-6
        return float((self.real <= within).mean()), float((self.other <= within).mean())


def neighbours(records: Records, seed: int) -> Neighbours | None:
    """The distances; None if there are fewer than 20 records on a side.

    The real records that are held against the original are those held out; without any, one half of the
    original is held against the other.
    """
    real, other = records.real, records.other
    if not len(records.kinds) or min(len(real), len(other)) < _FEWEST:
        return None
    if records.unseen is not None and len(records.unseen) >= _FEWEST:
        queries, reference = sample(records.unseen, ROWS, seed), real
    else:
        half = real.sample(frac=0.5, random_state=seed).sort_index()
        queries, reference = sample(half, ROWS, seed), real.drop(half.index)
    reference = sample(reference, REFERENCES, seed)
    frames = [reference, queries, sample(other, ROWS, seed + 1)]
    points = embed(reference, frames, records.kinds)
    return Neighbours(nearest(points[1], points[0]), nearest(points[2], points[0]), len(reference))
