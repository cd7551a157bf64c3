"""The frequent values of a column, and made-up stand-ins for the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import as_dtype, dtype_name, nullable, to_array, to_tensor


@final
@dataclass(frozen=True)
class Placeholders:
    """Made-up values for a column whose own values are too rare to be repeated.

    Args:
        prefix: What every stand-in starts with; no value of the column does.
        number: How many different ones there are (as many as there were rare values).
        unique: Whether no value occurred twice: then none is drawn twice in a call either.
    """

    prefix: str
    number: int
    unique: bool

    @classmethod
    def of(cls, name: str, rare: pd.Series) -> "Placeholders":
        """Stand-ins for these rare values of a column called ``name``."""
        texts = rare.astype(str)
        prefix = f"{name}_"
        while texts.str.startswith(prefix).any():
            prefix += "_"
        number = int(texts.nunique())
        return cls(prefix, max(number, 1), number == len(texts))

    def draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Stand-ins: (size,) strings."""
        if self.unique:
            numbers = rng.permutation(max(self.number, size))[:size] + 1
        else:
            numbers = rng.integers(1, self.number + 1, size)
        return np.char.add(self.prefix, numbers.astype(str)).astype(object)


@final
@dataclass(frozen=True)
class Vocabulary:
    """Frequent values in the order of their tokens, how often they occur, and the dtype they come in.

    Args:
        values: Plain values: bool, int, float or str.
        weights: (values,) shares of the rows.
        dtype: The name of the dtype of the column, of the categories if it is categorical.
        categorical: Whether the column has pandas' categorical dtype.
        ordered: Whether the order of the values has a meaning.
    """

    values: list[Any]
    weights: np.ndarray
    dtype: str
    categorical: bool
    ordered: bool

    @classmethod
    def of(cls, values: pd.Series, min_count: int, max_categories: int, ordered: bool) -> "Vocabulary":
        """The values that at least ``min_count`` rows share, frequent ones first (rising if ``ordered``)."""
        categorical = isinstance(values.dtype, pd.CategoricalDtype)
        counts = plain(values).value_counts(sort=False)
        counts = counts[counts >= min_count]
        names = np.array([str(value) for value in counts.index], dtype=object)
        counts = counts.iloc[np.lexsort((names, -counts.to_numpy()))][:max_categories]
        if isinstance(values.dtype, pd.CategoricalDtype) and values.dtype.ordered:
            ordered, sequence = True, list(plain(pd.Series(values.dtype.categories)))
            counts = counts.iloc[np.argsort([sequence.index(value) for value in counts.index])]
        elif ordered:
            counts = counts.loc[_rising(list(counts.index))]
        weights = counts.to_numpy(dtype=np.float64)
        found = [_scalar(value) for value in counts.index]
        return cls(found, weights / max(weights.sum(), 1), _dtype(values), categorical, ordered)

    def __len__(self) -> int:
        return len(self.values)

    def find(self, values: pd.Series) -> np.ndarray:
        """The place of every value, ``len(self)`` for one that is not here, NaN for a missing one."""
        texts = plain(values)
        place = pd.Index(self.values, dtype=object).get_indexer(pd.Index(texts)).astype(np.float64)
        place[place < 0] = len(self)
        place[texts.isna().to_numpy()] = np.nan
        return place

    def write(self, made: np.ndarray) -> pd.Series:
        """Objects (None where missing) as a column of the fitted dtype."""
        missing = pd.isna(made)
        if self.categorical:
            known = set(self.values)
            extra = [value for value in pd.unique(made[~missing]) if value not in known]
            kinds = [*(self.values if self.ordered else _rising(self.values)), *extra]
            return pd.Series(pd.Categorical(made, categories=kinds, ordered=self.ordered))
        if self.dtype == "object":
            return pd.Series(made, dtype=object)
        return as_dtype(pd.Series(made, dtype=object), nullable(self.dtype) if missing.any() else self.dtype)

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        return {
            "values": list(self.values),
            "weights": to_tensor(self.weights),
            "dtype": self.dtype,
            "categorical": self.categorical,
            "ordered": self.ordered,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Vocabulary":
        """The inverse of ``state``."""
        return cls(**{**state, "weights": to_array(state["weights"])})


def plain(values: pd.Series) -> pd.Series:
    """The values as objects that can be stored: bool, int, float and str stay, all else becomes its text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
    made = values.astype(object).where(values.notna(), None)
    if pd.api.types.is_numeric_dtype(values):
        return made
    strange = made.notna() & ~made.map(type).isin([str, bool, int, float])
    if strange.any():
        made = made.mask(strange, made[strange].astype(str))
    return made


def _dtype(values: pd.Series) -> str:
    """The dtype to write; the texts of anything but numbers and strings stay texts."""
    name = dtype_name(values)
    stays = "string" in name or pd.api.types.is_numeric_dtype(pd.api.types.pandas_dtype(name))
    return name if stays else "object"


def _rising(values: list[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=str)


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
