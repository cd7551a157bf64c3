"""The outer form of number columns: dtype, strings, objects, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.decimals import MAX_EXACT
from synth_models.columns.dtypes import ColumnDtype, ungrouped
from synth_models.columns.number_values import exact_numbers, offset_of, written_decimals
from synth_models.columns.samples import sample_of

_PRECISION = {
    "float16": 1e-3, "halffloat[pyarrow]": 1e-3,
    "float32": 1e-6, "Float32": 1e-6, "float[pyarrow]": 1e-6,
}  # fmt: skip
_LARGEST = {1e-3: float(np.finfo(np.float16).max), 1e-6: float(np.finfo(np.float32).max)}


@final
@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a column were written.

    Args:
        kind: ``dtype`` for a numeric dtype, else what the values are: ``string``, ``decimal`` or ``number``.
        dtype: The dtype.
        decimals: Decimals of strings and ``Decimal`` objects; None for as many as it takes.
        fixed: Whether they always have so many.
        offset: What whole numbers that a float cannot tell apart are counted from; else 0.
    """

    kind: str
    dtype: ColumnDtype
    decimals: int | None = None
    fixed: bool = False
    offset: int = 0

    @classmethod
    def of(cls, values: pd.Series, *, whole: bool = False) -> "NumberFormat":
        """The format of a column; only ``whole`` numbers get an offset."""
        dtype = ColumnDtype.of(values)
        offset = offset_of(values) if whole else 0
        if pd.api.types.is_numeric_dtype(dtype.value):
            return cls("dtype", dtype, offset=offset)
        sample = sample_of(ungrouped(values))
        kind = {str: "string", Decimal: "decimal"}.get(type(next(iter(sample), None)), "number")
        decimals, fixed = (None, False) if kind == "number" else written_decimals(sample)
        return cls(kind, dtype, decimals, fixed, offset)

    def with_decimals(self, decimals: int | None) -> "NumberFormat":
        """The same format with so many decimals, if it has no fixed number of them."""
        return self if self.fixed else replace(self, decimals=decimals)

    @property
    def precision(self) -> float:
        """The relative error such numbers carry."""
        return _PRECISION.get(self.dtype.name, 1e-11)

    def read(self, values: pd.Series) -> np.ndarray:
        """The values less the offset, float64, NaN where they are missing, infinite or no numbers."""
        numbers, missing = exact_numbers(values)
        floats = numbers.astype(np.float64, copy=False)
        if self.offset:
            floats = floats - self.offset
            if numbers.dtype.kind in "iu":  # differences wrap around: right wherever a float can tell it
                near = (numbers.astype(np.uint64) - np.uint64(self.offset % 2**64)).view(np.int64)
                floats = np.where(np.abs(floats) < MAX_EXACT, near, floats)
        unclear = missing | ~np.isfinite(floats)
        return np.where(unclear, np.nan, floats) if unclear.any() else floats

    def write(self, numbers: np.ndarray) -> pd.Series:
        """Numbers in this format; missing values where they are NaN."""
        missing = np.isnan(numbers)
        if self.kind != "dtype":
            made = np.full(len(numbers), None, dtype=object)
            made[~missing] = self._objects(numbers[~missing])
            return self.dtype.write(pd.Series(made, dtype=object))
        if not pd.api.types.is_integer_dtype(self.dtype.value):
            largest = _LARGEST.get(self.precision, np.inf)  # rounding must not make a number infinite
            return self.dtype.write(pd.Series(np.clip(numbers, -largest, largest)))
        whole = pd.Series(self._whole(np.where(missing, 0, numbers)))
        if missing.any():
            whole = whole.astype("UInt64" if whole.dtype.kind == "u" else "Int64").mask(missing)
        return self.dtype.write(whole)

    def _whole(self, numbers: np.ndarray) -> np.ndarray:
        """Integers, the offset added, within the bounds of the dtype: int64 or uint64."""
        dtype = self.dtype.value if self.kind == "dtype" else np.dtype(np.int64)
        bounds = np.iinfo(dtype if isinstance(dtype, np.dtype) else dtype.numpy_dtype)
        made = np.dtype(np.uint64 if bounds.max >= 2**63 else np.int64)
        low, high = (_inside(int(bound) - self.offset) for bound in (bounds.min, bounds.max))
        whole = np.rint(np.clip(numbers, low, high)).astype(np.int64 if self.offset else made)
        return (whole.view(np.uint64) + np.uint64(self.offset % 2**64)).view(made)

    def _objects(self, numbers: np.ndarray) -> Any:
        if self.offset or (self.kind == "number" and self.decimals == 0):
            numbers = self._whole(numbers)
        if self.kind == "number":
            return numbers.astype(object)
        form = None if self.decimals is None or self.offset else f"%.{self.decimals}f"
        texts = numbers.astype(str) if form is None else np.char.mod(form, numbers)
        if self.decimals and not self.fixed and form is not None:
            texts = np.char.rstrip(np.char.rstrip(texts, "0"), ".")
        return texts.astype(object) if self.kind == "string" else [Decimal(text) for text in texts.tolist()]

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "dtype": self.dtype.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "NumberFormat":
        """The inverse of ``state``."""
        return cls(**{**state, "dtype": ColumnDtype.from_state(state["dtype"])})


def _inside(bound: int) -> float:
    """The float next to a whole number that is no farther from zero, and that int64 can hold if need be."""
    number = float(bound)
    return number if abs(int(number)) <= abs(bound) else float(np.nextafter(number, 0))
