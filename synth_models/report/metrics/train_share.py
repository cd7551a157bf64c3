"""Whether the rows sit nearer to the rows that were trained on than to rows that were not."""

from typing import final

import numpy as np

from synth_models.report.metrics.base import METRICS, BadEnd, Group, Measurement, Metric, Trial
from synth_models.report.side import Side, sample
from synth_models.report.stats.distances import embed, nearest, share_nearer

ROWS = 500
"""Synthetic rows at most."""
REFERENCES = 5000
"""Rows of either real side at most."""
_FEWEST = 50


@METRICS.register("train_share")
@final
class TrainShare(Metric):
    """The share of rows nearer to the training rows than to held-out rows."""

    name = "train_share"
    title = "Nearer to training rows"
    meaning = (
        "How many synthetic rows are nearer to a training row than to an unseen one (0.5: no memorising)."
    )
    definition = (
        "The mean over tables of the share of synthetic rows whose nearest real row, among equally many "
        f"rows trained on and held out ({REFERENCES:,} of each at most), is one trained on; ties count "
        f"half. Distances as for the nearest real row, of {ROWS} synthetic rows. Measured only with "
        f"held-out data, on tables with at least {_FEWEST} rows."
    )
    group = Group.PRIVACY
    rank = 90
    goal = 0.5
    bad_end = BadEnd.COPY
    marks = (0.9, 0.8)
    near = (0.02, 0.05)
    reachable = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table with held-out rows."""
        found = []
        for table in trial.tables():
            unseen = trial.unseen_rows(table)
            if unseen is not None and trial.real.columns(table):
                found += _measured(trial, table, unseen)
        return found


def _measured(trial: Trial, table: str, unseen: Side) -> list[Measurement]:
    rows = min(trial.real.n_rows[table], unseen.n_rows[table], REFERENCES)
    if rows < _FEWEST or trial.other.n_rows[table] < _FEWEST:
        return []
    trained, held_out = (side.sample(table, rows, trial.seed) for side in (trial.real, unseen))
    asked = sample(trial.other.table(table), ROWS, trial.seed + 1)
    kinds = trial.real.columns(table)
    points = embed(trained, [trained, held_out, asked], kinds)
    value = share_nearer(nearest(points[2], points[0]), nearest(points[2], points[1]))
    error = float(0.5 / np.sqrt(len(asked)))
    return [
        Measurement(
            table, (), value, details={"rows": len(asked), "real_rows": rows, "standard_error": error}
        )
    ]
