"""Every metric of the synthetic data, and of both ends of its scale."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import final

from synth_models.columns.base import MIN_COUNT
from synth_models.data.relational import RelationalData
from synth_models.report.anchors import ceilings, independent, shared_tables
from synth_models.report.metrics import METRICS, Measurement, Metric, Trial
from synth_models.report.metrics.base import Group, by_table, headline, pooled_error
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
        )

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
    trained: RelationalData | None = None,
    thresholds: Mapping[str, float | None] | None = None,
    min_count: int = MIN_COUNT,
) -> Findings:
    """Measure everything.

    Args:
        original: What the synthetic data are held against.
        synthetic: The synthetic data.
        held_out: Real data that were not trained on.
        kept: Tables that were kept as they are.
        seed: Of every random draw.
        tick: Told what is done next.
        trained: What was trained on, for privacy; None: ``original``.
        thresholds: By metric, in the place of its ``limit``; None for none.
        min_count: That of the training.
    """
    tick("both ends of the scale")
    kept = frozenset(kept)
    trial = _trial(original, synthetic, held_out, seed)
    private = trial if trained is None else _trial(trained, synthetic, held_out, seed)
    tops = ceilings(trial)
    top_of_privacy = tops if trained is None else ceilings(private)
    fidelity = _Ends(
        kept, trial, tops and tops.fidelity, replace(trial, other=Side(independent(original, seed)))
    )
    privacy = _Ends(
        kept, private, top_of_privacy and top_of_privacy.privacy, replace(private, other=private.real)
    )
    wanted = dict(thresholds or {})
    measured = {}
    for metric in sorted((METRICS.get(name)() for name in METRICS.names()), key=lambda m: m.rank):
        ends = privacy if metric.group is Group.PRIVACY else fidelity
        tick(metric.title)
        found = ends.trial(metric)
        tick(f"{metric.title}: ceiling")
        ceiling = ends.ceiling(metric)
        tick(f"{metric.title}: floor")
        floor = ends.floor(metric)
        threshold = wanted.get(metric.name, metric.limit)
        measured[metric.name] = Measured(metric, found, ceiling, floor, threshold)
    return Findings(trial, private, measured, kept, tops.source if tops else None, min_count)


def _trial(
    real: RelationalData, synthetic: RelationalData, held_out: RelationalData | None, seed: int
) -> Trial:
    unseen = frozenset(real) - shared_tables(real, held_out) if held_out else frozenset()
    hidden = Side(held_out) if held_out else None
    return Trial(real=Side(real), other=Side(synthetic), held_out=hidden, unseen=unseen, seed=seed)


@final
class _Ends:
    """The synthetic data and both ends of the scale, each with and without the tables that are kept."""

    def __init__(self, kept: frozenset[str], trial: Trial, ceiling: Trial | None, floor: Trial) -> None:
        self.trial, self.floor = _metered(trial, kept), _metered(floor, kept)
        self.ceiling = _metered(ceiling, kept) if ceiling else _nothing


def _metered(trial: Trial, kept: frozenset[str]) -> Callable[[Metric], list[Measurement]]:
    made = replace(trial, skip=trial.skip | kept) if kept else trial
    return lambda metric: metric.compute(trial if metric.on_kept else made)


def _nothing(_: Metric) -> list[Measurement]:
    return []
