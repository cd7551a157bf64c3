"""How far each row is from the nearest row of another set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.report.side import Kind
from synth_models.report.stats.coding import named, top_labels

_TOP = 200
_MISSING = -0.5
_AT_ONCE = 4_000_000
"""Distances that are held at once."""


@final
@dataclass(frozen=True)
class Points:
    """Rows between which the distance counts the differences, column by column.

    Two numbers differ by their places among the reference's (0 to 1, missing at -0.5), two different labels
    by one.

    Shapes:
        numbers: (measures, rows) float32
        labels: (columns of labels, rows) int32
    """

    numbers: np.ndarray
    labels: np.ndarray

    @property
    def rows(self) -> int:
        """How many."""
        return self.numbers.shape[1]


def embed(reference: pd.DataFrame, frames: Sequence[pd.DataFrame], kinds: Mapping[str, Kind]) -> list[Points]:
    """The rows of each frame as points, on the scale of the reference."""
    numbers: list[list[np.ndarray]] = [[np.empty((0, len(frame)), dtype=np.float32)] for frame in frames]
    labels: list[list[np.ndarray]] = [[np.empty((0, len(frame)), dtype=np.int32)] for frame in frames]
    for name, kind in kinds.items():
        if kind.is_measure:
            given = np.sort(reference[name].dropna().to_numpy(dtype=float))
            for rows, frame in zip(numbers, frames, strict=True):
                rows.append(_places(frame[name].to_numpy(dtype=float), given)[None].astype(np.float32))
        else:
            known = top_labels(reference[name], _TOP)
            for rows, frame in zip(labels, frames, strict=True):
                rows.append(named(frame[name].to_numpy(), known)[None].astype(np.int32))
    return [Points(np.vstack(n), np.vstack(c)) for n, c in zip(numbers, labels, strict=True)]


def _places(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Where each value stands among the ordered ones, in the middle of its equals."""
    below = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return np.where(np.isnan(values), _MISSING, below / (2 * max(1, len(ordered))))


def nearest(points: Points, reference: Points) -> np.ndarray:
    """The distance of each point to the nearest point of the reference. Shapes: (points,)."""
    found = np.empty(points.rows)
    step = max(1, _AT_ONCE // max(1, reference.rows))
    for start in range(0, points.rows, step):
        part = slice(start, start + step)
        total = np.zeros((len(found[part]), reference.rows), dtype=np.float32)
        for ours, theirs in zip(points.numbers, reference.numbers, strict=True):
            total += np.abs(ours[part, None] - theirs)
        for ours, theirs in zip(points.labels, reference.labels, strict=True):
            total += ours[part, None] != theirs
        found[part] = total.min(axis=1)
    return found


def share_nearer(first: np.ndarray, second: np.ndarray) -> float:
    """How often a distance of the first kind is smaller, row by row; ties count half."""
    close = np.abs(first - second) <= 1e-6
    return float((close / 2 + (~close & (first < second))).mean())
