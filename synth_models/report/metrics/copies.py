"""Whether rows of the original are copied as they are."""

from typing import final

import pandas as pd

from synth_models.report.metrics.base import METRICS, BadEnd, Group, Measurement, Metric, Pool, Trial

_ENOUGH_COLUMNS = 4
_RARE = 0.05


@METRICS.register("copies")
@final
class Copies(Metric):
    """Rows equal to a real row in every content column, beyond what chance explains."""

    name = "copies"
    title = "Copied rows"
    meaning = "The share of rows that equal a real row, beyond the share of unseen real rows that do."
    definition = (
        "The greatest over tables of the share of synthetic rows that equal a row of the original in every column but "
        "keys and text, less the same share of held-out rows (without held-out data: the share of real rows that equal "
        f"another real row). Tables of fewer than {_ENOUGH_COLUMNS} columns are left out, unless fewer than "
        "5 % of their rows repeat: their rows agree by chance."
    )
    group = Group.PRIVACY
    rank = 100
    goal = 0.0
    bounds = (-1.0, 1.0)
    bad_end = BadEnd.COPY
    pool = Pool.MAX

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table whose rows do not agree by chance."""
        found = []
        for table in trial.tables():
            real, other = _hashes(trial.real.table(table)), _hashes(trial.other.table(table))
            unseen = trial.unseen_rows(table)
            if not len(real) or not len(other) or not trial.real.columns(table):
                continue
            chance = real.duplicated(keep=False) if unseen is None else _hashes(unseen.table(table)).isin(real)
            expected, copied = float(chance.mean()), float(other.isin(real).mean())
            if len(trial.real.columns(table)) >= _ENOUGH_COLUMNS or expected < _RARE:
                details = {"copied": copied, "expected": expected, "rows": len(other)}
                found.append(Measurement(table, (), copied - expected, details=details))
        return found


def _hashes(frame: pd.DataFrame) -> pd.Series:
    """A number per row, the same for the same content."""
    return pd.Series(pd.util.hash_pandas_object(frame, index=False))
