"""Every metric of the synthetic data, and of both ends of its scale."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import final

from synth_models.columns.base import MIN_COUNT
from synth_models.data.relational import RelationalData
from synth_models.report.anchors import ceilings, independent, shared_tables
from synth_models.report.findings import Findings, Measured
from synth_models.report.metrics import METRICS, Measurement, Metric, Trial
from synth_models.report.metrics.base import Group
from synth_models.report.side import Side

_AT_ONCE = 2
"""Metrics: some wait for trees to grow, others keep Python busy; each needs memory."""

Tick = Callable[[str], None]
"""Told what is being done, once per step."""


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
        tick: Told what is being done.
        trained: What was trained on, for privacy; None: ``original``.
        thresholds: By metric, in the place of its ``limit``; None for none.
        min_count: That of the training.
    """
    kept = frozenset(kept)
    trial = _trial(original, synthetic, held_out, seed)
    private = trial if trained is None else _trial(trained, synthetic, held_out, seed)
    metrics = sorted((METRICS.get(name)() for name in METRICS.names()), key=lambda m: m.rank)

    def each(end: str, *asked: Trial | None) -> dict[str, list[Measurement]]:
        fidelity, privacy = (_Asked(trial, kept) for trial in asked)

        def measure(metric: Metric) -> list[Measurement]:
            return (privacy if metric.group is Group.PRIVACY else fidelity).measure(metric)

        found = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for metric, measured in zip(metrics, pool.map(measure, metrics), strict=True):
                tick(metric.title + end)
                found[metric.name] = measured
        return found

    # one end after the other, so that only one of them is held in memory beside the data
    values = each("", trial, private)
    tick("real data against real data")
    source, fidelity, privacy = _ceilings(trial, private)
    ceiling = each(": ceiling", fidelity, privacy)
    del fidelity, privacy
    floor = each(
        ": floor",
        replace(trial, other=Side(independent(original, seed))),
        replace(private, other=private.real),
    )
    wanted = dict(thresholds or {})
    measured = {
        metric.name: Measured(
            metric,
            values[metric.name],
            ceiling[metric.name],
            floor[metric.name],
            wanted.get(metric.name, metric.limit),
        )
        for metric in metrics
    }
    return Findings(trial, private, measured, kept, source, min_count)


def _ceilings(trial: Trial, private: Trial) -> tuple[str | None, Trial | None, Trial | None]:
    """What they are made of, in words, and the trials for fidelity and for privacy."""
    tops = ceilings(trial)
    if tops is None:
        return None, None, None
    private_tops = tops if private is trial else ceilings(private)
    return tops.source, tops.fidelity, None if private_tops is None else private_tops.privacy


def _trial(
    real: RelationalData, synthetic: RelationalData, held_out: RelationalData | None, seed: int
) -> Trial:
    unseen = frozenset(real) - shared_tables(real, held_out) if held_out else frozenset()
    hidden = Side(held_out) if held_out else None
    return Trial(real=Side(real), other=Side(synthetic), held_out=hidden, unseen=unseen, seed=seed)


@final
class _Asked:
    """A trial, if there is one, with and without the tables that are kept: most metrics do without."""

    def __init__(self, trial: Trial | None, kept: frozenset[str]) -> None:
        self._whole = trial
        self._made = replace(trial, skip=trial.skip | kept) if trial and kept else trial

    def measure(self, metric: Metric) -> list[Measurement]:
        trial = self._whole if metric.on_kept else self._made
        return metric.compute(trial) if trial else []
