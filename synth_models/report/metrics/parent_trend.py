"""Whether a row depends on its parent as in the real data."""

from itertools import product
from typing import final

import pandas as pd

from synth_models.data.schema import ForeignKey
from synth_models.report.metrics.base import METRICS, Detail, Group, Measurement, Metric, Trial
from synth_models.report.side import Side
from synth_models.report.stats.keys import parent_columns
from synth_models.report.stats.pairs import some_pairs, trends

ROWS = 10_000
"""Rows of the child table of each side at most."""
PAIRS = 150
"""Pairs along one key at most."""
_UP = "\0up:"


@METRICS.register("parent_trend")
@final
class ParentTrend(Metric):
    """Pair trends across a foreign key (inter-table trends)."""

    name = "parent_trend"
    title = "Child and parent"
    meaning = "A row's columns go together with its parent's columns as they do in the real data."
    definition = (
        "As column pairs, for the pairs of a child's column and a parent's column along each foreign key "
        f"(SDMetrics' InterTableTrends). On {ROWS:,} child rows of each side and {PAIRS} pairs of a key at "
        "most."
    )
    group = Group.FIDELITY
    rank = 40

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per key, child's column and parent's column."""
        found = []
        for table in trial.tables():
            for key in trial.real.schema.tables[table].foreign_keys:
                found += _along(trial, table, key)
        return found


def _along(trial: Trial, table: str, key: ForeignKey) -> list[Measurement]:
    upper = {_UP + name: kind for name, kind in trial.real.columns(key.parent).items()}
    kinds = trial.real.columns(table)
    pairs = some_pairs(list(product(kinds, upper)), trial.seed, PAIRS)
    if not pairs:
        return []
    real, other = (_joined(side, table, key, trial.seed) for side in (trial.real, trial.other))
    scores = trends(real, other, kinds | upper, pairs)
    names: dict[str, Detail] = {"parent": key.parent}
    return [
        Measurement(table, (key.name, column, above.removeprefix(_UP)), score, details=names)
        for (column, above), score in scores.items()
    ]


def _joined(side: Side, table: str, key: ForeignKey, seed: int) -> pd.DataFrame:
    rows = side.sample(table, ROWS, seed)
    above = parent_columns(side, table, key, rows.index.to_numpy()).add_prefix(_UP)
    return pd.concat([rows.reset_index(drop=True), above], axis=1)
