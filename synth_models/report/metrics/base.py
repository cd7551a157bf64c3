"""What a metric is: one number per column, pair, key or table, and one that stands for all of them."""

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean
from typing import ClassVar, final

from synth_models.registry import Registry
from synth_models.report.trial import Trial

Detail = float | int | str | None | Mapping[str, float]


class Group(StrEnum):
    """What a metric speaks of."""

    VALIDITY = "validity"
    FIDELITY = "fidelity"
    STRUCTURE = "structure"
    PRIVACY = "privacy"


class Pool(StrEnum):
    """How many numbers become one."""

    MEAN = "mean"
    MAX = "max"


@final
@dataclass(frozen=True, slots=True)
class Measurement:
    """One number.

    Args:
        table: The table it belongs to (for a foreign key: the child).
        items: Which columns of it; none if the number is about the table as a whole.
        value: The number, None if it cannot be measured here.
        aspect: What of the metric it measures, for metrics that have several; each aspect weighs the same.
        details: More numbers about the same thing.
        error: The standard error of the value, where chance is known.
        alarm: What else was seen that real data do not show, in words; then a score of privacy is not good.
    """

    table: str
    items: tuple[str, ...]
    value: float | None
    aspect: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)
    error: float | None = None
    alarm: str = ""


class Metric(ABC):
    """A way to compare two sides; stateless.

    Attributes:
        name: In the registry and in the JSON.
        title: On the page.
        meaning: What the headline number says, in one plain sentence.
        definition: How it is computed, for the appendix.
        group: What it speaks of.
        rank: Where it stands in the list of metrics.
        goal: The best value.
        bounds: The least and the greatest value there can be.
        pool: How the headline number comes from the measurements.
        marks: From which place between floor (0) and ceiling (1) a score is good, and fair; None: ``near``
            decides.
        near: How far below the ceiling a score is good, and fair, where the floor is no lower than the
            ceiling; None if nothing can be told then.
        reachable: Whether real data reach the goal, however few rows there are: then it stands in for a
            ceiling that is missing.
        limit: What the value must reach, or not exceed, unless the reader sets another threshold; None: no
            threshold.
        on_kept: Whether it says anything about a table that was kept as it is.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    meaning: ClassVar[str]
    definition: ClassVar[str]
    group: ClassVar[Group]
    rank: ClassVar[int]
    goal: ClassVar[float] = 1.0
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    pool: ClassVar[Pool] = Pool.MEAN
    marks: ClassVar[tuple[float, float] | None] = (0.75, 0.4)
    near: ClassVar[tuple[float, float] | None] = None
    reachable: ClassVar[bool] = False
    limit: ClassVar[float | None] = None
    on_kept: ClassVar[bool] = False

    @classmethod
    def more_is_better(cls) -> bool:
        """Whether the goal is the greatest value there can be."""
        return cls.goal == cls.bounds[1]

    @abstractmethod
    def compute(self, trial: Trial) -> list[Measurement]:
        """Every number of the metric."""


METRICS: Registry[Metric] = Registry("metric")
"""The metrics there are, by name."""


def pooled(measurements: Iterable[Measurement], pool: Pool) -> float | None:
    """One number for all: the mean over aspects of the mean, or the greatest; None if there is none."""
    aspects: dict[str, list[float]] = {}
    for measurement in measurements:
        if measurement.value is not None:
            aspects.setdefault(measurement.aspect, []).append(measurement.value)
    if not aspects:
        return None
    if pool is Pool.MAX:
        return max(max(values) for values in aspects.values())
    return fmean(fmean(values) for values in aspects.values())


def pooled_error(measurements: Iterable[Measurement], pool: Pool) -> float | None:
    """The standard error of ``pooled``, the numbers being independent; None if one of theirs is not known."""
    found = [m for m in measurements if m.value is not None]
    if not found or any(m.error is None for m in found):
        return None
    if pool is Pool.MAX:
        return max(found, key=lambda m: m.value or 0.0).error
    return math.sqrt(sum((m.error or 0.0) ** 2 for m in found)) / len(found)


def headline(measurements: Sequence[Measurement], pool: Pool, kept: Collection[str]) -> float | None:
    """The pooled number of all tables that are not kept as they are."""
    return pooled((m for m in measurements if m.table not in kept), pool)


def by_table(measurements: Sequence[Measurement], pool: Pool) -> dict[str, float | None]:
    """The pooled number of each table."""
    tables = dict.fromkeys(m.table for m in measurements)
    return {name: pooled((m for m in measurements if m.table == name), pool) for name in tables}
