"""How far each row is from the nearest row of another set."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from synth_models.report.side import Kind

_TOP = 50
_MISSING = -0.5


def embed(
    reference: pd.DataFrame, frames: Sequence[pd.DataFrame], kinds: Mapping[str, Kind]
) -> list[np.ndarray]:
    """Rows as points between which the Manhattan distance counts the differences, column by column.

    Numbers become their place among the reference's (0 to 1, missing at -0.5), labels indicators of weight
    one half, so that two different labels are one apart.

    Shapes:
        each: (rows of the frame, width), float32
    """
    blocks: list[list[np.ndarray]] = [[np.empty((len(frame), 0))] for frame in frames]
    for name, kind in kinds.items():
        for block, column in zip(
            blocks, _columns(reference[name], [f[name] for f in frames], kind), strict=True
        ):
            block.append(column)
    return [np.hstack(block).astype(np.float32) for block in blocks]


def _columns(reference: pd.Series, values: Sequence[pd.Series], kind: Kind) -> list[np.ndarray]:
    if not kind.is_measure:
        names = reference.value_counts().index[:_TOP]
        return [_indicators(labels, names) for labels in values]
    given = reference.dropna().to_numpy(dtype=float)
    if len(np.unique(given)) < 2:
        return [np.where(numbers.isna(), _MISSING, 0.5)[:, None] for numbers in values]
    from sklearn.preprocessing import QuantileTransformer

    scale = QuantileTransformer(n_quantiles=min(1000, len(given)), subsample=len(given)).fit(given[:, None])
    return [
        _places(np.asarray(scale.transform(numbers.to_numpy(dtype=float)[:, None]))) for numbers in values
    ]


def _places(scaled: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(scaled), _MISSING, scaled)


def _indicators(labels: pd.Series, names: pd.Index) -> np.ndarray:
    codes = names.get_indexer(pd.Index(labels, dtype=object)) if len(names) else np.full(len(labels), -1)
    return np.eye(len(names) + 1)[codes] / 2  # -1 lands on the last: any other label, or none


def nearest(points: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The Manhattan distance of each point to the nearest point of the reference. Shapes: (points,)."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=1, metric="manhattan", algorithm="brute").fit(reference)
    return index.kneighbors(points)[0][:, 0]


def share_nearer(first: np.ndarray, second: np.ndarray) -> float:
    """How often a distance of the first kind is smaller, row by row; ties count half."""
    close = np.abs(first - second) <= 1e-6
    return float((close / 2 + (~close & (first < second))).mean())
