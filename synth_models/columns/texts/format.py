"""Columns as texts, and texts as columns of the dtype they came in."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.dtypes import ColumnDtype, ungrouped

_EXACT = 15  # digits
_FARTHEST = 2**62  # a float and an integer


@final
@dataclass(frozen=True)
class TextFormat:
    """The dtype that texts are written in: the column's, if it is one of texts or numbers, else objects.

    Args:
        dtype: The dtype.
        numeric: Whether it is one of numbers: then texts are read as numbers.
    """

    dtype: ColumnDtype
    numeric: bool

    @classmethod
    def of(cls, values: pd.Series) -> "TextFormat":
        """The format of a column."""
        found = ColumnDtype.of(values)
        value = ungrouped(values.iloc[:0]).dtype
        if pd.api.types.is_numeric_dtype(value) and not pd.api.types.is_bool_dtype(value):
            return cls(found, True)
        texts = value.kind == "O" or isinstance(value, pd.StringDtype) or _is_arrow_text(value)
        return cls(found if texts else ColumnDtype("object"), False)

    def write(self, made: np.ndarray) -> pd.Series:
        """Texts (objects), None where missing, in this format. Shapes: (rows,)."""
        if not self.numeric:
            return self.dtype.write(pd.Series(made, dtype=object))
        given = ~pd.isna(made)
        numbers = pd.Series(np.full(len(made), None), dtype=object)
        numbers[given] = self._numbers(pd.Series(made[given], dtype=object)).astype(object).to_numpy()
        return self.dtype.write(numbers)

    def _numbers(self, texts: pd.Series) -> pd.Series:
        """The texts as numbers; of what is none, the digits."""
        digits = texts.str.replace(r"\D", "", regex=True).str.slice(0, _EXACT).replace("", "0")
        numbers = pd.to_numeric(texts, errors="coerce").fillna(pd.to_numeric(digits))
        kind = self.dtype.value
        plain = getattr(kind, "numpy_dtype", kind)
        if np.issubdtype(plain, np.integer):
            limits = np.clip([np.iinfo(plain).min, np.iinfo(plain).max], -_FARTHEST, _FARTHEST)
            return numbers.round().clip(*limits).astype(plain)
        return numbers

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return {"dtype": self.dtype.state(), "numeric": self.numeric}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "TextFormat":
        """The inverse of ``state``."""
        return cls(ColumnDtype.from_state(state["dtype"]), state["numeric"])


def as_texts(values: pd.Series) -> np.ndarray:
    """The values that are not missing, as texts without NUL, which ends texts for pandas' hash tables.

    Shapes:
        returns: (rows not missing,) objects
    """
    given = ungrouped(values).dropna().astype(object)
    if pd.api.types.infer_dtype(given) not in ("string", "empty"):
        given = given.map(str)
    texts = given.to_numpy(dtype=object)
    if "\x00" in "".join(texts):
        texts = given.str.replace("\x00", "", regex=False).to_numpy(dtype=object)
    return texts


def _is_arrow_text(dtype: Any) -> bool:
    if not isinstance(dtype, pd.ArrowDtype):
        return False
    kind = dtype.pyarrow_dtype
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
