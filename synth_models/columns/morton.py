"""A pair of numbers as one: the place on a Z-order (Morton) curve, which fills the square."""

import numpy as np

BITS = 26  # per axis: both together are exact in a float64
_STEPS = 2**BITS - 1
_SPREAD = (
    (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333), (1, 0x5555555555555555),
)  # fmt: skip


def interleave(shares: np.ndarray) -> np.ndarray:
    """The place on the curve of points in the unit square; NaN where one of the two is.

    Shapes:
        shares: (rows, 2) 0 to 1; what is beyond counts as the border
        returns: (rows,) float64, whole numbers below 2 ** 52
    """
    missing = np.isnan(shares[:, 0]) | np.isnan(shares[:, 1])
    steps = np.rint(np.clip(np.where(missing[:, None], 0, shares), 0, 1) * _STEPS).astype(np.uint64)
    place = (_spread(steps[:, 0]) << np.uint64(1)) | _spread(steps[:, 1])
    return np.where(missing, np.nan, place.astype(np.float64))


def separate(places: np.ndarray) -> np.ndarray:
    """The inverse of ``interleave``. Shapes: (rows,) -> (rows, 2)."""
    missing = np.isnan(places)
    whole = np.clip(np.where(missing, 0, places), 0, 2.0 ** (2 * BITS) - 1).astype(np.uint64)
    shares = np.stack([_gather(whole >> np.uint64(1)), _gather(whole)], axis=1) / _STEPS
    shares[missing] = np.nan
    return shares


def _spread(numbers: np.ndarray) -> np.ndarray:
    """The bits of every number with a zero after each."""
    for shift, mask in _SPREAD:
        numbers = (numbers | (numbers << np.uint64(shift))) & np.uint64(mask)
    return numbers


def _gather(numbers: np.ndarray) -> np.ndarray:
    """The inverse of ``_spread``, whatever the bits between are."""
    numbers = numbers & np.uint64(_SPREAD[-1][1])
    for (shift, _), (_, mask) in zip(_SPREAD[::-1], [*_SPREAD[-2::-1], (0, 0x00000000FFFFFFFF)], strict=True):
        numbers = (numbers | (numbers >> np.uint64(shift))) & np.uint64(mask)
    return numbers
