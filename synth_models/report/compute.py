"""Every metric of the synthetic data, and of both ends of its scale."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import final

from synth_models.data.relational import RelationalData
from synth_models.report.anchors import ceilings, independent, shared_tables
from synth_models.report.metrics import METRICS, Measurement, Metric, Trial
from synth_models.report.metrics.base import BadEnd, by_table, headline
from synth_models.report.score import Score, scored
from synth_models.report.side import Side

Tick = Callable[[str], None]
"""Told what is done next, once per step."""


@final
@dataclass(frozen=True)
class Measured:
    """All numbers of one metric."""

    metric: Metric
    synthetic: list[Measurement]
    ceiling: list[Measurement]
    floor: list[Measurement]

    def score(self, kept: Collection[str]) -> Score:
        """The headline."""
        ends = (self.synthetic, self.ceiling, self.floor)
        return scored(self.metric, *(headline(found, self.metric.pool, kept) for found in ends))

    def table_scores(self) -> dict[str, Score]:
        """The score of each table."""
        value, ceiling, floor = (
            by_table(found, self.metric.pool) for found in (self.synthetic, self.ceiling, self.floor)
        )
        return {name: scored(self.metric, value[name], ceiling.get(name), floor.get(name)) for name in value}


@final
@dataclass(frozen=True)
class Findings:
    """What a report is made of.

    Args:
        trial: The synthetic data held against the original.
        measured: The numbers of every metric by name, in the order they are shown.
        kept: Tables that were kept as they are.
        ceiling_from: What the ceilings are made of, in words; None if there are none.
    """

    trial: Trial
    measured: dict[str, Measured]
    kept: frozenset[str]
    ceiling_from: str | None

    @property
    def scores(self) -> dict[str, Score]:
        """The headline scores, in the order they are shown."""
        return {name: found.score(self.kept) for name, found in self.measured.items()}


def steps() -> int:
    """How often ``compute`` ticks."""
    return 3 * len(METRICS.names()) + 1


def compute(
    original: RelationalData,
    synthetic: RelationalData,
    held_out: RelationalData | None,
    kept: Collection[str],
    *,
    seed: int,
    tick: Tick,
) -> Findings:
    """Measure everything."""
    tick("both ends of the scale")
    kept = frozenset(kept)
    real = Side(original)
    unseen = frozenset(original) - shared_tables(original, held_out) if held_out else frozenset()
    hidden = Side(held_out) if held_out else None
    trial = Trial(real=real, other=Side(synthetic), held_out=hidden, unseen=unseen, seed=seed)
    floors = {
        BadEnd.INDEPENDENT: replace(trial, other=Side(independent(original, seed))),
        BadEnd.COPY: replace(trial, other=real),
    }
    tops = ceilings(trial)
    measured = {}
    for metric in sorted((METRICS.get(name)() for name in METRICS.names()), key=lambda m: m.rank):
        tick(metric.title)
        found = _compute(metric, trial, kept)
        tick(f"{metric.title}: ceiling")
        top = _compute(metric, tops.of(metric.group), kept) if tops else []
        tick(f"{metric.title}: floor")
        measured[metric.name] = Measured(metric, found, top, _compute(metric, floors[metric.bad_end], kept))
    return Findings(trial, measured, kept, tops.source if tops else None)


def _compute(metric: Metric, trial: Trial, kept: frozenset[str]) -> list[Measurement]:
    return metric.compute(trial if metric.on_kept else replace(trial, skip=trial.skip | kept))
