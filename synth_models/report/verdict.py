"""The report in four lines: validity, fidelity, structure and privacy, each with a light and a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, final

from synth_models.report.metrics import METRICS
from synth_models.report.metrics.base import Group
from synth_models.report.score import Mark, Score

ENOUGH = 0.6
"""The place between floor (0) and ceiling (1) that fidelity and structure must reach on average."""
_VALID = 0.98
_TITLES = {
    Group.VALIDITY: "Validity",
    Group.FIDELITY: "Fidelity",
    Group.STRUCTURE: "Structure",
    Group.PRIVACY: "Privacy",
}


@final
@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to think of one side of the data; all numbers are on one scale, 1 is perfect and 0 the worst.

    Args:
        group: validity, fidelity, structure or privacy.
        title: For people.
        score: The mean over the metrics that have a scale; of privacy the one nearest to its threshold.
        ceiling: The same of real data.
        floor: The same of a bad copy.
        threshold: What the score must reach.
        mark: The light: good, fair, poor, or not measured.
        sentence: Why.
    """

    group: str
    title: str
    score: float | None
    ceiling: float | None
    floor: float | None
    threshold: float | None
    mark: Mark
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "mark": str(self.mark)}


def verdicts(scores: Mapping[str, Score], enough: float = ENOUGH) -> list[Verdict]:
    """One verdict per group."""
    by_group = {
        group: [s for s in scores.values() if s.group == group and s.value is not None] for group in Group
    }
    return [
        _privacy(by_group[group]) if group is Group.PRIVACY else _mean(group, by_group[group], enough)
        for group in Group
    ]


def goodness(score: Score, value: float) -> float:
    """A value of the metric on the scale from the worst (0) to the goal (1)."""
    low, high = METRICS.get(score.name).bounds
    worst = low if score.goal == high else high
    return min(1.0, max(0.0, (value - worst) / (score.goal - worst)))


def _mean(group: Group, found: Sequence[Score], enough: float) -> Verdict:
    whole = [s for s in found if s.ceiling is not None or METRICS.get(s.name).reachable]
    scaled = [s for s in whole if s.position is not None] or whole
    if not scaled:
        return _nothing(group)
    score = fmean(goodness(s, s.value or 0.0) for s in scaled)
    top = fmean(goodness(s, s.goal if s.ceiling is None else s.ceiling) for s in scaled)
    floors = [goodness(s, s.floor) for s in scaled if s.floor is not None]
    floor = fmean(floors) if len(floors) == len(scaled) else None
    threshold = _VALID if group is Group.VALIDITY else None
    if group is not Group.VALIDITY and floor is not None and any(s.position is not None for s in scaled):
        threshold = floor + enough * (top - floor)
    mark = _light(found, score, threshold)
    return Verdict(
        group=str(group),
        title=_TITLES[group],
        score=score,
        ceiling=top,
        floor=floor,
        threshold=threshold,
        mark=mark,
        sentence=_sentence(found, mark),
    )


def _light(found: Sequence[Score], score: float, threshold: float | None) -> Mark:
    """By the threshold and the marks; without a threshold by the marks alone."""
    marks = {s.mark for s in found}
    if any(s.passed is False for s in found) or (threshold is not None and score < threshold):
        return Mark.POOR
    if threshold is not None:
        return Mark.FAIR if Mark.POOR in marks else Mark.GOOD
    return next(mark for mark in (Mark.POOR, Mark.FAIR, Mark.UNCLEAR, Mark.GOOD) if mark in marks)


def _privacy(found: Sequence[Score]) -> Verdict:
    """The metric that stands worst against its threshold speaks for all."""
    limited = [s for s in found if s.threshold is not None]
    if not limited:
        return _nothing(Group.PRIVACY)
    worst = min(limited, key=_room)
    weak = [s for s in found if s.mark in (Mark.POOR, Mark.FAIR)]
    broken = [s for s in found if s.passed is False]
    mark = Mark.POOR if broken else Mark.FAIR if weak else Mark.GOOD
    value, limit = worst.value or 0.0, worst.threshold or 0.0
    return Verdict(
        group=str(Group.PRIVACY),
        title=_TITLES[Group.PRIVACY],
        score=goodness(worst, value),
        ceiling=None if worst.ceiling is None else goodness(worst, worst.ceiling),
        floor=None if worst.floor is None else goodness(worst, worst.floor),
        threshold=goodness(worst, limit),
        mark=mark,
        sentence=_look_at(broken or weak) if weak else f"Nothing stands out. Least room: {_told(worst)}.",
    )


def _room(score: Score) -> float:
    """How much of the way from the threshold to the goal is left; below 0 beyond the threshold."""
    value, limit = score.value or 0.0, score.threshold or 0.0
    return (value - limit) / (score.goal - limit) if score.goal != limit else 0.0


def _sentence(found: Sequence[Score], light: Mark) -> str:
    """What stands worst."""
    broken = [s for s in found if s.passed is False]
    if broken:
        return _look_at(broken)
    weak = [s for s in found if s.mark in (Mark.POOR, Mark.FAIR)]
    if light is Mark.UNCLEAR:
        return "There are too few rows to tell: independent columns score as real data do."
    if light is Mark.GOOD and not weak:
        return "Nothing stands out: the scores are where those of real data are."
    worst = max(weak or found, key=_gap)
    real = "" if worst.ceiling is None else f", real data {_number(worst.ceiling)}"
    table = "" if worst.worst is None else f"; worst in {worst.worst}: {_number(worst.worst_value)}"
    return f"Weakest: {worst.title} ({_number(worst.value)}{real}{table})."


def _gap(score: Score) -> float:
    """How far below real data, on the scale from the worst to the goal."""
    top = score.goal if score.ceiling is None else score.ceiling
    return goodness(score, top) - goodness(score, score.value or 0.0)


def _look_at(broken: Sequence[Score]) -> str:
    told = ", ".join(map(_told, broken[:3]))
    alarms = [s.alarm for s in broken if s.alarm]
    return f"Look at: {told}{f' ({alarms[0]})' if alarms else ''}."


def _told(score: Score) -> str:
    limit = "" if score.threshold is None else f" (threshold {_number(score.threshold)})"
    return f"{score.title} {_number(score.value)}{limit}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _nothing(group: Group) -> Verdict:
    return Verdict(
        group=str(group),
        title=_TITLES[group],
        score=None,
        ceiling=None,
        floor=None,
        threshold=None,
        mark=Mark.NONE,
        sentence="Could not be measured: there are too few rows, or no held-out data.",
    )
