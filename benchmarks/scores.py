"""What the benchmarks of fidelity print: the report's scores, a column each."""

import statistics
from collections.abc import Mapping, Sequence

from synth_models.report.score import Score

SCORES = (
    "validity",
    "shapes",
    "pair_dependence",
    "cardinality",
    "parent_dependence",
    "c2st",
    "c2st_agg",
    "c2st_agg2",
    "sibling_icc",
    "sibling_lag1",
    "utility",
    "train_share",
    "copies",
)


def heading() -> str:
    """The names of the scores, above their columns."""
    return f"{'':12}" + "".join(f"{name[:13]:>14}" for name in SCORES)


def line(name: str, runs: Sequence[Mapping[str, Score]], end: str = "value") -> str:
    """Mean and spread over some runs; ``end`` is ``value``, ``ceiling`` or ``floor``."""
    return f"{name:12}" + "".join(cell([of(scores, s, end) for scores in runs]) for s in SCORES)


def of(scores: Mapping[str, Score], name: str, end: str = "value") -> float | None:
    """A score, or an end of its scale, if it could be measured."""
    return getattr(scores[name], end) if name in scores else None


def cell(values: Sequence[float | None], sign: str = "") -> str:
    """Mean and spread of the values that there are; ``sign`` is ``+`` for differences."""
    given = [value for value in values if value is not None]
    if not given:
        return f"{'-':>14}"
    spread = f"±{statistics.stdev(given):.3f}" if len(given) > 1 else ""
    return f"{statistics.mean(given):{sign}.3f}{spread}".rjust(14)
