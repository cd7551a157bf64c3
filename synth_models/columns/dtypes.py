"""The dtype of a column, written as plain text and made again: NumPy's, pandas' nullable ones, Arrow's."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow as pa

_STR = "str"  # pandas' string dtype with NaN, which NumPy knows by the same name as one of its own
_SERIAL = "arrow:"  # before Arrow's own spelling of a type, where pandas cannot read its name
_WHOLE = re.compile(r"u?int\d+")


@final
@dataclass(frozen=True)
class ColumnDtype:
    """The dtype a column comes in, and is written in again.

    Args:
        name: Of the dtype of the values, as ``dtype_name`` spells it.
        group: How equal values are grouped: not at all (empty), ``category``, ``ordered`` (category), or
            ``dictionary`` (Arrow).

    Example:
        >>> dtype = ColumnDtype.of(pd.Series([3, 5, 3], dtype="category"))
        >>> str(dtype.write(pd.Series([5, 5, 3])).dtype)
        'category'
    """

    name: str
    group: str = ""

    @classmethod
    def of(cls, values: pd.Series) -> "ColumnDtype":
        """The dtype of a column."""
        dtype = values.dtype
        if isinstance(dtype, pd.CategoricalDtype):
            return cls(dtype_name(values), "ordered" if dtype.ordered else "category")
        return cls(dtype_name(values), "dictionary" if _is_dictionary(dtype) else "")

    @property
    def value(self) -> Any:
        """The dtype of the values."""
        return parse_dtype(self.name)

    def write(self, values: pd.Series) -> pd.Series:
        """The values in this dtype; in its nullable twin if it has no missing values and they have some."""
        missing = values.isna()
        made = as_dtype(values, nullable(self.name) if missing.any() else self.name)
        if self.name == "object":
            made = made.mask(missing, None)
        if self.group == "dictionary":
            cells: Any = pa.array(made)
            return pd.Series(pd.arrays.ArrowExtensionArray(cells.dictionary_encode()))
        if self.group:
            kinds = as_dtype(pd.Series(made.dropna().unique()), self.name)
            return pd.Series(pd.Categorical(made, kinds.sort_values(), ordered=self.group == "ordered"))
        return made

    def state(self) -> dict[str, str]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, str]) -> "ColumnDtype":
        """The inverse of ``state``."""
        return cls(**state)


def ungrouped(values: pd.Series) -> pd.Series:
    """The values of a categorical or dictionary column as a plain column."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        name = dtype_name(values)
        return as_dtype(values, nullable(name) if values.isna().any() else name)
    return values.astype(_value_dtype(dtype)) if _is_dictionary(dtype) else values


def dtype_name(values: pd.Series) -> str:
    """The name of the dtype (of the categories' if it is categorical) that ``parse_dtype`` understands."""
    dtype = values.dtype.categories.dtype if isinstance(values.dtype, pd.CategoricalDtype) else values.dtype
    if isinstance(dtype, pd.StringDtype):
        return f"string[{dtype.storage}]" if dtype.na_value is pd.NA else _STR
    dtype = _value_dtype(dtype) if _is_dictionary(dtype) else dtype
    return _arrow_name(dtype) if isinstance(dtype, pd.ArrowDtype) else str(dtype)


def parse_dtype(name: str) -> Any:
    """The dtype of this name."""
    if name == _STR:
        return pd.StringDtype("pyarrow", na_value=np.nan)
    if name.startswith(_SERIAL):
        schema = pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(name.removeprefix(_SERIAL))))
        return pd.ArrowDtype(schema.field(0).type)
    return pd.api.types.pandas_dtype(name)


def nullable(dtype: str) -> str:
    """The name of a dtype for the same values and missing ones."""
    if dtype == "bool":
        return "boolean"
    return dtype.replace("uint", "UInt").replace("int", "Int") if _WHOLE.fullmatch(dtype) else dtype


def as_dtype(values: pd.Series, dtype: Any) -> pd.Series:
    """The values with a dtype given by its name or object."""
    wanted = parse_dtype(dtype) if isinstance(dtype, str) else dtype
    if isinstance(wanted, pd.ArrowDtype) and not isinstance(values.dtype, pd.ArrowDtype):
        cells = pa.array(values, from_pandas=True)
        return pd.Series(pd.arrays.ArrowExtensionArray(cells.cast(wanted.pyarrow_dtype, safe=False)))
    return values.astype(wanted)


def _arrow_name(dtype: pd.ArrowDtype) -> str:
    if dtype.pyarrow_dtype == pa.string():
        return "utf8[pyarrow]"  # "string[pyarrow]" is a dtype of pandas
    try:
        if pd.api.types.pandas_dtype(str(dtype)) == dtype:
            return str(dtype)
    except (NotImplementedError, TypeError):
        pass
    return _SERIAL + pa.schema([("", dtype.pyarrow_dtype)]).serialize().to_pybytes().hex()


def _is_dictionary(dtype: Any) -> bool:
    return isinstance(dtype, pd.ArrowDtype) and pa.types.is_dictionary(dtype.pyarrow_dtype)


def _value_dtype(dtype: Any) -> pd.ArrowDtype:
    return pd.ArrowDtype(dtype.pyarrow_dtype.value_type)
