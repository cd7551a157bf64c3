"""How well single columns, pairs and keys of a table fit, beside what real data score."""

from dataclasses import dataclass
from typing import final

from synth_models.report.findings import Findings


@final
@dataclass(frozen=True)
class Fit:
    """How well something fits, beside what real data score.

    Args:
        value: Of the synthetic data.
        ceiling: Of real data.
    """

    value: float | None
    ceiling: float | None


def fits(findings: Findings, metric: str, table: str) -> dict[tuple[str, ...], Fit]:
    """The fit of everything the metric measures of the table."""
    found = findings.measured[metric]
    ceilings = {m.items: m.value for m in found.ceiling if m.table == table}
    return {m.items: Fit(m.value, ceilings.get(m.items)) for m in found.synthetic if m.table == table}


def badness(fit: Fit | None) -> float:
    """A number that is smaller for columns that fit worse."""
    return 2.0 if fit is None or fit.value is None else fit.value
