"""Pairs of numbers, whatever they are written as."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from synth_models.columns.dtypes import ungrouped

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TEXT = (
    r"^(?P<before>(?:SRID=\d+;)?[^-+.\d]*)"
    rf"(?P<first>{_NUMBER})(?P<between>\s*[,;|/\s]\s*)(?P<second>{_NUMBER})(?P<behind>\D*)$"
)


def read_pairs(values: pd.Series) -> np.ndarray:
    """The pairs of finite numbers, NaN where a value is missing or none. Shapes: (rows, 2) float64."""
    values = ungrouped(values)
    if is_lists(values.dtype):
        values = pd.Series(pa.array(values).to_pylist(), dtype=object)
    given = np.flatnonzero(values.notna())
    pairs = np.full((len(values), 2), np.nan)
    if not len(given):
        return pairs
    known = values.iloc[given].astype(object)
    is_text = np.array([isinstance(value, str) for value in known], dtype=bool)
    pairs[given[is_text]] = _of_texts(known[is_text])
    pairs[given[~is_text]] = _of_objects(known[~is_text].tolist())
    finite = np.isfinite(pairs[:, :1]) & np.isfinite(pairs[:, 1:])
    return np.where(finite, pairs, np.nan)


def has_pairs(values: pd.Series) -> bool:
    """Whether the first of some values, none missing, may be a pair: by dtype, as an object, or a text."""
    return is_lists(values.dtype) or isinstance(values.iloc[0], (str, tuple, list, np.ndarray))


def is_lists(dtype: Any) -> bool:
    """Whether it is an Arrow dtype of lists."""
    kind = dtype.pyarrow_dtype if isinstance(dtype, pd.ArrowDtype) else pa.null()
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def text_parts(texts: pd.Series) -> pa.StructArray:
    """Texts as before, first, between, second, behind; null if they are no pairs. Shapes: (rows,)."""
    return pc.extract_regex(pa.array(texts, pa.string()), pattern=_TEXT)


def _of_texts(texts: pd.Series) -> np.ndarray:
    parts, pairs = text_parts(texts), np.full((len(texts), 2), np.nan)
    known = parts.is_valid()
    for axis, name in enumerate(("first", "second")):
        plain = pc.utf8_ltrim(pc.struct_field(parts, name).filter(known), characters="+")
        pairs[known.to_numpy(zero_copy_only=False), axis] = plain.cast(pa.float64()).to_numpy()
    return pairs


def _of_objects(objects: list[Any]) -> np.ndarray:
    try:
        return np.array(objects, dtype=np.float64).reshape(len(objects), 2)
    except (TypeError, ValueError):  # some of them are no pairs
        return np.array([_of_object(value) for value in objects]).reshape(-1, 2)


def _of_object(value: Any) -> tuple[float, float]:
    try:
        first, second = value
        return float(first), float(second)
    except (TypeError, ValueError):
        return np.nan, np.nan
