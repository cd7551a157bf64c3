"""Points in time."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, MIN_COUNT, Codec, Kind, check_options, checked_min_count
from synth_models.columns.calendar import DayGrid, weekday
from synth_models.columns.clock import ClockGrid
from synth_models.columns.date import DAY, days_from, days_state, decode_days, exactly, fit_days
from synth_models.columns.grid import NumberGrid
from synth_models.columns.reading import Cells, read_dates
from synth_models.columns.time_format import TimeFormat, seconds, time_faults

_MICROS_A_DAY = 86_400_000_000


@COLUMN_TYPES.register("datetime", "timestamp")
@final
class DatetimeCodec(Codec):
    """Points in time: one exact token if there are few, else the tokens of the day and of the time of day.

    Numbers are seconds since 1970, in UTC where the column has a time zone, exact to the microsecond. The
    time of day is left out where it is always the same. Options: ``format`` (strftime, detected by default)
    and ``min_count`` (5).

    Example:
        >>> stamps = pd.Series(pd.date_range("2024-01-30", periods=200, freq="7h"))
        >>> DatetimeCodec.fit(stamps).sizes  # January to March, the day, the hour
        (4, 32, 25)
    """

    options = ("format", "min_count")
    kind = Kind.TIME

    continuous = True
    derived_sizes = (8,)

    def __init__(self, days: NumberGrid | DayGrid, clock: ClockGrid | float | None, form: TimeFormat) -> None:
        self._days = days  # without a clock: a grid of the points in time themselves
        self._clock = clock  # a number: the one time of day
        self._form = form
        self.sizes = (*days.sizes, *clock.sizes) if isinstance(clock, ClockGrid) else days.sizes
        self.ordered = (True,) * len(self.sizes)

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return time_faults(values)

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        return read_dates(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        return seconds(values)

    @classmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        check_options("datetime", values, options, cls.options)
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        form = TimeFormat.of(values, options.get("format"))
        seconds = form.read(values)
        days, clock = _split(seconds)
        given = clock[~np.isnan(clock)]
        if not len(given) or (given == given[0]).all():  # the day is all there is to learn
            low, _ = NumberGrid.fit(given, min_count=min_count).bounds
            return cls(fit_days(days, min_count), float(np.nan_to_num(low)), form)
        if exactly(seconds, min_count):
            return cls(NumberGrid.fit(seconds, decimals=6, min_count=min_count), None, form)
        return cls(fit_days(days, min_count), ClockGrid.fit(clock, min_count), form)

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        return self._form.read(values)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        return self._form.write(np.asarray(numbers, dtype=np.float64))

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        numbers = np.asarray(numbers, dtype=np.float64)
        if self._clock is None:
            return self._days.encode(numbers)
        days, clock = _split(numbers)
        tokens = self._days.encode(days)
        return (
            np.column_stack([tokens, self._clock.encode(clock)])
            if isinstance(self._clock, ClockGrid)
            else tokens
        )

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        n_days = len(self._days.sizes)
        days = decode_days(self._days, tokens[:, :n_days], rng)
        if self._clock is None:
            return days
        clock = self._clock
        return days * DAY + (clock.decode(tokens[:, n_days:], rng) if isinstance(clock, ClockGrid) else clock)

    def derived(self, numbers: np.ndarray) -> np.ndarray:
        return weekday(np.floor(np.asarray(numbers, dtype=np.float64) / DAY))

    def periods(self, numbers: np.ndarray) -> np.ndarray | None:
        return self._days.months(_split(numbers)[0]) if isinstance(self._days, DayGrid) else None

    def period_tokens(self, periods: np.ndarray) -> np.ndarray:
        assert isinstance(self._days, DayGrid)
        return self._days.month_tokens(periods)

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
            "form": self._form.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        clock = state["clock"]
        made = ClockGrid.from_state(clock) if isinstance(clock, Mapping) else clock
        return cls(days_from(state["days"]), made, TimeFormat.from_state(state["form"]))


def _split(seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and seconds since midnight, exact to the microsecond."""
    missing = np.isnan(seconds)
    micros = np.rint(np.where(missing, 0, seconds) * 1e6).astype(np.int64)
    days = np.where(missing, np.nan, micros // _MICROS_A_DAY)
    return days, np.where(missing, np.nan, micros % _MICROS_A_DAY / 1e6)
