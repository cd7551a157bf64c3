"""What the children of a row are like, in numbers of the row."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from synth_models.report.side import Kind, Side
from synth_models.report.stats.coding import top_labels

_QUARTER = 91.3 * 86_400
"""Times are told to the quarter (in seconds): the very date would name the parent."""
_SHARES = 5


def summaries(side: Side, parent: str, reference: Side | None = None) -> pd.DataFrame:
    """For every row of the parent, per key that points at it: count, distinct labels, means of numbers.

    The summaries of C2ST-Agg (SyntheRela).

    Args:
        side: The tables.
        parent: The table that is pointed at.
        reference: Tell more, of the labels that are the commonest on that side: spread and sum of numbers,
            first, last and span of times, shares of labels.
    """
    size = side.n_rows[parent]
    found: dict[str, np.ndarray] = {}
    for child, key in side.schema.children(parent):
        link = side.links[child, key.name]
        rows = link >= 0
        link, frame = link[rows], side.table(child)[rows]
        prefix = f"{child}.{key.name}"
        found[f"{prefix}#count"] = np.bincount(link, minlength=size).astype(float)
        for column, kind in side.columns(child).items():
            if kind is Kind.LABEL:
                top = None if reference is None else top_labels(reference.table(child)[column], _SHARES)
                made = _of_labels(link, frame[column], size, top)
            else:
                numbers = frame[column].to_numpy(dtype=float)
                of = _of_times if kind is Kind.TIME else _of_numbers
                made = of(link, numbers, size, wide=reference is not None)
            found |= {f"{prefix}.{column}#{what}": values for what, values in made}
    return pd.DataFrame(found, index=pd.RangeIndex(size))


Made = Iterator[tuple[str, np.ndarray]]


def _of_numbers(link: np.ndarray, values: np.ndarray, size: int, *, wide: bool) -> Made:
    given = ~np.isnan(values)
    link, values = link[given], values[given]
    rows = np.bincount(link, minlength=size)
    sums = np.bincount(link, weights=values, minlength=size)
    means = _divided(sums, rows)
    yield "mean", means
    if wide:
        squares = np.bincount(link, weights=(values - means[link]) ** 2, minlength=size)
        yield "std", np.sqrt(_divided(squares, rows - 1))
        low, high = _ends(link, values, size)
        yield "min", low
        yield "max", high
        yield "sum", sums


def _of_times(link: np.ndarray, values: np.ndarray, size: int, *, wide: bool) -> Made:
    if wide:
        given = ~np.isnan(values)
        low, high = _ends(link[given], values[given], size)
        yield "first", low // _QUARTER
        yield "last", high // _QUARTER
        yield "span", (high - low) // _QUARTER


def _of_labels(link: np.ndarray, labels: pd.Series, size: int, top: pd.Index | None) -> Made:
    codes, uniques = pd.factorize(labels)
    link, codes = link[codes >= 0], codes[codes >= 0]
    width = max(1, len(uniques))
    pairs, counts = np.unique(link * width + codes, return_counts=True)
    yield "distinct", np.bincount(pairs // width, minlength=size).astype(float)
    if top is not None:
        rows = np.bincount(link, minlength=size)
        most = np.zeros(size)
        np.maximum.at(most, pairs // width, counts)
        yield "mode's share", _divided(most, rows)
        for number, label in enumerate(top, 1):
            place = np.flatnonzero(uniques == label)
            hits = np.bincount(link[codes == (place[0] if len(place) else -1)], minlength=size)
            yield f"share of label {number}", _divided(hits, rows)


def _ends(link: np.ndarray, values: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, link, values)
    np.maximum.at(high, link, values)
    return np.where(np.isinf(low), np.nan, low), np.where(np.isinf(high), np.nan, high)


def _divided(sums: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.divide(sums, rows, out=np.full(len(sums), np.nan), where=rows > 0)
