"""Whether the rows could be rows of these tables at all."""

from typing import final

import numpy as np
import pandas as pd

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.side import Kind, Side


@METRICS.register("validity")
@final
class Validity(Metric):
    """Keys, types, missing values, ranges and whole numbers."""

    name = "validity"
    title = "Validity"
    meaning = "The rows obey the rules of the tables: keys, types, missing values, ranges."
    definition = (
        "The mean of six shares: foreign keys that have their parent; primary keys that are there and "
        "unique; values that can be read as the column's type; one less the difference of the shares of "
        "missing values; values within the real range, or among the real categories; whole numbers where "
        "all real ones are whole."
    )
    group = Group.VALIDITY
    rank = 10
    near = (0.005, 0.02)
    reachable = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per column or key and rule."""
        found: list[Measurement] = []
        for table in trial.tables():
            found += _keys(trial.real, trial.other, table)
            found += _columns(trial.real, trial.other, table)
        return found


def _keys(real: Side, other: Side, table: str) -> list[Measurement]:
    spec, frame = real.schema.tables[table], other.data[table]
    found = []
    for key in spec.foreign_keys:
        columns = list(key.columns)
        given = frame[columns].notna().all(axis=1).to_numpy()
        linked = other.links[table, key.name][given] >= 0
        found.append(_measure(table, key.name, "integrity", float(linked.mean()) if len(linked) else 1.0))
        found += [
            _measure(table, column, "missing", _alike(real.data[table][column], frame[column]))
            for column in columns
        ]
    if spec.key_columns and len(frame):
        columns = list(spec.key_columns)
        good = frame[columns].notna().all(axis=1) & ~frame.duplicated(columns)
        found.append(Measurement(table, tuple(columns), float(good.mean()), "keys"))
    return found


def _columns(real: Side, other: Side, table: str) -> list[Measurement]:
    found = []
    for column, kind in real.kinds(table).items():
        raw_real, raw_other = real.data[table][column], other.data[table][column]
        found.append(_measure(table, column, "missing", _alike(raw_real, raw_other)))
        if kind is Kind.TEXT:
            continue
        ours, theirs = real.table(table)[column].dropna(), other.table(table)[column].dropna()
        given = int(raw_other.notna().sum())
        found.append(_measure(table, column, "types", len(theirs) / given if given else 1.0))
        found.append(_measure(table, column, "ranges", _in_range(ours, theirs, kind)))
        if kind is Kind.NUMBER and len(ours) and len(theirs) and (ours % 1 == 0).all():
            found.append(_measure(table, column, "whole", float((theirs % 1 == 0).mean())))
    return found


def _measure(table: str, column: str, aspect: str, value: float) -> Measurement:
    return Measurement(table, (column,), value, aspect)


def _alike(real: pd.Series, other: pd.Series) -> float:
    """One less the difference of the shares of missing values."""
    if not len(real) or not len(other):
        return float(len(real) == len(other))
    return 1 - abs(float(real.isna().mean()) - float(other.isna().mean()))


def _in_range(real: pd.Series, other: pd.Series, kind: Kind) -> float:
    if not len(real) or not len(other):
        return float(len(real) == len(other))
    if kind.is_measure:
        low, high = float(real.min()), float(real.max())
        slack = 1e-9 * max(1.0, abs(low), abs(high))
        return float(np.mean((other >= low - slack) & (other <= high + slack)))
    return float(other.isin(real.unique()).mean())
