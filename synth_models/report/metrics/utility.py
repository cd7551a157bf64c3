"""Whether what is learned from the synthetic data holds of real data."""

from typing import final

from synth_models.report.metrics.base import METRICS, Group, Measurement, Metric, Trial
from synth_models.report.stats.prediction import ROWS, predictions, target

_FEWEST = 100
_TABLES = 6
_SKILL = 0.02


@METRICS.register("utility")
@final
class Utility(Metric):
    """Train on synthetic, test on real."""

    name = "utility"
    title = "Use for prediction"
    meaning = (
        "A model trained on the synthetic rows predicts unseen real rows as well as one trained on real."
    )
    definition = (
        f"For each of the {_TABLES} largest tables with held-out rows, the column that depends most on "
        "another one is predicted by boosted trees from the row's other columns, those of its parents and "
        "their parents, and summaries of its children; trained on the synthetic rows and on the original, "
        "tested on held-out rows. The ratio of what is gained over knowing nothing (R² over 0, the area "
        "under the ROC curve over 0.5), 1 at most. Measured only with held-out data, where at least "
        f"{_SKILL:g} is gained at all. On {ROWS:,} rows of each side at most."
    )
    group = Group.FIDELITY
    rank = 70
    reachable = True

    def compute(self, trial: Trial) -> list[Measurement]:
        """One measurement per table."""
        real, found = trial.real, []
        tables = sorted(
            (t for t in trial.tables() if trial.unseen_rows(t) is not None), key=lambda t: -real.n_rows[t]
        )
        for table in tables[:_TABLES]:
            held_out = trial.unseen_rows(table)
            sizes = [side.n_rows[table] for side in (real, trial.other, held_out) if side is not None]
            task = target(real, table, trial.seed) if min(sizes) >= _FEWEST else None
            if task is None or held_out is None:
                continue
            skills = {
                name: score - task.base
                for name, score in predictions(
                    task, {"real": real, "synthetic": trial.other}, held_out, trial.seed
                ).items()
            }
            if skills["real"] > _SKILL:
                ratio = max(0.0, skills["synthetic"]) / skills["real"]
                details = {**skills, "ratio": ratio, "measured as": "R²" if task.kind.is_measure else "AUC"}
                found.append(Measurement(table, (task.column,), min(1.0, ratio), details=details))
        return found
