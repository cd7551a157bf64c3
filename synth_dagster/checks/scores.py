"""The scores of a report, held against the limits of a synthesis."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import dagster as dg

from synth_dagster.settings import CheckSettings, ThresholdSettings
from synth_models.report.metrics import METRICS
from synth_models.report.metrics.base import Group

Scores = Mapping[str, Mapping[str, Any]]
"""Per metric what the report says of it: value, ceiling, floor, position, group, title."""


@final
@dataclass(frozen=True)
class Outcome:
    """What came out of holding scores against limits.

    Args:
        faults: A sentence for each limit that is not kept.
        shown: The numbers that were looked at.
    """

    faults: tuple[str, ...]
    shown: Mapping[str, float]

    def result(
        self,
        context: dg.AssetCheckExecutionContext,
        key: dg.AssetKey,
        check: str,
        severity: dg.AssetCheckSeverity,
    ) -> dg.AssetCheckResult:
        """The result of a check; what is wrong is in the log too, where a failed run is read first."""
        for fault in self.faults:
            context.log.warning(f"{check}: {fault}")
        return dg.AssetCheckResult(
            asset_key=key,
            check_name=check,
            passed=not self.faults,
            severity=severity,
            description="; ".join(self.faults) or "within the limits",
            metadata=dict(self.shown),
        )


_PRIVACY = (
    (
        "copies",
        "max_excess_copies",
        "of the rows are copies beyond chance",
        "every table has few rows, or rows that meet by chance (few columns, few values). If none of them "
        "tells of anybody,",
    ),
    (
        "train_share",
        "max_train_share",
        "of the rows are nearer to training rows",
        "too few rows are held out. Raise training.holdout, or",
    ),
    ("entity_copies", "max_excess_copies", "of the entities are copies beyond chance", None),
    ("entity_train_share", "max_train_share", "of the entities are nearer to training ones", None),
)
"""Metric, its setting, what it says, and why it must have been measured, if it must (not all data have
entities).
"""


def limits_of(checks: CheckSettings) -> dict[str, float | None]:
    """By metric what its score must reach or not exceed, for the report."""
    found: dict[str, float | None] = {name: getattr(checks, setting) for name, setting, *_ in _PRIVACY}
    return found | {name: threshold.limit for name, threshold in checks.thresholds.items()}


def privacy_outcome(scores: Scores, limits: CheckSettings) -> Outcome:
    """Copies, and nearness to the rows trained on. What could not be measured does not pass."""
    faults, shown = [], {}
    for name, setting, what, without in _PRIVACY:
        limit = getattr(limits, setting)
        if limit is None or name in limits.thresholds:
            continue
        value = _value(scores, name)
        if value is None:
            if without:
                faults.append(f"{name} could not be measured: {without} set checks.{setting} to null")
            continue
        shown[name] = value
        if value > limit:
            faults.append(f"{value:.1%} {what}, {limit:.1%} are allowed (checks.{setting})")
    return Outcome(tuple(faults), shown)


def fidelity_outcome(scores: Scores, limits: CheckSettings) -> Outcome:
    """The mean place of the scores of fidelity, and of those of structure, between floor (independent
    columns, 0) and ceiling (real data, 1).
    """
    faults, shown = [], {}
    for group in (Group.FIDELITY, Group.STRUCTURE):
        places = [
            float(score["position"])
            for score in scores.values()
            if score["group"] == group and score["position"] is not None
        ]
        if limits.min_fidelity is None or not places:
            continue
        mean = shown[str(group)] = sum(places) / len(places)
        if mean < limits.min_fidelity:
            faults.append(
                f"{group} is {mean:.2f}, {limits.min_fidelity:.2f} is asked for (checks.min_fidelity)"
            )
    return Outcome(tuple(faults), shown)


def threshold_outcome(scores: Scores, name: str, threshold: ThresholdSettings) -> Outcome:
    """One score against its threshold. What could not be measured does not pass."""
    value = _value(scores, name)
    if value is None:
        fault = f"{name} could not be measured. Hold out more rows, or drop checks.thresholds.{name}"
        return Outcome((fault,), {})
    more = METRICS.get(name).more_is_better()
    kept = value >= threshold.limit if more else value <= threshold.limit
    word = "at least" if more else "at most"
    fault = f"{name} is {value:.3f}, {word} {threshold.limit:g} is asked for (checks.thresholds.{name})"
    return Outcome(() if kept else (fault,), {name: value})


def blocks(name: str, threshold: ThresholdSettings) -> bool:
    """Whether a score beyond its threshold stops publishing: as is set, else if it is one of privacy."""
    if threshold.blocks is not None:
        return threshold.blocks
    return METRICS.get(name).group is Group.PRIVACY


def _value(scores: Scores, name: str) -> float | None:
    value = scores[name]["value"] if name in scores else None
    return None if value is None else float(value)
