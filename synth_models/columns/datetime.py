"""Points in time."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import (
    COLUMN_TYPES,
    MIN_COUNT,
    Codec,
    Kind,
    check_options,
    checked_min_count,
    threshold,
)
from synth_models.columns.calendar import DayGrid, weekday
from synth_models.columns.clock import ClockGrid
from synth_models.columns.date import DAY, days_from, days_state, decode_days, exactly, fit_days
from synth_models.columns.grid import NumberGrid
from synth_models.columns.reading import Cells, read_dates
from synth_models.columns.support import entity_count, entity_ends
from synth_models.columns.time_format import TimeFormat, seconds, time_faults, time_likeness

_MICROS_A_DAY = 86_400_000_000
_ENDLESS = (-np.inf, np.inf)


@COLUMN_TYPES.register("datetime", "timestamp")
@final
class DatetimeCodec(Codec):
    """Points in time: one exact token if there are few, else the tokens of the day and of the time of day.

    Numbers are seconds since 1970, in UTC where the column has a time zone, exact to the microsecond (until
    2255); tokens tell the day and the time that clocks in that zone show. The time of day is left out where
    it is always the same. Options: ``format`` (strftime, detected by default) and ``min_count`` (5).

    Example:
        >>> stamps = pd.Series(pd.date_range("2024-01-30", periods=200, freq="7h"))
        >>> DatetimeCodec.fit(stamps).sizes  # January to March, the day, the hour
        (4, 32, 25)
    """

    options = ("format", "min_count")
    kind = Kind.TIME

    continuous = True
    derived_sizes = (8,)

    def __init__(
        self,
        days: NumberGrid | DayGrid,
        clock: ClockGrid | float | None,
        ends: tuple[float, float],
        form: TimeFormat,
        min_count: int,
    ) -> None:
        self._days = days  # without a clock: a grid of the points in time themselves
        self._clock = clock  # a number: the one time of day
        self._ends = ends  # what decoded points in time are kept within, by the clock
        self._form, self._min_count = form, min_count
        self.sizes = (*days.sizes, *clock.sizes) if isinstance(clock, ClockGrid) else days.sizes
        self.ordered = (True,) * len(self.sizes)

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return time_faults(values)

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        return time_likeness(values, whole_days=False)

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return read_dates(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        return seconds(values)

    @classmethod
    def fit(
        cls, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None, **options: Any
    ) -> Self:
        check_options("datetime", values, options, cls.options)
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        least = threshold(values, min_count, seed)
        form = TimeFormat.of(values, options.get("format"))
        seconds = form.read(values)
        local = form.local(seconds)
        days, time = _split(local)
        given = time[~np.isnan(time)]
        if not len(given) or (given == given[0]).all():  # the day is all there is to learn
            low, _ = NumberGrid.fit(time, min_count=least, entities=entities).bounds
            return cls(fit_days(days, least, entities), float(np.nan_to_num(low)), _ENDLESS, form, min_count)
        if exactly(seconds, least, entities):
            grid = NumberGrid.fit(seconds, decimals=6, min_count=least, entities=entities)
            return cls(grid, None, _ENDLESS, form, min_count)
        clock, ends = _within_ends(ClockGrid.fit(time, least, entities), local, least, entities)
        days, _ = _split(np.clip(local, *ends))
        return cls(fit_days(days, least, entities), clock, ends, form, min_count)

    def grow(self, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None) -> Self:
        least = threshold(values, self._min_count, seed)
        seconds = self.to_numbers(values)
        if self._clock is None:
            grid = self._days.grow(seconds, min_count=least, entities=entities)
            return type(self)(grid, None, self._ends, self._form, self._min_count)
        local, clock, ends = self._form.local(seconds), self._clock, self._ends
        if isinstance(clock, ClockGrid):
            clock, (low, high) = _within_ends(
                clock.grow(_split(local)[1], least, entities), local, least, entities
            )
            if np.isfinite(low):
                ends = (min(low, ends[0]), max(high, ends[1]))
        days, _ = _split(np.clip(local, *ends))
        grown = self._days.grow(days, min_count=least, entities=entities)
        return type(self)(grown, clock, ends, self._form, self._min_count)

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        return self._form.read(values)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        return self._form.write(np.asarray(numbers, dtype=np.float64))

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        numbers = np.asarray(numbers, dtype=np.float64)
        if self._clock is None:
            return self._days.encode(numbers)
        days, time = _split(np.clip(self._form.local(numbers), *self._ends))
        tokens = self._days.encode(days)
        if isinstance(self._clock, ClockGrid):
            return np.column_stack([tokens, self._clock.encode(time)])
        return tokens

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        n_days = len(self._days.sizes)
        days = decode_days(self._days, tokens[:, :n_days], rng)
        if self._clock is None:
            return days
        clock = self._clock
        time = clock.decode(tokens[:, n_days:], rng) if isinstance(clock, ClockGrid) else clock
        return self._form.utc(np.clip(days * DAY + time, *self._ends))

    def derived(self, numbers: np.ndarray) -> np.ndarray:
        return weekday(np.floor(self._form.local(np.asarray(numbers, dtype=np.float64)) / DAY))

    def periods(self, numbers: np.ndarray) -> np.ndarray | None:
        if not isinstance(self._days, DayGrid):
            return None
        return self._days.months(_split(self._form.local(numbers))[0])

    def period_tokens(self, periods: np.ndarray) -> np.ndarray:
        assert isinstance(self._days, DayGrid)
        return self._days.month_tokens(periods)

    def ranks(self) -> tuple[np.ndarray, ...]:
        return (*self._days.ranks(), *(self._clock.ranks() if isinstance(self._clock, ClockGrid) else ()))

    def allowed(self) -> tuple[np.ndarray, ...]:
        days = self._days.allowed()
        return (
            (*days, *self._clock.allowed(self._days.sizes[-1]))
            if isinstance(self._clock, ClockGrid)
            else days
        )

    def state(self) -> dict[str, Any]:
        clock = self._clock
        return {
            "days": days_state(self._days),
            "clock": clock.state() if isinstance(clock, ClockGrid) else clock,
            "ends": list(self._ends),
            "form": self._form.state(),
            "min_count": self._min_count,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        clock = state["clock"]
        made = ClockGrid.from_state(clock) if isinstance(clock, Mapping) else clock
        low, high = state["ends"]
        form = TimeFormat.from_state(state["form"])
        return cls(days_from(state["days"]), made, (low, high), form, state["min_count"])


def _within_ends(
    clock: ClockGrid, local: np.ndarray, least: int, entities: np.ndarray | None
) -> tuple[ClockGrid, tuple[float, float]]:
    """The clock, and what decoded points in time are kept within; nothing if so few may not tell."""
    if entity_count(local, entities) < least:
        return clock, _ENDLESS
    days, time = _split(np.array(entity_ends(local, least, entities)))
    low, high = days * DAY + clock.snap(time)
    return clock.also(clock.snap(time)), (float(low), float(high))


def _split(seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and seconds since midnight, exact to the microsecond."""
    missing = np.isnan(seconds)
    micros = np.rint(np.where(missing, 0, seconds) * 1e6).astype(np.int64)
    days = np.where(missing, np.nan, micros // _MICROS_A_DAY)
    return days, np.where(missing, np.nan, micros % _MICROS_A_DAY / 1e6)
