"""Points in time."""

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, MIN_COUNT, Codec, check_options, checked_min_count
from synth_models.columns.calendar import DayGrid, weekday
from synth_models.columns.clock import HOUR, ClockGrid
from synth_models.columns.date import DAY, days_from, days_state, decode_days, exactly, fit_days
from synth_models.columns.grid import NumberGrid
from synth_models.columns.time_format import TimeFormat

_MICROS_A_DAY = 86_400_000_000


@COLUMN_TYPES.register("datetime")
@final
class DatetimeCodec(Codec):
    """Points in time: one exact token if there are few, else the tokens of the day and of the time of day.

    Numbers are seconds since 1970, in UTC where the column has a time zone, exact to the microsecond. The
    time of day is left out where it is always the same. Options: ``format`` (strftime, detected by default)
    and ``min_count`` (5).

    Example:
        >>> stamps = pd.Series(pd.date_range("2024-01-30", periods=200, freq="7h"))
        >>> codec = DatetimeCodec.fit(stamps)
        >>> codec.sizes
        (3, 32, 25)
    """

    continuous = True
    derived_sizes = (8,)

    def __init__(
        self, days: NumberGrid | DayGrid | None, clock: ClockGrid | NumberGrid, form: TimeFormat
    ) -> None:
        self._days, self._clock, self._form = days, clock, form
        parts = [clock] if days is None else [days] if isinstance(clock, NumberGrid) else [days, clock]
        self.sizes = tuple(size for part in parts for size in part.sizes)
        self.ordered = (True,) * len(self.sizes)

    @classmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        check_options("datetime", values, options, ("format", "min_count"))
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        form = TimeFormat.of(values, options.get("format"))
        seconds = form.read(values)
        days, clock = _split(seconds)
        if pd.Series(clock).nunique() <= 1:  # the day is all there is to learn
            return cls(
                fit_days(days, min_count), NumberGrid.fit(clock[~np.isnan(clock)], min_count=min_count), form
            )
        if exactly(seconds, min_count):
            return cls(None, NumberGrid.fit(seconds, decimals=6, min_count=min_count), form)
        return cls(fit_days(days, min_count), ClockGrid.fit(clock, min_count), form)

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        return self._form.read(values)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        return self._form.write(np.asarray(numbers, dtype=np.float64))

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        numbers = np.asarray(numbers, dtype=np.float64)
        if self._days is None:
            return self._clock.encode(numbers)
        days, clock = _split(numbers)
        tokens = self._days.encode(days)
        if isinstance(self._clock, NumberGrid):
            return tokens
        return np.column_stack([tokens, self._clock.encode(clock)])

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self._days is None:
            return self._clock.decode(tokens, rng)
        n_days = len(self._days.sizes)
        days = decode_days(self._days, tokens[:, :n_days], rng)
        if isinstance(self._clock, NumberGrid):  # the one time of day
            return days * DAY + np.nan_to_num(self._clock.bounds[0])
        return days * DAY + self._clock.decode(tokens[:, n_days:], rng)

    def derived(self, numbers: np.ndarray) -> np.ndarray:
        return weekday(np.floor(np.asarray(numbers, dtype=np.float64) / DAY))

    def allowed(self) -> tuple[np.ndarray, ...]:
        if self._days is None:
            return self._clock.allowed()
        if isinstance(self._clock, NumberGrid):
            return self._days.allowed()
        return (*self._days.allowed(), *self._clock.allowed(self._days.sizes[-1]))

    def state(self) -> dict[str, Any]:
        return {
            "days": None if self._days is None else days_state(self._days),
            "constant": isinstance(self._clock, NumberGrid),
            "clock": self._clock.state(),
            "form": self._form.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        days = None if state["days"] is None else days_from(state["days"])
        clock = (NumberGrid if state["constant"] else ClockGrid).from_state(state["clock"])
        return cls(days, clock, TimeFormat.from_state(state["form"]))


def _split(seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and seconds since midnight, exact to the microsecond."""
    missing = np.isnan(seconds)
    micros = np.rint(np.where(missing, 0, seconds) * 1e6).astype(np.int64)
    days = np.where(missing, np.nan, micros // _MICROS_A_DAY)
    return days, np.where(missing, np.nan, micros % _MICROS_A_DAY / 1e6)
