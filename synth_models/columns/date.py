"""Calendar days."""

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
from synth_models.columns.grid import NumberGrid
from synth_models.columns.reading import Cells, read_dates
from synth_models.columns.support import Support
from synth_models.columns.time_format import TimeFormat, seconds, time_faults, time_likeness

MAX_EXACT = 60
DAY = 86_400.0  # seconds


@COLUMN_TYPES.register("date")
@final
class DateCodec(Codec):
    """Days: one exact token if there are few, else month and day; the weekday is derived.

    Numbers are days since 1970. Strings, dates, timestamps come out in the form they came in. Options:
    ``format`` (strftime, detected by default) and ``min_count`` (5).

    Example:
        >>> codec = DateCodec.fit(pd.Series(["31.01.2024", "29.02.2024"] * 20))
        >>> codec.decode(codec.encode(pd.Series(["29.02.2024"])), np.random.default_rng(0)).tolist()
        ['29.02.2024']
    """

    options = ("format", "min_count")
    kind = Kind.TIME

    continuous = True
    derived_sizes = (8,)

    def __init__(self, grid: NumberGrid | DayGrid, form: TimeFormat, min_count: int) -> None:
        self._grid, self._form, self._min_count = grid, form, min_count
        self.sizes = grid.sizes
        self.ordered = (True,) * len(grid.sizes)

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        return time_faults(values)

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        return time_likeness(values, whole_days=True)

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
        check_options("date", values, options, cls.options)
        min_count = checked_min_count(values, options.get("min_count", MIN_COUNT))
        form = TimeFormat.of(values, options.get("format"))
        days = np.floor(form.local(form.read(values)) / DAY)
        return cls(fit_days(days, threshold(values, min_count, seed), entities), form, min_count)

    def grow(self, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None) -> Self:
        grid = self._grid.grow(
            self.to_numbers(values), min_count=threshold(values, self._min_count, seed), entities=entities
        )
        return type(self)(grid, self._form, self._min_count)

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        return np.floor(self._form.local(self._form.read(values)) / DAY)

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        days = np.floor(np.asarray(numbers, dtype=np.float64))
        return self._form.write(self._form.utc(days * DAY))

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        return self._grid.encode(np.asarray(numbers, dtype=np.float64))

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return decode_days(self._grid, tokens, rng)

    def derived(self, numbers: np.ndarray) -> np.ndarray:
        return weekday(np.asarray(numbers, dtype=np.float64))

    def periods(self, numbers: np.ndarray) -> np.ndarray | None:
        return self._grid.months(numbers) if isinstance(self._grid, DayGrid) else None

    def period_tokens(self, periods: np.ndarray) -> np.ndarray:
        assert isinstance(self._grid, DayGrid)
        return self._grid.month_tokens(periods)

    def ranks(self) -> tuple[np.ndarray, ...]:
        return self._grid.ranks()

    def allowed(self) -> tuple[np.ndarray, ...]:
        return self._grid.allowed()

    def state(self) -> dict[str, Any]:
        return {
            "days": days_state(self._grid),
            "form": self._form.state(),
            "min_count": self._min_count,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(days_from(state["days"]), TimeFormat.from_state(state["form"]), state["min_count"])


def fit_days(days: np.ndarray, min_count: int, entities: np.ndarray | None) -> NumberGrid | DayGrid:
    """An exact grid if there are few days and all are frequent, else months and days."""
    if exactly(days, min_count, entities):
        return NumberGrid.fit(days, decimals=0, min_count=min_count, entities=entities)
    return DayGrid.fit(days, min_count, entities)


def exactly(numbers: np.ndarray, min_count: int, entities: np.ndarray | None) -> bool:
    """Whether a token for each number is better: few distinct ones, each shared by enough entities."""
    if pd.Series(numbers[:100_000]).nunique() >= MAX_EXACT:
        return False
    place, kinds = pd.factorize(numbers)
    if not 0 < len(kinds) < MAX_EXACT:
        return False
    given = place >= 0
    support = Support.of(place[given], len(kinds), None if entities is None else np.asarray(entities)[given])
    return bool(support.each.min() >= min_count)


def decode_days(grid: NumberGrid | DayGrid, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tokens of either grid to days."""
    return grid.decode(tokens) if isinstance(grid, DayGrid) else grid.decode(tokens, rng)


def days_state(grid: NumberGrid | DayGrid) -> dict[str, Any]:
    """The state of either grid."""
    return {"calendar": isinstance(grid, DayGrid), "grid": grid.state()}


def days_from(state: Mapping[str, Any]) -> NumberGrid | DayGrid:
    """The inverse of ``days_state``."""
    return (DayGrid if state["calendar"] else NumberGrid).from_state(state["grid"])
