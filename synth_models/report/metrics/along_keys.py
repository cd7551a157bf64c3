"""What metrics along foreign keys have in common: they ask every crossing, or the children of every key."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from synth_models.data.schema import Schema
from synth_models.report.metrics.base import Measurement, Trial
from synth_models.report.stats.hops import Crossing, PairScore, scores
from synth_models.report.stats.siblings import Siblings, sibling_keys, siblings


def of_pairs(
    trial: Trial,
    crossings: Callable[[Schema, str], Sequence[Crossing]],
    score: Callable[[PairScore], float | None],
) -> list[Measurement]:
    """One measurement per pair of columns that the keys bring together."""
    return [
        Measurement(table, crossing.items(pair), score(found), details={"parent": crossing.right[-1].parent})
        for table in trial.tables()
        for crossing in crossings(trial.real.schema, table)
        for pair, found in scores(trial, crossing).items()
    ]


def of_siblings(trial: Trial, score: Callable[[Siblings, Siblings], float | None]) -> list[Measurement]:
    """One measurement per foreign key that has siblings."""
    return [
        Measurement(table, (key.name,), score(*siblings(trial, table, key)))
        for table in trial.tables()
        for key in sibling_keys(trial, table)
    ]


def mean_of(values: Mapping[Any, float]) -> float | None:
    """None of nothing."""
    return fmean(values.values()) if values else None
