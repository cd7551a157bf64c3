"""The outer form of number columns: dtype, strings, objects, and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import as_dtype, dtype_name

_HUGE = np.nextafter(2.0**63, 0)  # the largest float below the bound of int64


@final
@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a column were written.

    Args:
        kind: ``dtype`` for a numeric dtype, else what the objects are: ``string``, ``decimal`` or ``number``.
        dtype: The name of the dtype.
        decimals: Decimals of strings and ``Decimal`` objects; None for as many as it takes.
    """

    kind: str
    dtype: str
    decimals: int | None

    @classmethod
    def of(cls, values: pd.Series, decimals: int | None) -> "NumberFormat":
        """The format of a column."""
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(values.dtype.categories.dtype)
        if pd.api.types.is_numeric_dtype(values):
            return cls("dtype", dtype_name(values), decimals)
        kinds = {str: "string", Decimal: "decimal"}
        first = values.dropna()
        kind = kinds.get(type(first.iloc[0]), "number") if len(first) else "number"
        return cls(kind, dtype_name(values), decimals)

    @property
    def precision(self) -> float:
        """The relative error such numbers carry."""
        return 1e-6 if self.dtype.lower() in ("float32", "float16", "float[pyarrow]") else 1e-11

    def write(self, numbers: np.ndarray) -> pd.Series:
        """Numbers in this format; missing values where they are NaN."""
        if self.kind == "dtype":
            return self._write_dtype(numbers)
        given = np.flatnonzero(~np.isnan(numbers))
        out = np.full(len(numbers), None, dtype=object)
        out[given] = self._objects(numbers[given])
        return pd.Series(out, dtype=self.dtype)

    def _write_dtype(self, numbers: np.ndarray) -> pd.Series:
        dtype = pd.api.types.pandas_dtype(self.dtype)
        plain = isinstance(dtype, np.dtype)
        if not pd.api.types.is_integer_dtype(dtype):
            return as_dtype(pd.Series(numbers if plain else pd.array(numbers, dtype="Float64")), dtype)
        missing = np.isnan(numbers)
        numpy_dtype: Any = dtype if plain else getattr(dtype, "numpy_dtype", np.int64)
        bounds = np.iinfo(numpy_dtype)
        low, high = max(bounds.min, -_HUGE), min(bounds.max, _HUGE)
        made = pd.Series(np.clip(np.rint(np.where(missing, 0, numbers)), low, high).astype(np.int64))
        if not plain or missing.any():
            made = made.astype("Int64").mask(missing)
        return made if plain and missing.any() else as_dtype(made, dtype)

    def _objects(self, numbers: np.ndarray) -> np.ndarray | list[Any]:
        if self.kind == "number":
            return (numbers.astype(np.int64) if self.decimals == 0 else numbers).astype(object)
        form = None if self.decimals is None else f"%.{self.decimals}f"
        texts = numbers.astype(str) if form is None else np.char.mod(form, numbers)
        return texts.astype(object) if self.kind == "string" else [Decimal(text) for text in texts.tolist()]

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "NumberFormat":
        """The inverse of ``state``."""
        return cls(**state)


def read_numbers(values: pd.Series) -> np.ndarray:
    """The values as float64, NaN where they are missing, infinite or no numbers."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def number_faults(values: pd.Series, *, whole: bool = False) -> list[str]:
    """Why the values are no (whole) numbers, for ``Codec.faults``."""
    given = values.notna()
    total = int(given.sum())
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64")
    bad = int((numbers.isna() & given).sum())
    endless = int(np.isinf(numbers.dropna().to_numpy(dtype=float)).sum())
    broken = int((numbers.dropna() % 1 != 0).sum()) - endless if whole else 0
    faults = []
    if bad:
        faults.append(f"{bad} of {total} values are not numbers. Mend them, or declare it categorical.")
    if endless:
        faults.append(f"{endless} of {total} values are infinite. Set them to missing or to a bound.")
    if broken > 0:
        faults.append(f"{broken} of {total} values are not whole numbers. Declare it numeric.")
    return faults
