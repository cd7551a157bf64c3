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
        worst: The table that stands worst, if there are several and it is not good.
        worst_value: What that table scores.
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
    worst: str | None = None
    worst_value: float | None = None

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
_TOO_FAR = 0.05
"""Below the ceiling, where there is no scale."""
_BETTER = {Mark.POOR: Mark.FAIR, Mark.FAIR: Mark.GOOD}


def scored(
    metric: Metric,
    value: float | None,
    ceiling: float | None,
    floor: float | None,
    *,
    error: float | None = None,
    threshold: float | None = None,
    alarm: str = "",
    worst: tuple[str, float] | None = None,
) -> Score:
    """The score of a metric, marked by where the value stands between floor and ceiling.

    A value beyond its threshold is poor. One that chance alone may have set below the ceiling is marked one
    step better. One of privacy that is surely worse, or that comes with an alarm, is not good, however near.
    """
    top = _top(metric, ceiling)
    blind = ceiling is None and not metric.reachable
    chance = _SURE * (error or 0.0)
    short = None if value is None else shortfall(metric, value, top)
    position = None
    if short is not None and floor is not None and not blind:
        position = _position(short, shortfall(metric, floor, top), chance)
    mark = _mark(metric, short, position, chance, blind=blind)
    if short is not None and error is not None and short <= chance:
        mark = _BETTER.get(mark, mark)
    surely = short is not None and error is not None and short > chance
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
        worst=None if worst is None else worst[0],
        worst_value=None if worst is None else worst[1],
    )
    return replace(score, mark=Mark.POOR) if score.passed is False else score


def _top(metric: Metric, ceiling: float | None) -> float:
    """The upper end: what real data score, or the goal; of privacy the easier one."""
    if ceiling is None:
        return metric.goal
    if metric.group is Group.PRIVACY:
        return min(metric.goal, ceiling) if metric.more_is_better() else max(metric.goal, ceiling)
    return ceiling


def shortfall(metric: Metric, value: float, top: float) -> float:
    """How much worse than the ceiling; negative if it is better."""
    return top - value if metric.more_is_better() else value - top


def _position(short: float, length: float, chance: float) -> float | None:
    """Where the value is on the way from the floor; None if the way is so short that chance decides."""
    if length < max(_NARROW, chance):
        return None
    return min(1.0, max(0.0, 1 - short / length))


def _mark(metric: Metric, short: float | None, position: float | None, chance: float, *, blind: bool) -> Mark:
    if short is None:
        return Mark.NONE
    if blind:
        return Mark.UNCLEAR
    on_scale = None if position is None or metric.marks is None else _step(position, metric.marks)
    if metric.near is None:
        return on_scale or (Mark.POOR if short > max(_TOO_FAR, chance) else Mark.UNCLEAR)
    good, fair = metric.near
    close = _step(-short, (-good, -fair))
    if on_scale is None or metric.group is Group.PRIVACY:
        return on_scale or close
    return min(on_scale, close, key=list(Mark).index)  # near to real data is good, however near the floor is


def _step(place: float, marks: tuple[float, float]) -> Mark:
    good, fair = marks
    return Mark.GOOD if place >= good else Mark.FAIR if place >= fair else Mark.POOR
