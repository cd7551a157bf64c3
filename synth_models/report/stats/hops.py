"""Pairs of columns of different tables, as foreign keys bring them together in one row."""

from dataclasses import dataclass
from itertools import product
from typing import final

import numpy as np
import pandas as pd

from synth_models.data.schema import ForeignKey, Schema
from synth_models.report.side import Side
from synth_models.report.stats.dependence import dependences, likeness, siblings_seen
from synth_models.report.stats.pairs import Pair, some_pairs, trends
from synth_models.report.trial import Trial

ROWS = 10_000
"""Rows of the table that the ways start from, of each side at most."""
PAIRS = 300
"""Pairs of one crossing at most."""
_LEFT, _RIGHT = "\0left:", "\0right:"

Way = tuple[ForeignKey, ...]
"""Keys to follow one after the other; none: stay in the table."""


@final
@dataclass(frozen=True)
class Crossing:
    """Two ways from the rows of a table: the columns at their ends stand in one row.

    Args:
        table: Where they start.
        left: The first.
        right: The second.
    """

    table: str
    left: Way
    right: Way

    def items(self, pair: Pair) -> tuple[str, ...]:
        """The keys, then the columns of a pair."""
        keys = (key.name for key in (*self.left, *self.right))
        return (*keys, pair[0].removeprefix(_LEFT), pair[1].removeprefix(_RIGHT))


@final
@dataclass(frozen=True)
class PairScore:
    """How alike a pair is on both sides.

    Args:
        trend: See ``stats.pairs``.
        dependence: See ``stats.dependence``.
    """

    trend: float | None
    dependence: float | None


def parents(schema: Schema, table: str) -> list[Crossing]:
    """A row's own columns with those of each parent (one hop)."""
    return [Crossing(table, (), (key,)) for key in schema.tables[table].foreign_keys]


def grandparents(schema: Schema, table: str) -> list[Crossing]:
    """A row's own columns with those of each parent's parents (two hops)."""
    return [
        Crossing(table, (), (key, above))
        for key in schema.tables[table].foreign_keys
        for above in schema.tables[key.parent].foreign_keys
    ]


def partners(schema: Schema, table: str) -> list[Crossing]:
    """The columns of two parents of one row."""
    keys = schema.tables[table].foreign_keys
    return [Crossing(table, (a,), (b,)) for number, a in enumerate(keys) for b in keys[number + 1 :]]


def scores(trial: Trial, crossing: Crossing) -> dict[Pair, PairScore]:
    """The scores of the pairs; those of a pair with a correlation or a dependence to speak of are numbers."""
    key = ("hops", crossing)
    if key not in trial.memo:
        trial.memo[key] = _scores(trial, crossing)
    return trial.memo[key]


def _scores(trial: Trial, crossing: Crossing) -> dict[Pair, PairScore]:
    left, right = (
        {prefix + name: kind for name, kind in trial.real.columns(_end(crossing.table, way)).items()}
        for prefix, way in ((_LEFT, crossing.left), (_RIGHT, crossing.right))
    )
    pairs = some_pairs(list(product(left, right)), trial.seed, PAIRS)
    if not pairs or not trial.real.n_rows[crossing.table]:
        return {}
    kinds = left | right
    rows = [_rows(side, crossing.table, trial.seed) for side in (trial.real, trial.other)]
    real, other = (
        _joined(side, crossing, r) for side, r in zip((trial.real, trial.other), rows, strict=True)
    )
    found = trends(real, other, kinds, pairs)
    groups = {
        prefix: np.unique(ancestors(trial.real, crossing.table, way, rows[0]), return_inverse=True)[1]
        for prefix, way in ((_LEFT, crossing.left), (_RIGHT, crossing.right))
        if way
    }
    strength = dependences(real, other, kinds, pairs, _Clustering(groups))
    return {pair: PairScore(found[pair], strength[pair]) for pair in pairs}


@final
class _Clustering:
    """Rows with the same parent are not independent of each other where the other column is alike in them."""

    def __init__(self, groups: dict[str, np.ndarray]) -> None:
        self._groups = groups
        self._seen = {prefix: siblings_seen(group) for prefix, group in groups.items()}
        self._alike: dict[tuple[str, str], float] = {}

    def __call__(self, pair: Pair, codes: tuple[np.ndarray, np.ndarray]) -> float:
        effect = 1.0
        for prefix, column, values in ((_RIGHT, pair[0], codes[0]), (_LEFT, pair[1], codes[1])):
            if prefix in self._groups:
                if (prefix, column) not in self._alike:
                    self._alike[prefix, column] = likeness(values, self._groups[prefix])
                effect = max(effect, 1 + self._seen[prefix] * self._alike[prefix, column])
        return effect


def _end(table: str, way: Way) -> str:
    return way[-1].parent if way else table


def _rows(side: Side, table: str, seed: int) -> np.ndarray:
    return side.sample(table, ROWS, seed).index.to_numpy()


def ancestors(side: Side, table: str, way: Way, rows: np.ndarray) -> np.ndarray:
    """The row at the end of the way of each of these rows, -1 where there is none."""
    for key in way:
        link = side.links[table, key.name]
        rows = np.where(rows >= 0, link[rows], -1) if len(link) else np.full(len(rows), -1)
        rows, table = np.maximum(rows, -1), key.parent
    return rows


def columns_at(side: Side, table: str, way: Way, rows: np.ndarray) -> pd.DataFrame:
    """The content at the end of the way of each of these rows; all missing where there is none."""
    found, content = ancestors(side, table, way, rows), side.table(_end(table, way))
    if not len(content):
        return content.reindex(np.full(len(rows), -1)).reset_index(drop=True)
    return content.iloc[np.maximum(found, 0)].reset_index(drop=True).where(pd.Series(found >= 0))


def _joined(side: Side, crossing: Crossing, rows: np.ndarray) -> pd.DataFrame:
    return pd.concat(
        [
            columns_at(side, crossing.table, way, rows).add_prefix(prefix)
            for prefix, way in ((_LEFT, crossing.left), (_RIGHT, crossing.right))
        ],
        axis=1,
    )
