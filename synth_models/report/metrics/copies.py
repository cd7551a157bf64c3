"""Whether rows of the original are copied as they are."""

from typing import final

import numpy as np
import pandas as pd

from synth_models.report.metrics.base import METRICS, BadEnd, Group, Measurement, Metric, Pool, Trial

_BY_CHANCE = 0.05


@METRICS.register("copies")
@final
class Copies(Metric):
    """Rows equal to a real row in every content column, beyond what chance explains."""

    name = "copies"
    title = "Copied rows"
    meaning = "The share of rows that equal a real row, beyond the share of unseen real rows that do."
    definition = (
        "The greatest over tables of the share of synthetic rows that equal a row of the original in "
        "every column but keys and text, less the same share of held-out rows (without held-out data: the "
        "share of real rows that equal another real row), 0 at least. Left out are tables whose rows "
        "agree by chance: where more than 5 % still equal a real row after each column was shuffled by "
        "itself."
    )
    group = Group.PRIVACY
    rank = 100
    goal = 0.0
    bad_end = BadEnd.COPY
    marks = (0.99, 0.97)
    near = (0.01, 0.03)
    reachable = True
    pool = Pool.MAX

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table whose rows do not agree by chance."""
        found = []
        for table in trial.tables():
            frame = trial.real.table(table)
            if not frame.empty and trial.other.n_rows[table] and not _agree_by_chance(frame, trial.seed):
                found.append(_measured(trial, table))
        return found


def _measured(trial: Trial, table: str) -> Measurement:
    real, other = _hashes(trial.real.table(table)), _hashes(trial.other.table(table))
    unseen = trial.unseen_rows(table)
    twins = real.duplicated(keep=False) if unseen is None else _hashes(unseen.table(table)).isin(real)
    copied, expected = float(other.isin(real).mean()), float(twins.mean())
    details = {"copied": copied, "expected": expected, "rows": len(other)}
    return Measurement(table, (), max(0.0, copied - expected), details=details)


def _agree_by_chance(frame: pd.DataFrame, seed: int) -> bool:
    rng = np.random.default_rng(seed)
    shuffled = pd.DataFrame({name: rng.permutation(frame[name].to_numpy()) for name in frame})
    return float(_hashes(shuffled).isin(_hashes(frame)).mean()) > _BY_CHANCE


def _hashes(frame: pd.DataFrame) -> pd.Series:
    """A number per row, the same for the same content (to six decimals)."""
    return pd.Series(pd.util.hash_pandas_object(frame.round(6), index=False))
