"""Whether the rows sit nearer to the rows that were trained on than to rows that were not."""

from collections.abc import Iterable
from typing import final

import numpy as np

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.side import sample
from synth_models.report.stats.distances import embed, nearest, share_nearer
from synth_models.report.stats.records import Records, rows

ROWS = 2000
"""Synthetic rows at most."""
REFERENCES = 5000
"""Rows of either real side at most."""
FEWEST = 100
_TAIL = 10  # the tenth of the rows that come closest to real ones: copies are among them
_SURE = 3.1  # standard errors that chance alone exceeds once in a thousand times


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
        f"rows of as many families trained on and held out ({REFERENCES:,} of each at most), is one trained "
        f"on; ties count half. Distances as for the proximity ratio, of {ROWS:,} synthetic rows at most. "
        f"Measured only with held-out data, on tables with at least {FEWEST} rows of each kind. Looked at "
        "apart is the tenth of the rows that comes closest to real ones, where copies gather."
    )
    group = Group.PRIVACY
    rank = 320
    goal = 0.5
    marks = None
    near = (0.03, 0.07)
    reachable = True
    limit = 0.6

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table with held-out rows."""
        return shares(rows(trial), trial.seed)


def shares(records: Iterable[Records], seed: int) -> list[Measurement]:
    """The share of each set of records, where some are held out and there are enough."""
    found = []
    for each in records:
        if each.unseen is None or each.seen is None:
            continue
        size = min(len(each.seen), len(each.unseen), REFERENCES)
        if size < FEWEST or len(each.other) < FEWEST:
            continue
        trained, held_out = (sample(frame, size, seed) for frame in (each.seen, each.unseen))
        asked = sample(each.other, ROWS, seed + 1)
        points = embed(trained, [trained, held_out, asked], each.kinds)
        to_trained, to_held_out = (nearest(points[2], points[side]) for side in (0, 1))
        value = share_nearer(to_trained, to_held_out)
        tail = np.argsort(np.minimum(to_trained, to_held_out), kind="stable")[: len(asked) // _TAIL]
        closest = share_nearer(to_trained[tail], to_held_out[tail])
        error = 0.5 * (1 / len(asked) + 1 / size) ** 0.5
        interval = {"from": max(0.0, value - 1.96 * error), "to": min(1.0, value + 1.96 * error)}
        details = {"rows": len(asked), "real_rows": size, "interval": interval, "closest": closest}
        alarm = _alarm(each.table, closest, len(tail))
        found.append(Measurement(each.table, (), value, details=details, error=error, alarm=alarm))
    return found


def _alarm(table: str, closest: float, rows: int) -> str:
    if closest - 0.5 <= _SURE * 0.5 / max(1, rows) ** 0.5:
        return ""
    return f"{table}: {closest:.0%} of the tenth that comes closest to real data is nearer to training data"
