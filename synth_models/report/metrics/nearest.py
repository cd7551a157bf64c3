"""Whether the rows sit closer to real rows than other real rows do."""

from typing import final

import numpy as np

from synth_models.report.metrics.base import METRICS, BadEnd, Group, Measurement, Metric, Trial
from synth_models.report.stats.neighbours import REFERENCES, ROWS, neighbours


@METRICS.register("nearest")
@final
class Nearest(Metric):
    """Distance to the closest record, against that of other real rows."""

    name = "nearest"
    title = "Nearest real row"
    meaning = "How often a synthetic row is closer to a real row than other real rows are (0.5: as they are)."
    definition = (
        "The mean over tables of the chance that the distance of a synthetic row to its nearest real row "
        "is smaller than that of a real row not among those compared with (held-out rows if there are "
        "any); ties count half. The distance adds up the differences of the columns: of the places in the "
        f"order of real values, and one for another category. On {ROWS} rows of each kind and "
        f"{REFERENCES:,} real rows at most. Above 0.5: nearer than real rows are, a sign of memorising; "
        "below: farther away."
    )
    group = Group.PRIVACY
    rank = 80
    goal = 0.5
    bad_end = BadEnd.COPY
    marks = (0.9, 0.75)
    near = (0.02, 0.05)
    reachable = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table."""
        found = []
        for table in trial.tables():
            curves = neighbours(trial, table)
            if curves is not None:
                value = _chance_smaller(curves.other, curves.real)
                details = {
                    "median_real": float(np.median(curves.real)),
                    "median_synthetic": float(np.median(curves.other)),
                    "rows": len(curves.other),
                    "real_rows": curves.references,
                }
                found.append(Measurement(table, (), value, details=details))
        return found


def _chance_smaller(first: np.ndarray, second: np.ndarray) -> float:
    """The chance that a draw of the first is smaller than one of the second; ties count half."""
    ordered = np.sort(second.round(6))
    values = first.round(6)
    below_or_equal = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return float(1 - below_or_equal.mean() / (2 * len(ordered)))
