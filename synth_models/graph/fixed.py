"""Columns that are the same in all rows with the same parents: a distance by the airports at both ends.

Which parents tell a column is found from the rows alone; their values are not stored. In samples the first
row with some parents draws its value, and all others have the same.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import final

import numpy as np
import pandas as pd

from synth_models.data.relational import RelationalData
from synth_models.graph.arithmetic import NATS
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.links import joined_links
from synth_models.graph.lookups import PAIRS, errors, nats
from synth_models.graph.readings import Readings
from synth_models.graph.rules import EXACT

_TOGETHER = 3
"""Keys that tell a column together, at most."""
_KEYS = 6
"""Keys of a table that are looked at."""
_SAMPLE = 20_000
"""Rows that are looked at first: so many at random, and as many whose parents come in whole groups."""

_Keys = tuple[str, ...]


def find_fixed(
    readings: Readings, keys: Sequence[str], columns: Sequence[str], owners: np.ndarray
) -> dict[str, tuple[str, ...]]:
    """The columns that the parents of some keys tell, and the fewest keys that do.

    Each key must be needed: rows that have all but one of these parents in common are seldom equal. Of as few
    keys, those are taken whose parents come together again most often. Rows without one of the parents say
    nothing.

    Args:
        readings: The table.
        keys: Those whose parents are known before the columns are drawn.
        columns: Those that nothing else tells; one that is ever missing is left out.
        owners: Whose row each row is: what holds in one entity tells little. Shapes: (rows,)
    """
    keys, links, frame = tuple(keys)[:_KEYS], readings.data.links, readings.data[readings.name]
    given = [c for c in columns if frame[c].notna().all()] if len(frame) and keys else []
    exact = [c for c in given if readings.codecs[c].continuous]  # what they are read as tells them apart
    values = {c: readings.numbers[c] if c in exact else _coded(frame[c]) for c in given}
    values = {column: codes for column, codes in values.items() if codes.min() < codes.max()}
    groups = Groups({key: links[readings.name, key] for key in keys}, readings.mixed)
    found: dict[str, _Keys] = {}
    for size in range(1, _TOGETHER + 1):
        best: dict[str, tuple[int, _Keys]] = {}
        left = {column: codes for column, codes in values.items() if column not in found}
        for some in combinations(keys, size):
            for column, pairs in groups.told(some, left, readings.family, owners):
                if column not in best or pairs > best[column][0]:
                    best[column] = pairs, some
        found |= {column: some for column, (_, some) in best.items()}
    return found


def still_fixed(data: RelationalData, name: str, column: ColumnPlan) -> bool:
    """Whether a column that some parents told is the same in all rows of these data with the same parents."""
    links = {key: data.links[name, key] for key in column.fixed_by}
    mixed = np.random.default_rng(0).permutation(len(data[name]))
    one, other = Groups(links, mixed).neighbours(column.fixed_by)
    codes = _coded(data[name][column.name])
    return not len(one) or bool((codes[one] == codes[other]).mean() >= 1 - 2 * (1 - EXACT))


def _coded(values: pd.Series) -> np.ndarray:
    """Which rows have the same value; -1 where it is missing. Shapes: (rows,) int32."""
    return pd.factorize(values)[0].astype(np.int32)


@final
class Groups:
    """Rows with the same parents, and pairs of neighbours among them, in an order that tells nothing.

    Args:
        links: Per key the parents. Shapes: each (rows,)
        mixed: The rows in that order. Shapes: (rows,)
    """

    def __init__(self, links: Mapping[str, np.ndarray], mixed: np.ndarray) -> None:
        self._links, self._mixed = links, mixed
        self._first: dict[_Keys, tuple[np.ndarray, np.ndarray]] = {}

    def neighbours(self, keys: _Keys, rows: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of rows that have these parents in common; of some rows, or of all. Shapes: (pairs,) each."""
        rows = self._mixed if rows is None else rows
        joined, there = joined_links(self._links, keys, rows)
        rows, joined = rows[there], joined[there]
        order = np.argsort(joined, kind="stable")
        same = joined[order[1:]] == joined[order[:-1]]
        return rows[order[:-1][same]], rows[order[1:][same]]

    def likely(self, keys: _Keys, values: Mapping[str, np.ndarray]) -> list[str]:
        """The columns that these parents tell of a few rows; values as in ``told``."""
        one, other = self._some(keys)
        may = 2 + 4 * (1 - EXACT) * len(one)
        return [c for c, codes in values.items() if len(one) and (codes[one] != codes[other]).sum() <= may]

    def told(
        self, keys: _Keys, values: Mapping[str, np.ndarray], family: str | None, owners: np.ndarray
    ) -> list[tuple[str, int]]:
        """The columns that these parents tell, and fewer of them, or the family, do not; and how many pairs
        of rows tell so.

        Args:
            keys: The keys.
            values: Per column which rows are equal. Shapes: each (rows,)
            family: The family key, if there is one.
            owners: As of ``find_fixed``.
        """
        likely = self.likely(keys, values)
        chances = {column: self._chance(keys, values[column], family) for column in likely}
        if not any(chance < 1 for chance in chances.values()):
            return []
        one, other = self.neighbours(keys)
        apart = owners[one] != owners[other]
        n = int(apart.sum()) or len(one)
        found = []
        for column in likely:
            equal, chance = values[column][one] == values[column][other], chances[column]
            if n >= PAIRS and float(nats(n, chance)) >= NATS:
                wrong = 1 - min(equal.mean(), equal[apart].mean() if apart.any() else 1.0)
                found += [(column, n)] if wrong <= 2 * errors(chance) else []
        return found

    def _chance(self, keys: _Keys, codes: np.ndarray, family: str | None) -> float:
        """How often rows are equal that have all but one of these parents in common: the most of all keys.

        Rows of one family have more in common than others: there it is told as well, if there are enough.
        """
        most = 0.0
        for key in keys:
            others = tuple(k for k in keys if k != key)
            most = max(most, self._equal(others, key, codes)[0])
            if family and family not in keys:
                share, pairs = self._equal((family, *others), key, codes)
                most = max(most, share if pairs >= PAIRS else 0.0)
        return most

    def _equal(self, keys: _Keys, but: str, codes: np.ndarray) -> tuple[float, int]:
        """How often rows that differ in a parent are equal, and how many pairs tell so; 1 if none do."""
        one, other = self._some(keys)
        link = self._links[but]
        differ = (link[one] != link[other]) & (link[one] >= 0) & (link[other] >= 0)
        n = int(differ.sum())
        return ((codes[one] == codes[other])[differ].sum() + 1) / (n + 1), n

    def _some(self, keys: _Keys) -> tuple[np.ndarray, np.ndarray]:
        """Neighbours of a few rows: some at random, and as many in whole groups, be these ever so small."""
        if keys not in self._first:
            rows = self._mixed
            if len(rows) > 2 * _SAMPLE:
                joined, _ = joined_links(self._links, keys, np.arange(len(rows)))
                chosen, rest = joined % (len(rows) // _SAMPLE) == 0, rows[_SAMPLE:]
                rows = np.r_[rows[:_SAMPLE], rest[chosen[rest]][:_SAMPLE]]
            self._first[keys] = self.neighbours(keys, rows)
        return self._first[keys]
