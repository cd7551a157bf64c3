"""Rows of one parent: how alike they are, how far apart in time, and what follows what."""

from dataclasses import dataclass, field
from typing import final

import numpy as np
import pandas as pd

from synth_models.data.schema import ForeignKey
from synth_models.report.side import Kind, Side
from synth_models.report.stats.association import correlation
from synth_models.report.stats.coding import named, top_labels
from synth_models.report.stats.shapes import ks_similarity
from synth_models.report.trial import Trial

ROWS = 150_000
"""Rows of a table at most, by whole parents."""
_FEWEST_PARENTS, _FEWEST_GROUPS, _FEWEST_STEPS = 10, 5, 20
_LIKE, _STEPS = 3, 12


@final
@dataclass(frozen=True)
class Siblings:
    """One side of the children along a foreign key.

    Args:
        icc: The intraclass correlation of each number, and of each of the commonest labels of a column.
        lag1: The correlation of each number with that of the sibling before, parents' means taken out.
        gaps: Seconds between siblings that follow each other; None without a time.
        transitions: For each column of labels how often each follows each, as shares.
    """

    icc: dict[tuple[str, int], float | None] = field(default_factory=dict)
    lag1: dict[str, float | None] = field(default_factory=dict)
    gaps: np.ndarray | None = None
    transitions: dict[str, np.ndarray | None] = field(default_factory=dict)


def sibling_keys(trial: Trial, table: str) -> list[ForeignKey]:
    """The keys of the table under which at least ten parents have siblings."""
    real = trial.real
    if not real.columns(table):
        return []
    counts = {key: np.bincount(real.links[table, key.name] + 1)[1:] for key in _keys(real, table)}
    return [key for key, count in counts.items() if (count > 1).sum() >= _FEWEST_PARENTS]


def _keys(side: Side, table: str) -> tuple[ForeignKey, ...]:
    return side.schema.tables[table].foreign_keys


def siblings(trial: Trial, table: str, key: ForeignKey) -> tuple[Siblings, Siblings]:
    """Both sides of the children along a key."""
    asked = ("siblings", table, key)
    if asked not in trial.memo:
        time = _time(trial.real, table)
        labels = {
            name: top_labels(trial.real.table(table)[name], _STEPS)
            for name, kind in trial.real.columns(table).items()
            if not kind.is_measure
        }
        trial.memo[asked] = tuple(
            _siblings(side, table, key, time, labels, trial.seed) for side in (trial.real, trial.other)
        )
    return trial.memo[asked]


def _time(side: Side, table: str) -> str | None:
    """The column that orders the rows of one parent: the first time."""
    return next((c for c, kind in side.columns(table).items() if kind is Kind.TIME), None)


def _siblings(
    side: Side, table: str, key: ForeignKey, time: str | None, labels: dict[str, pd.Index], seed: int
) -> Siblings:
    link = side.links[table, key.name]
    rows = _some_families(link, seed)
    frame = side.table(table)
    clock = frame[time].to_numpy(dtype=float)[rows] if time else np.zeros(len(rows))
    rows = rows[np.lexsort((clock, link[rows]))]
    group = pd.factorize(link[rows])[0]
    after = group[1:] == group[:-1]
    found = Siblings(gaps=np.diff(frame[time].to_numpy(dtype=float)[rows])[after] if time else None)
    for column, kind in side.columns(table).items():
        if kind.is_measure:
            values = frame[column].to_numpy(dtype=float)[rows]
            found.icc[column, 0] = icc(values, group)
            if time and column != time:
                found.lag1[column] = _lag1(values, group, after)
            continue
        codes = named(frame[column].to_numpy()[rows], labels[column])
        for number in range(min(_LIKE, len(labels[column]))):
            found.icc[column, number] = icc((codes == number).astype(float), group)
        if time:
            found.transitions[column] = _transitions(codes, after)
    return found


def _some_families(link: np.ndarray, seed: int) -> np.ndarray:
    rows = np.flatnonzero(link >= 0)
    if len(rows) <= ROWS:
        return rows
    drawn = np.random.default_rng(seed).random(int(link.max()) + 1) < ROWS / len(rows)
    return rows[drawn[link[rows]]]


def icc(values: np.ndarray, group: np.ndarray) -> float | None:
    """The share of the variance that lies between parents of two children or more (one-way analysis)."""
    given = ~np.isnan(values)
    values, group = values[given], group[given]
    several = np.bincount(group)[group] > 1 if len(group) else np.zeros(0, dtype=bool)
    values, group = values[several], pd.factorize(group[several])[0]
    groups, total = int(group.max(initial=-1)) + 1, len(values)
    if groups < _FEWEST_GROUPS or total - groups < _FEWEST_GROUPS:
        return None
    rows = np.bincount(group).astype(float)
    values = values - values.mean()
    means = np.bincount(group, weights=values) / rows
    within = float(((values - means[group]) ** 2).sum() / (total - groups))
    between = float((rows * means**2).sum() / (groups - 1))
    typical = (total - (rows**2).sum() / total) / (groups - 1)
    variance = max(0.0, (between - within) / typical)
    return variance / (variance + within) if variance + within > 0 else None


def _lag1(values: np.ndarray, group: np.ndarray, after: np.ndarray) -> float | None:
    given = ~np.isnan(values)
    rows = np.bincount(group, weights=given)
    sums = np.bincount(group, weights=np.nan_to_num(values))
    values = values - np.divide(sums, rows, out=np.zeros(len(rows)), where=rows > 0)[group]
    before, now = values[:-1][after], values[1:][after]
    if (~(np.isnan(before) | np.isnan(now))).sum() < _FEWEST_STEPS:
        return None
    return correlation(before, now)


def _transitions(codes: np.ndarray, after: np.ndarray) -> np.ndarray | None:
    """Shares of each (label before, label), all but the commonest and the missing counted as one."""
    if not after.any():
        return None
    codes = np.minimum(codes, _STEPS)
    size = _STEPS + 1
    return np.bincount(codes[:-1][after] * size + codes[1:][after], minlength=size**2) / after.sum()


def nearness(real: dict, other: dict) -> dict:
    """For each number of the real side one less the difference to the other side's, 0 at least."""
    return {
        what: max(0.0, 1 - abs(value - (other.get(what) or 0.0)))
        for what, value in real.items()
        if value is not None
    }


def gap_similarity(real: Siblings, other: Siblings) -> float | None:
    """How alike the gaps are; None if the real ones have none."""
    if real.gaps is None or not len(real.gaps):
        return None
    return ks_similarity(real.gaps, np.empty(0) if other.gaps is None else other.gaps)


def transition_similarity(real: Siblings, other: Siblings) -> dict[str, float]:
    """For each column of labels how alike the transitions are."""
    found = {}
    for column, shares in real.transitions.items():
        if shares is not None:
            theirs = other.transitions.get(column)
            found[column] = 0.0 if theirs is None else float(1 - 0.5 * np.abs(shares - theirs).sum())
    return found
