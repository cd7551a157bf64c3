"""Days as tokens: month and day of the month."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from synth_models.columns.base import even_ranks, to_array, to_tensor
from synth_models.columns.support import entity_count, entity_ends

_MAX_MONTHS = 600


@final
@dataclass(frozen=True)
class DayGrid:
    """Days since 1970 <-> tokens, every one with 0 for missing.

    The tokens are the month since the first one and the day of the month; the year, the month and the day if
    there are more than 600 months between the ends. The ends are means over the ``min_count`` most extreme
    rows; days beyond them count as the ends.

    Args:
        low: The first day.
        high: The last day.
        missing: Whether a day can be missing.
        seen: Which months from the first to the last occur.
        fitted: How many months there were before the grid grew.
    """

    low: int
    high: int
    missing: bool
    seen: np.ndarray
    fitted: int

    @classmethod
    def fit(cls, days: np.ndarray, min_count: int, entities: np.ndarray | None = None) -> "DayGrid":
        """A grid for days since 1970, NaN where missing."""
        given = np.floor(days[~np.isnan(days)])
        missing = bool(len(given) < len(days)) or not len(given)
        if not len(given):
            return cls(0, 0, True, np.zeros(1, dtype=bool), 1)
        ends = entity_ends(np.floor(days), min_count, entities)
        low, high = (int(np.floor(end + 1e-6)) for end in ends)
        backed = entity_count(days, entities)
        if backed < min_count:  # so few may tell no more than the year
            low, high = _year_of((low + high) // 2)
        first, last = _months(np.array([low, high]))
        seen = np.zeros(last - first + 1, dtype=bool)
        if backed < 2 * min_count:
            seen[:] = True
        seen[_months(np.clip(given, low, high)) - first] = True
        return cls(low, high, missing, seen, len(seen))

    def grow(self, days: np.ndarray, min_count: int, entities: np.ndarray | None = None) -> "DayGrid":
        """A grid that also knows these days: later months are appended, earlier ones count as the first."""
        given = np.floor(days[~np.isnan(days)])
        low, high, months = self.low, self.high, len(self.seen)
        if entity_count(days, entities) >= min_count:
            last = int(np.floor(entity_ends(np.floor(days), min_count, entities)[1] + 1e-6))
            if not self._long:  # as many tokens as before
                last = min(last, int(_start(np.array([self._first + _MAX_MONTHS]))[0]) - 1)
            high = max(high, last)
            months = int(_months(np.array([high]))[0]) - self._first + 1
        seen = np.r_[self.seen, np.zeros(months - len(self.seen), dtype=bool)]
        seen[_months(np.clip(given, low, high)) - self._first] = True
        return DayGrid(low, high, self.missing or len(given) < len(days), seen, self.fitted)

    @property
    def _first(self) -> int:
        return int(_months(np.array([self.low]))[0])

    @property
    def _long(self) -> bool:
        return len(self.seen) > _MAX_MONTHS

    @property
    def sizes(self) -> tuple[int, ...]:
        """See ``Codec.sizes``."""
        if self._long:
            years = (self._first + len(self.seen) - 1) // 12 - self._first // 12 + 1
            return (years + 1, 13, 32)
        return (len(self.seen) + 1, 32)

    def encode(self, days: np.ndarray) -> np.ndarray:
        """Days to tokens: (rows, 2 or 3) int64."""
        missing = np.isnan(days)
        whole = np.where(missing, self.low, np.clip(np.floor(np.nan_to_num(days)), self.low, self.high))
        months = _months(whole)
        day = whole.astype(np.int64) - _start(months) + 1
        if self._long:
            parts = [months // 12 - self._first // 12 + 1, months % 12 + 1, day]
        else:
            parts = [months - self._first + 1, day]
        tokens = np.stack(parts, axis=1)
        tokens[missing] = 0
        return tokens

    def decode(self, tokens: np.ndarray) -> np.ndarray:
        """Tokens to days, within the ends; a day that a month does not have counts as its last."""
        if self._long:
            months = (self._first // 12 + tokens[:, 0] - 1) * 12 + np.maximum(tokens[:, 1], 1) - 1
        else:
            months = self._first + tokens[:, 0] - 1
        start = _start(months)
        day = np.clip(tokens[:, -1] - 1, 0, _start(months + 1) - start - 1)
        days = np.clip(start + day, self.low, self.high).astype(np.float64)
        return np.where(tokens[:, 0] == 0, np.nan, days)

    def months(self, days: np.ndarray) -> np.ndarray | None:
        """Months since 1970, NaN where missing; None where the first token is a year."""
        if self._long:
            return None
        missing = np.isnan(days)
        return np.where(missing, np.nan, _months(np.where(missing, 0, np.floor(days))).astype(np.float64))

    def month_tokens(self, months: np.ndarray) -> np.ndarray:
        """The first tokens of months since 1970; an unseen month counts as the last seen one before."""
        missing = np.isnan(months)
        place = np.clip(np.nan_to_num(months).astype(np.int64) - self._first, 0, len(self.seen) - 1)
        nearest = np.maximum.accumulate(np.where(self.seen, np.arange(len(self.seen)), 0))
        return np.where(missing, 0, nearest[place] + 1)

    def allowed(self) -> tuple[np.ndarray, ...]:
        """See ``Codec.allowed``."""
        months = self._first + np.flatnonzero(self.seen)
        if self._long:
            years = months // 12 - self._first // 12 + 1
            first = np.isin(np.arange(self.sizes[0]), years)[None, :]
            month = np.zeros((self.sizes[0], 13), dtype=bool)
            month[years, months % 12 + 1] = True
            lengths = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
            day = np.arange(32)[None, :] <= np.r_[0, lengths][:, None]
        else:
            first = np.r_[False, self.seen][None, :]
            month = None
            starts = _start(self._first + np.arange(len(self.seen) + 1))
            number = np.arange(1, 33)[None, :] - 2 + starts[:-1, None]
            inside = (number >= self.low) & (number <= self.high) & (number < starts[1:, None])
            day = np.vstack([np.zeros((1, 32), dtype=bool), inside])
        first[0, 0] = self.missing
        later = [day] if month is None else [month, day]
        for table in later:
            table[:, 0] = ~table[:, 1:].any(axis=1)
            table[0] = np.arange(table.shape[1]) == 0
        return (first, *later)

    def ranks(self) -> tuple[np.ndarray, ...]:
        """See ``Codec.ranks``."""
        fitted = replace(self, seen=self.seen[: self.fitted]).sizes[0] - 1
        first = np.minimum(np.arange(self.sizes[0]) / max(fitted, 1), 1.0)
        return (first, *map(even_ranks, self.sizes[1:]))

    def state(self) -> dict[str, Any]:
        """Plain data and a tensor."""
        return {
            "low": self.low,
            "high": self.high,
            "missing": self.missing,
            "seen": to_tensor(self.seen),
            "fitted": self.fitted,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "DayGrid":
        """The inverse of ``state``."""
        return cls(state["low"], state["high"], state["missing"], to_array(state["seen"]), state["fitted"])


def weekday(days: np.ndarray) -> np.ndarray:
    """The day of the week, 1 for Monday to 7, and 0 for a missing day.

    Shapes:
        returns: (rows, 1) int64
    """
    missing = np.isnan(days)
    return np.where(missing, 0, (np.floor(np.nan_to_num(days)).astype(np.int64) + 3) % 7 + 1)[:, None]


def _months(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _start(months: np.ndarray) -> np.ndarray:
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _year_of(day: int) -> tuple[int, int]:
    year = _months(np.array([day])) // 12 * 12
    return int(_start(year)[0]), int(_start(year + 12)[0]) - 1
