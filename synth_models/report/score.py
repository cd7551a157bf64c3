"""A headline number beside what is the best and the worst to expect of it."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, final

from synth_models.report.metrics.base import Group, Metric


class Mark(StrEnum):
    """How a score stands."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    UNCLEAR = "cannot tell"
    NONE = "not measured"


@final
@dataclass(frozen=True, kw_only=True)
class Score:
    """A headline number.

    Args:
        name: Of the metric.
        title: Of the metric, for people.
        meaning: What the number says, in one sentence.
        group: validity, fidelity, structure or privacy.
        goal: The best value.
        value: What the synthetic data score; None if it cannot be measured.
        ceiling: What real data score against real data.
        floor: What a bad copy scores: independent columns and keys, or (privacy) the original itself.
        position: Where the value stands from the floor (0) to the ceiling (1).
        mark: What to think of it.
        more_is_better: Whether the goal is the greatest value there can be.
        error: The standard error of the value, where chance is known.
        threshold: What the value must reach, or not exceed; None if there is no threshold.
        alarm: What else stands out, in words.
    """

    name: str
    title: str
    meaning: str
    group: str
    goal: float
    value: float | None
    ceiling: float | None
    floor: float | None
    position: float | None
    mark: Mark
    more_is_better: bool = True
    error: float | None = None
    threshold: float | None = None
    alarm: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the value keeps the threshold; None if there is no threshold, or no value."""
        if self.threshold is None or self.value is None:
            return None
        return self.value >= self.threshold if self.more_is_better else self.value <= self.threshold

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "mark": str(self.mark), "passed": self.passed}


_NARROW = 0.02
"""A scale shorter than this tells nothing."""


_SURE = 2.33
"""Standard errors that chance alone exceeds once in a hundred times."""


def scored(
    metric: Metric,
    value: float | None,
    ceiling: float | None,
    floor: float | None,
    *,
    error: float | None = None,
    threshold: float | None = None,
    alarm: str = "",
) -> Score:
    """The score of a metric, marked by where the value stands between floor and ceiling.

    A value beyond its threshold is poor. One of privacy that is worse than the best for sure, or that comes
    with an alarm, is not good, however near to it.
    """
    top = _top(metric, ceiling)
    blind = ceiling is None and not metric.reachable
    position = None if value is None or floor is None or blind else _position(metric, value, top, floor)
    mark = Mark.UNCLEAR if blind and value is not None else _mark(metric, value, top, position)
    surely = value is not None and error is not None and _shortfall(metric, value, top) > _SURE * error
    if metric.group is Group.PRIVACY and (surely or alarm) and mark in (Mark.GOOD, Mark.UNCLEAR):
        mark = Mark.FAIR
    score = Score(
        name=metric.name,
        title=metric.title,
        meaning=metric.meaning,
        group=str(metric.group),
        goal=metric.goal,
        value=value,
        ceiling=ceiling,
        floor=floor,
        position=position,
        mark=mark,
        more_is_better=metric.more_is_better(),
        error=error,
        threshold=threshold,
        alarm=alarm,
    )
    return replace(score, mark=Mark.POOR) if score.passed is False else score


def _top(metric: Metric, ceiling: float | None) -> float:
    """The upper end: what real data score, or the goal; of privacy the easier one."""
    if ceiling is None:
        return metric.goal
    if metric.group is Group.PRIVACY:
        return min(metric.goal, ceiling) if metric.more_is_better() else max(metric.goal, ceiling)
    return ceiling


def _shortfall(metric: Metric, value: float, top: float) -> float:
    """How much worse than the ceiling; negative if it is better."""
    return top - value if metric.more_is_better() else value - top


def _position(metric: Metric, value: float, top: float, floor: float) -> float | None:
    length = _shortfall(metric, floor, top)
    if length < _NARROW:
        return None
    return min(1.0, max(0.0, 1 - _shortfall(metric, value, top) / length))


def _mark(metric: Metric, value: float | None, top: float, position: float | None) -> Mark:
    if value is None:
        return Mark.NONE
    if position is not None and metric.marks is not None:
        good, fair = metric.marks
        return Mark.GOOD if position >= good else Mark.FAIR if position >= fair else Mark.POOR
    return _mark_without_scale(metric, _shortfall(metric, value, top))


def _mark_without_scale(metric: Metric, short: float) -> Mark:
    """By how far the value is from the ceiling, where that means something."""
    if metric.near is None:
        return Mark.POOR if short > 0.05 else Mark.UNCLEAR
    good, fair = metric.near
    return Mark.GOOD if short <= good else Mark.FAIR if short <= fair else Mark.POOR
