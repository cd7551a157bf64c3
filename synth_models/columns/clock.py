"""The time of day as tokens: the hour, then the seconds within the hour."""

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np

from synth_models.columns.base import even_ranks, to_array, to_tensor
from synth_models.columns.grid import NumberGrid

HOUR = 3600.0  # seconds


@final
class ClockGrid:
    """Seconds since midnight <-> tokens, every first one with 0 for missing.

    Args:
        hours: (24,) which hours occur.
        missing: Whether a time can be missing.
        within: The seconds within the hour.
    """

    def __init__(self, hours: np.ndarray, missing: bool, within: NumberGrid) -> None:
        self._hours, self._missing, self._within = hours, missing, within
        self._fixed = within.sizes[0] == 2 and within.exact  # always as many seconds past the hour
        self.sizes: tuple[int, ...] = (25,) if self._fixed else (25, *within.sizes)

    @classmethod
    def fit(cls, seconds: np.ndarray, min_count: int, entities: np.ndarray | None = None) -> Self:
        """A grid for seconds since midnight, NaN where missing; at least one is given."""
        given = seconds[~np.isnan(seconds)]
        hours = np.isin(np.arange(24), np.floor(given / HOUR))
        within = NumberGrid.fit(seconds % HOUR, min_count=min_count, entities=entities)
        return cls(hours, len(given) < len(seconds), within)

    def grow(self, seconds: np.ndarray, min_count: int, entities: np.ndarray | None = None) -> "ClockGrid":
        """A grid that also knows these times; the seconds within the hour as far as there is a token."""
        given = seconds[~np.isnan(seconds)]
        hours = self._hours | np.isin(np.arange(24), np.floor(given / HOUR))
        within = self._within
        if not self._fixed:
            within = within.grow(seconds % HOUR, min_count=min_count, entities=entities)
        return ClockGrid(hours, self._missing or len(given) < len(seconds), within)

    def ranks(self) -> tuple[np.ndarray, ...]:
        """See ``Codec.ranks``."""
        return (even_ranks(25),) if self._fixed else (even_ranks(25), *self._within.ranks())

    def snap(self, seconds: np.ndarray) -> np.ndarray:
        """The nearest times of day such as the fitted ones, in the same hour. Shapes: (rows,) -> (rows,)."""
        hour = np.floor(seconds / HOUR) * HOUR
        if self._within.exact:
            tokens = self._within.encode(seconds - hour)
            return hour + self._within.decode(tokens, np.random.default_rng(0))
        return hour + np.clip(self._within.resolution.snap(seconds - hour), 0, HOUR - 1e-6)

    def also(self, seconds: np.ndarray) -> "ClockGrid":
        """The same grid, with the hours of these times among those that occur. Shapes: (rows,)."""
        hours = self._hours | np.isin(np.arange(24), np.floor(seconds / HOUR))
        return ClockGrid(hours, self._missing, self._within)

    def encode(self, seconds: np.ndarray) -> np.ndarray:
        """Seconds since midnight to tokens."""
        hour = np.where(np.isnan(seconds), 0, np.floor(np.nan_to_num(seconds) / HOUR) + 1).astype(np.int64)
        if self._fixed:
            return hour[:, None]
        return np.column_stack([hour, self._within.encode(seconds % HOUR)])

    def decode(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Tokens to seconds since midnight."""
        hour = np.where(tokens[:, 0] == 0, np.nan, tokens[:, 0] - 1.0)
        within = tokens[:, 1:] if not self._fixed else (tokens[:, :1] > 0).astype(np.int64)
        return hour * HOUR + np.clip(self._within.decode(within, rng), 0, HOUR - 1e-6)

    def allowed(self, before: int) -> tuple[np.ndarray, ...]:
        """See ``Codec.allowed``; ``before`` is the size of the token that comes before the hour."""
        hour = np.repeat(np.r_[False, self._hours][None, :], before, axis=0)
        hour[0] = np.arange(25) == 0
        if self._fixed:
            return (hour,)
        first, *fine = self._within.allowed()
        second = np.repeat(np.r_[False, first[0, 1:]][None, :], 25, axis=0)
        second[0] = np.arange(second.shape[1]) == 0
        return (hour, second, *fine)

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        return {"hours": to_tensor(self._hours), "missing": self._missing, "within": self._within.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of ``state``."""
        return cls(to_array(state["hours"]), state["missing"], NumberGrid.from_state(state["within"]))
