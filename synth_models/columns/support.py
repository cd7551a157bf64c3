"""Which entities stand behind the values of a column: what protects the rare ones is counted in entities."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd


@final
@dataclass(frozen=True)
class Support:
    """How many entities (persons, accounts) share a value, or have one of several.

    Shapes:
        rows: (values,) rows of every distinct value
        value, entity: (pairs,) the combinations there are, rising; None where every row is its own entity
    """

    rows: np.ndarray
    value: np.ndarray | None = None
    entity: np.ndarray | None = None

    @classmethod
    def of(cls, value: np.ndarray, n_values: int, entities: np.ndarray | None) -> "Support":
        """The support of ``n_values`` values.

        Args:
            value: (rows,) which value each row has, from 0.
            n_values: How many there are.
            entities: (rows,) int, whose row it is; None for every row its own.
        """
        rows = np.bincount(value, minlength=n_values)
        if entities is None:
            return cls(rows)
        whose = np.asarray(entities)
        if whose.dtype.kind not in "iu" or whose.min(initial=0) < 0:
            whose = pd.factorize(whose)[0]
        return cls(rows, *_pairs(value, whose))

    @classmethod
    def count(cls, numbers: np.ndarray, entities: np.ndarray | None) -> tuple[np.ndarray, "Support"]:
        """The distinct numbers, rising, none of them NaN, and their support. Shapes: (rows,), (rows,)."""
        place, raw = ranked(numbers)
        return raw, cls.of(place, len(raw), entities)

    @property
    def each(self) -> np.ndarray:
        """(values,) the entities that share each value."""
        return self.rows if self.value is None else np.bincount(self.value, minlength=len(self.rows))

    def together(self, label: np.ndarray, n_labels: int) -> np.ndarray:
        """The entities that have any value of a label.

        Shapes:
            label: (values,) from 0
            returns: (n_labels,)
        """
        if self.value is None or self.entity is None:
            return np.bincount(label, weights=self.rows, minlength=n_labels).astype(np.int64)
        return np.bincount(_pairs(label[self.value], self.entity)[0], minlength=n_labels)

    def merged(self, label: np.ndarray, n_labels: int) -> "Support":
        """The support of labels, each one or more of these values. Shapes: (values,)."""
        rows = np.bincount(label, weights=self.rows, minlength=n_labels).astype(np.int64)
        if self.value is None or self.entity is None:
            return Support(rows)
        return Support(rows, *_pairs(label[self.value], self.entity))

    def kept(self, kept: np.ndarray) -> "Support":
        """The support of some of the values. Shapes: (values,) bool or rising places."""
        if self.value is None or self.entity is None:
            return Support(self.rows[kept])
        number = np.full(len(self.rows), -1)
        number[kept] = np.arange(len(self.rows[kept]))
        mine = number[self.value] >= 0
        return Support(self.rows[kept], number[self.value][mine], self.entity[mine])

    def members(self, first: int, last: int) -> np.ndarray:
        """The entities behind the values from ``first`` to before ``last``, repeatedly."""
        assert self.value is not None
        assert self.entity is not None
        return self.entity[slice(*np.searchsorted(self.value, [first, last]))]

    def end(self, values: np.ndarray, part: slice, k: int, *, top: bool) -> float:
        """The mean of the most extreme numbers of the ``k`` most extreme entities: no single one's value.

        Args:
            values: (values,) numbers, rising.
            part: The values to look at.
            k: How many entities.
            top: Whether the largest are meant.
        """
        turn = slice(None, None, -1 if top else 1)
        if self.value is None or self.entity is None:
            found, counts = values[part][turn], self.rows[part][turn]
            weights = np.diff(np.minimum(np.cumsum(counts), k), prepend=0)
        else:
            pairs = slice(*np.searchsorted(self.value, [part.start, part.stop]))
            first = _first_distinct(self.entity[pairs][turn], k)
            place = self.value[pairs][turn][first] - part.start
            found = values[part]
            weights = np.bincount(place, minlength=len(found))
            found, weights = found[turn], weights[turn]
        mean = float((found * (weights / weights.sum())).sum())
        return float(np.clip(mean, found.min(), found.max()))


def entity_count(numbers: np.ndarray, entities: np.ndarray | None) -> int:
    """How many entities have a number that is not NaN. Shapes: (rows,)."""
    given = ~np.isnan(numbers)
    return int(given.sum()) if entities is None else len(pd.unique(np.asarray(entities)[given]))


def entity_ends(numbers: np.ndarray, k: int, entities: np.ndarray | None) -> tuple[float, float]:
    """Protected ends of numbers, at least one of them not NaN: see ``Support.end``. Shapes: (rows,)."""
    given = numbers[~np.isnan(numbers)]
    lows = highs = given
    if entities is not None:
        by_entity = pd.Series(given).groupby(np.asarray(entities)[~np.isnan(numbers)], sort=False)
        lows, highs = by_entity.min().to_numpy(), by_entity.max().to_numpy()
    few = min(k, len(lows)) - 1
    low, high = np.partition(lows, few)[: few + 1], np.partition(-highs, few)[: few + 1]
    wide = np.longdouble  # numbers near the largest there are must not overflow
    return float(low.astype(wide).mean()), float(-high.astype(wide).mean())


def _first_distinct(entities: np.ndarray, k: int) -> np.ndarray:
    """Where the first ``k`` different entities appear, in their order."""
    looked_at = 16 * k
    while True:
        codes, found = pd.factorize(entities[:looked_at])
        if len(found) >= k or looked_at >= len(entities):
            return np.unique(codes, return_index=True)[1][:k]
        looked_at *= 4


def ranked(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The place of every number among the distinct ones, -1 for NaN, and these, rising.

    As ``pd.factorize`` with ``sort``, in two thirds of the time.

    Shapes:
        (rows,) -> (rows,), (values,)
    """
    codes, found = pd.factorize(numbers)
    order = np.argsort(found)
    place = np.full(len(found) + 1, -1)
    place[order] = np.arange(len(found))
    return place[codes], found[order]


def rising(values: np.ndarray) -> np.ndarray:
    """The distinct values, rising, none of them NaN. Sorting is faster than the hashing of ``np.unique``.

    Shapes:
        (rows,) -> (values,)
    """
    ordered = np.sort(values)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def _pairs(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct pairs of whole numbers from 0, rising."""
    if not len(left):
        return left.astype(np.int64), right.astype(np.int64)
    width = int(right.max()) + 1
    size = (int(left.max()) + 1) * width
    dtype = np.uint32 if size <= 2**32 else np.int64  # half as wide is sorted in half the time
    joined = left.astype(dtype) * dtype(width) + right.astype(dtype)
    few = size <= len(joined)  # then counting is faster than sorting
    found = np.flatnonzero(np.bincount(joined)) if few else rising(joined).astype(np.int64)
    return np.divmod(found, width)
