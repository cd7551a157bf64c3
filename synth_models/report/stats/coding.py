"""Columns of both sides as whole numbers, on one scale."""

from typing import final

import numpy as np
import pandas as pd

from synth_models.report.side import Kind

BINS = 10
"""Equal parts of the real range that numbers are sorted into."""
TOP = 50
"""Categories that are told apart, the commonest real ones; the others count as one."""


@final
class Coded:
    """A column on both sides.

    Attributes:
        kind: How it is compared.
        real: The real values, as they are.
        other: The values of the other side.
        real_codes: Bin or category of each real row, the last code for a missing value.
        other_codes: The same for the other side.
        size: How many codes there are.
    """

    def __init__(self, real: pd.Series, other: pd.Series, kind: Kind) -> None:
        self.kind = kind
        self.real, self.other = real.to_numpy(), other.to_numpy()
        if kind.is_measure:
            edges = inner_edges(self.real.astype(float))
            self.size = len(edges) + 2
            self.real_codes, self.other_codes = (
                binned(v.astype(float), edges) for v in (self.real, self.other)
            )
        else:
            names = top_labels(real, TOP)
            self.size = len(names) + 2
            self.real_codes, self.other_codes = (named(v, names) for v in (self.real, self.other))


def inner_edges(values: np.ndarray) -> np.ndarray:
    """The edges between ``BINS`` equal parts of the range of the values."""
    given = values[~np.isnan(values)]
    if not len(given):
        return np.empty(0)
    return np.unique(np.linspace(given.min(), given.max(), BINS + 1)[1:-1])


def binned(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The bin of each value; missing values are in one of their own."""
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))


def top_labels(labels: pd.Series, top: int) -> pd.Index:
    """The commonest labels, commonest first; equally common ones in alphabetical order."""
    counts = labels.value_counts()
    order = np.lexsort((counts.index.to_numpy(dtype=str), -counts.to_numpy())) if len(counts) else []
    return counts.index[order][:top]


def named(labels: np.ndarray, names: pd.Index) -> np.ndarray:
    """The position of each label in ``names``; then one code for all others, and one for missing values."""
    codes = names.get_indexer(pd.Index(labels, dtype=object)) if len(names) else np.full(len(labels), -1)
    codes = np.where(codes < 0, len(names), codes)
    return np.where(pd.isna(labels), len(names) + 1, codes).astype(np.int64)


def counts_table(first: np.ndarray, second: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """How many rows have each pair of codes. Shapes: (first codes, second codes)."""
    return np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1]).reshape(shape)
