"""The resolution of numbers: how many decimals they have, and which step they keep to."""

from dataclasses import dataclass
from typing import final

import numpy as np

MAX_DECIMALS = 10
MAX_EXACT = 2.0**53
_SHARE = 0.995  # of the values must have the resolution: a few computed stragglers do not count
_SAMPLE, _SURELY_NOT = 2000, 0.95  # looked at first; less of a sample than this means less than that share
_MANY = 20  # distinct values before a common step is believed


@final
@dataclass(frozen=True)
class Resolution:
    """Numbers are multiples of ``step`` units of ``10 ** -decimals``; any number if ``decimals`` is None."""

    decimals: int | None = None
    step: int = 1

    @classmethod
    def of(cls, numbers: np.ndarray, decimals: int | None = None, precision: float = 1e-11) -> "Resolution":
        """The resolution of finite numbers.

        Args:
            numbers: The numbers, each once.
            decimals: Decimals if they are known, else they are detected (0 to 10).
            precision: Relative error that the numbers may carry.
        """
        if decimals is None:
            decimals = _detect(numbers, precision)
        if decimals is None:
            return cls()
        units = np.unique(_units(numbers, decimals))
        step = 1
        if len(units) >= _MANY and np.abs(units).max() < MAX_EXACT:
            step = max(int(np.gcd.reduce(units.astype(np.int64))), 1)
        return cls(decimals, step)

    def finer(self, numbers: np.ndarray) -> "Resolution":
        """The same decimals, with a step that these finite numbers keep to as well."""
        if self.decimals is None or not len(numbers):
            return self
        units = _units(numbers, self.decimals)
        if np.abs(units).max() >= MAX_EXACT:
            return Resolution(self.decimals)
        step = int(np.gcd.reduce(units.astype(np.int64), initial=self.step))
        return Resolution(self.decimals, max(step, 1))

    @property
    def unit(self) -> float:
        """The least distance between two different numbers."""
        return 0.0 if self.decimals is None else self.step / 10.0**self.decimals

    def snap(self, numbers: np.ndarray) -> np.ndarray:
        """The nearest numbers of this resolution, each the float that its decimal notation reads as."""
        if self.decimals is None or not len(numbers):
            return numbers
        with np.errstate(over="ignore", invalid="ignore"):
            units = np.rint(_units(numbers, self.decimals) / self.step) * self.step
            snapped = units / 10.0**self.decimals + 0.0  # no negative zero
        return np.where(np.isfinite(snapped), snapped, numbers)


def _units(numbers: np.ndarray, decimals: int) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.rint(numbers * 10.0**decimals)


def _detect(numbers: np.ndarray, precision: float) -> int | None:
    if not len(numbers):
        return 0
    sample = numbers[:: max(len(numbers) // _SAMPLE, 1)]
    for decimals in range(MAX_DECIMALS + 1):
        if _fitting(sample, decimals, precision) < _SURELY_NOT:
            continue
        if _fitting(numbers, decimals, precision) >= _SHARE:
            return decimals
    return None


def _fitting(numbers: np.ndarray, decimals: int, precision: float) -> float:
    """The share of the numbers that have so many decimals."""
    unit = 10.0**-decimals
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = _units(numbers, decimals) / 10.0**decimals
        slack = np.minimum(precision * np.abs(numbers), 1e-3 * unit) + 4 * np.spacing(np.abs(numbers))
        return float((np.abs(numbers - rounded) <= slack).mean())
