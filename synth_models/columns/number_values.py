"""The numbers of a column, whatever they are written as."""

from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.decimals import MAX_EXACT
from synth_models.columns.dtypes import ungrouped
from synth_models.columns.samples import sample_of

_WRITTEN = r"[-+]?(0|[1-9]\d*)?(\.\d+)?([eE][-+]?\d+)?"
_LEAST_BITS, _MOST_BITS = 20, 51
"""Of the numbers that are left when an offset is taken off."""


def exact_numbers(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The values as numbers, NaN (or 0 among integers) where they are none; and which are missing.

    Shapes:
        numbers: (rows,) int64 or uint64 if all are whole and one of these holds them, else float64
        missing: (rows,) bool
    """
    values = ungrouped(values)
    missing = values.isna().to_numpy(dtype=bool)
    if not len(values):
        return np.zeros(0), missing
    arrow = isinstance(values.dtype, pd.ArrowDtype) and pa.types.is_decimal(values.dtype.pyarrow_dtype)
    if arrow or not pd.api.types.is_numeric_dtype(values):
        given = values[~missing]
        known = _of_decimals(given) if arrow or _are_decimals(given) else _of_objects(given)
        numbers = np.zeros(len(values), dtype=known.dtype)
        numbers[~missing] = known
        return numbers, missing
    found: Any = values.dtype
    dtype = found if isinstance(found, np.dtype) else found.numpy_dtype
    kind = {"u": np.uint64, "i": np.int64, "b": np.int64}.get(dtype.kind, np.float64)
    if isinstance(found, np.dtype):
        return values.to_numpy().astype(kind, copy=False), missing
    return values.to_numpy(dtype=dtype, na_value=0).astype(kind, copy=False), missing


def read_numbers(values: pd.Series) -> np.ndarray:
    """The values as float64, NaN where they are missing, infinite or no numbers."""
    numbers, missing = exact_numbers(values)
    floats = numbers.astype(np.float64)
    return np.where(missing | ~np.isfinite(floats), np.nan, floats)


def offset_of(values: pd.Series) -> int:
    """What the values are counted from if they are whole numbers beyond 2 ** 53 near to each other, else 0.

    It is less than all of them and a multiple of a power of two, so it tells of no single one.
    """
    span = _far_span(values)
    if span is None or span[1].bit_length() > _MOST_BITS:
        return 0
    bits = max(span[1].bit_length(), _LEAST_BITS)
    return ((span[0] >> bits) - 1) << bits


def number_faults(values: pd.Series, *, whole: bool = False) -> list[str]:
    """Why the values are no (whole) numbers, for ``Codec.faults``."""
    if pd.api.types.is_complex_dtype(values.dtype):
        return ["its numbers are complex. Split it in two columns, or leave it out."]
    try:
        numbers, missing = exact_numbers(values)
    except InvalidOperation:
        return ["some of its values are signalling NaNs. Set them to missing."]
    total = int((~missing).sum())
    given = numbers[~missing]
    texts = not pd.api.types.is_numeric_dtype(ungrouped(values))
    bad = int(np.isnan(given).sum()) if texts else 0  # among floats a NaN is a missing value
    endless = int(np.isinf(given).sum())
    faults = []
    if bad:
        faults.append(f"{bad} of {total} values are not numbers. Mend them, or declare it categorical.")
    if endless:
        faults.append(f"{endless} of {total} values are infinite. Set them to missing or to a bound.")
    return faults + (_whole_faults(values, given[np.isfinite(given)], total) if whole else [])


def _whole_faults(values: pd.Series, given: np.ndarray, total: int) -> list[str]:
    if given.dtype.kind == "f" and (broken := int((given % 1 != 0).sum())):
        return [f"{broken} of {total} values are not whole numbers. Declare it numeric."]
    span = _far_span(values)
    if span is not None and span[1].bit_length() > _MOST_BITS:
        return [
            f"its {total} whole numbers lie more than 2 ** {_MOST_BITS} apart, too far to be told apart "
            f"exactly. Declare it categorical, or a key."
        ]
    return []


def _far_span(values: pd.Series) -> tuple[int, int] | None:
    """The least of whole numbers beyond 2 ** 53 and how far up they go; None if there are no such."""
    numbers, missing = exact_numbers(values)
    given = numbers[~missing]
    if numbers.dtype.kind not in "iu" or not len(given):
        return None
    low, high = int(given.min()), int(given.max())
    return (low, high - low) if max(abs(low), abs(high)) > MAX_EXACT else None


def _are_decimals(values: pd.Series) -> bool:
    return bool(len(values)) and isinstance(values.iloc[0], Decimal)


def _of_decimals(values: pd.Series) -> np.ndarray:
    try:
        cells = pa.array(values)
        numbers = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except (pa.ArrowException, TypeError):  # not only finite decimals
        return _of_objects(values)
    if not len(numbers) or np.abs(numbers).max() < MAX_EXACT:
        return numbers
    try:
        return cells.cast(pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowException:
        return numbers


def _of_objects(values: pd.Series) -> np.ndarray:
    made = pd.to_numeric(values, errors="coerce")
    dtype = made.dtype if isinstance(made.dtype, np.dtype) else np.dtype(made.dtype.kind + "8")
    numbers = made.to_numpy(dtype=dtype, na_value=np.nan if dtype.kind == "f" else 0)
    return numbers.astype(np.int64) if numbers.dtype.kind == "b" else numbers


def written_decimals(sample: pd.Series) -> tuple[int | None, bool]:
    """How many decimals texts or ``Decimal`` objects have at most, and whether always so many.

    Args:
        sample: Some of them, none missing; no number of decimals (None) tells of exponents.
    """
    texts = sample.astype(str)
    if not len(texts) or texts.str.contains("[eE]", regex=True).any():
        return None, False
    point = texts.str.find(".")
    digits = np.where(point < 0, 0, texts.str.len() - point - 1)
    return int(digits.max()), bool((digits == digits[0]).all())


def number_likeness(values: pd.Series, *, whole: bool = False) -> float:
    """How much the values look like (whole) numbers, for ``Codec.likeness``.

    Numbers by dtype, and texts all of which are numbers written without leading zeros.
    """
    plain = ungrouped(values)
    typed = pd.api.types.is_numeric_dtype(plain.dtype)
    sample = plain.dropna() if typed else sample_of(plain)
    if pd.api.types.is_bool_dtype(plain.dtype) or not len(sample):
        return 0.0
    if isinstance(sample.iloc[0], str) and not sample.astype(str).str.fullmatch(_WRITTEN).all():
        return 0.0
    if number_faults(sample, whole=whole):
        return 0.0
    return (0.8 if whole else 0.7) if typed else (0.7 if whole else 0.6)
