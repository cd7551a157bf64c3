"""Whether rows are near to real rows more often than other real rows are."""

from collections.abc import Iterable
from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.neighbours import PERCENT, REFERENCES, ROWS, neighbours
from synth_models.report.stats.records import Records, rows

FEWEST = 100
"""Records of each kind: of fewer, too few are near."""


@METRICS.register("proximity")
@final
class Proximity(Metric):
    """The proximity ratio: near real rows against near synthetic rows."""

    name = "proximity"
    title = "Proximity ratio"
    meaning = "Rows come near to real rows no more often than other real rows do (1: no more, 0.5: twice)."
    definition = (
        f"Near is a row whose nearest real row is within the {PERCENT}th percentile of the distances between "
        "two parts of the real data (held-out rows and the original; without held-out data two halves of the "
        "original). The mean over tables of the share of real rows that are near, divided by the share of "
        "synthetic rows that are, 1 at most. The distance adds up the differences of the columns: of the "
        "places in the order of real values, and one for another category. On "
        f"{ROWS:,} rows of each kind and {REFERENCES:,} real rows to be near to at most; on tables with at "
        f"least {FEWEST} rows of each kind."
    )
    group = Group.PRIVACY
    rank = 330
    reachable = True
    near = (0.15, 0.4)

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table."""
        return ratios(rows(trial), trial.seed)


def ratios(records: Iterable[Records], seed: int) -> list[Measurement]:
    """The proximity ratio of each set of records, where there are enough."""
    found = []
    for each in records:
        curves = neighbours(each, seed)
        if curves is None or min(len(curves.real), len(curves.other)) < FEWEST:
            continue
        real, other = curves.shares()
        value = min(1.0, real / other) if other > 0 else 1.0
        spread = (1 - real) / (real * len(curves.real)) + (1 - other) / (max(other, 1e-9) * len(curves.other))
        details = {
            "near_real": real,
            "near_synthetic": other,
            "distance": curves.near,
            "rows": len(curves.other),
            "real_rows": curves.references,
        }
        error = value * spread**0.5 if other > 0 else 0.0
        found.append(Measurement(each.table, (), value, details=details, error=error))
    return found
