"""The scores of a report, held against the limits of a synthesis."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import dagster as dg

from synth_dagster.settings import CheckSettings

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


def privacy_outcome(scores: Scores, limits: CheckSettings) -> Outcome:
    """Copies, and nearness to the rows trained on. What could not be measured does not pass."""
    faults, shown = [], {}
    for name, limit, what, setting in (
        ("copies", limits.max_excess_copies, "of the rows are copies beyond chance", "max_excess_copies"),
        ("train_share", limits.max_train_share, "of the rows are nearer to training rows", "max_train_share"),
    ):
        if limit is None:
            continue
        value = _value(scores, name)
        if value is None:
            faults.append(
                f"{name} could not be measured: too few rows are held out. Raise training.holdout, or set "
                f"checks.{setting} to null"
            )
            continue
        shown[name] = value
        if value > limit:
            faults.append(f"{value:.1%} {what}, {limit:.1%} are allowed (checks.{setting})")
    return Outcome(tuple(faults), shown)


def fidelity_outcome(scores: Scores, limits: CheckSettings) -> Outcome:
    """The mean place of the fidelity scores between floor (independent columns, 0) and ceiling (real data,
    1).
    """
    places = [
        float(score["position"])
        for score in scores.values()
        if score["group"] == "fidelity" and score["position"] is not None
    ]
    if limits.min_fidelity is None or not places:
        return Outcome((), {})
    mean = sum(places) / len(places)
    faults = (
        (f"fidelity is {mean:.2f}, {limits.min_fidelity:.2f} is asked for (checks.min_fidelity)",)
        if mean < limits.min_fidelity
        else ()
    )
    return Outcome(faults, {"fidelity": mean})


def _value(scores: Scores, name: str) -> float | None:
    value = scores[name]["value"] if name in scores else None
    return None if value is None else float(value)
