"""What was found: every number of every metric, and the scores that are made of them."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import final

from synth_models.columns.base import MIN_COUNT
from synth_models.report.metrics import Measurement, Metric, Trial
from synth_models.report.metrics.base import by_table, headline, pooled_error
from synth_models.report.score import Mark, Score, scored, shortfall


@final
@dataclass(frozen=True)
class Measured:
    """All numbers of one metric."""

    metric: Metric
    synthetic: list[Measurement]
    ceiling: list[Measurement]
    floor: list[Measurement]
    threshold: float | None

    def score(self, kept: Collection[str]) -> Score:
        """The headline."""
        ends = (self.synthetic, self.ceiling, self.floor)
        counted = [m for m in self.synthetic if m.table not in kept]
        return scored(
            self.metric,
            *(headline(found, self.metric.pool, kept) for found in ends),
            error=pooled_error(counted, self.metric.pool),
            threshold=self.threshold,
            alarm="; ".join(m.alarm for m in counted if m.alarm),
            worst=self._worst(kept),
        )

    def _worst(self, kept: Collection[str]) -> tuple[str, float] | None:
        """Of the tables that are not good, if there are several tables, the one farthest below real data."""
        scores = {name: s for name, s in self.table_scores.items() if name not in kept}
        found = {
            name: (shortfall(self.metric, s.value, s.goal if s.ceiling is None else s.ceiling), s.value)
            for name, s in scores.items()
            if s.value is not None and s.mark in (Mark.FAIR, Mark.POOR)
        }
        if not found or len(scores) < 2:
            return None
        name = max(found, key=lambda table: found[table][0])
        return name, found[name][1]

    @cached_property
    def table_scores(self) -> dict[str, Score]:
        """The score of each table."""
        pool = self.metric.pool
        value, ceiling, floor = (
            by_table(found, pool) for found in (self.synthetic, self.ceiling, self.floor)
        )
        own = {name: [m for m in self.synthetic if m.table == name] for name in value}
        return {
            name: scored(
                self.metric,
                value[name],
                ceiling.get(name),
                floor.get(name),
                error=pooled_error(own[name], pool),
                alarm="; ".join(m.alarm for m in own[name] if m.alarm),
            )
            for name in value
        }


@final
@dataclass(frozen=True)
class Findings:
    """What a report is made of.

    Args:
        trial: The synthetic data held against the original.
        private: The synthetic data held against what was trained on.
        measured: The numbers of every metric by name, in the order they are shown.
        kept: Tables that were kept as they are.
        ceiling_from: What the ceilings are made of, in words; None if there are none.
        min_count: How many entities had to share a value before a model could hold it.
    """

    trial: Trial
    private: Trial
    measured: dict[str, Measured]
    kept: frozenset[str]
    ceiling_from: str | None
    min_count: int = MIN_COUNT

    @property
    def scores(self) -> dict[str, Score]:
        """The headline scores, in the order they are shown."""
        return {name: found.score(self.kept) for name, found in self.measured.items()}
