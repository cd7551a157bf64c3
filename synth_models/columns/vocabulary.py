"""The frequent values of a column, and made-up stand-ins for the others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.dtypes import ColumnDtype, ungrouped
from synth_models.columns.support import Support


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
        """Stand-ins for these rare values (each as often as it occurs) of a column called ``name``."""
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
        dtype: The dtype of the column.
        ordered: Whether the order of the values has a meaning.
        order: (values,) where each stands in that order, from 0; rising before the first growth.
    """

    values: list[Any]
    weights: np.ndarray
    dtype: ColumnDtype
    ordered: bool
    order: np.ndarray

    @classmethod
    def of(
        cls,
        values: pd.Series,
        min_count: int,
        max_categories: int,
        ordered: bool,
        entities: np.ndarray | None = None,
        found: "Distinct | None" = None,
    ) -> "Vocabulary":
        """The values that ``min_count`` entities share, frequent ones first (in order if ``ordered``).

        Args:
            values: The column.
            min_count: Entities that must share a value.
            max_categories: Values at most.
            ordered: Whether their order has a meaning.
            entities: (rows,) whose row it is; None for every row its own.
            found: ``distinct(values)``, if that is known.
        """
        kinds, rows = _frequent(found or distinct(values), min_count, max_categories, entities)
        dtype = values.dtype
        ordered = ordered or (isinstance(dtype, pd.CategoricalDtype) and bool(dtype.ordered))
        if ordered:
            turn = np.argsort(_order(kinds, values))
            kinds, rows = [kinds[place] for place in turn], rows[turn]
        return cls(
            kinds,
            rows / max(rows.sum(), 1),
            _dtype(values),
            ordered,
            np.arange(len(kinds)),
        )

    def grow(
        self, values: pd.Series, min_count: int, max_categories: int, entities: np.ndarray | None = None
    ) -> "Vocabulary":
        """The vocabulary with further values after the old ones; all weights are those of now."""
        kinds, rows = _frequent(distinct(values), min_count, max_categories, entities)
        old = set(self.values)
        share = dict(zip(kinds, rows / max(rows.sum(), 1), strict=True))
        known = [*self.values, *(kind for kind in kinds if kind not in old)]
        weights = np.array([share.get(kind, 0.0) for kind in known])
        if not weights.sum():
            weights = np.r_[self.weights, np.zeros(len(known) - len(self.values))]
        order = _order(known, values) if self.ordered else np.arange(len(known))
        return replace(self, values=known, weights=weights / max(weights.sum(), 1e-300), order=order)

    def __len__(self) -> int:
        return len(self.values)

    def find(self, values: pd.Series) -> np.ndarray:
        """The place of every value, ``len(self)`` for one that is not here, NaN for a missing one."""
        return self.places(distinct(values))

    def places(self, found: "Distinct") -> np.ndarray:
        """As ``find``, of distinct values."""
        codes, kinds = found
        place = pd.Index(self.values, dtype=object).get_indexer(pd.Index(kinds, dtype=object))
        place = np.where(place < 0, len(self), place).astype(np.float64)
        return np.r_[place, np.nan][codes]

    def write(self, made: np.ndarray) -> pd.Series:
        """Objects (None where missing) as a column of the fitted dtype."""
        missing = pd.isna(made)
        if self.dtype.group in ("category", "ordered"):
            known = set(self.values)
            extra = [value for value in pd.unique(made[~missing]) if value not in known]
            own = [self.values[place] for place in np.argsort(self.order)]
            kinds = [*(own if self.ordered else _rising(own)), *extra]
            return pd.Series(pd.Categorical(made, categories=kinds, ordered=self.dtype.group == "ordered"))
        return self.dtype.write(pd.Series(made, dtype=object))

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        return {
            "values": list(self.values),
            "weights": to_tensor(self.weights),
            "dtype": self.dtype.state(),
            "ordered": self.ordered,
            "order": to_tensor(self.order),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Vocabulary":
        """The inverse of ``state``."""
        return cls(
            **{
                **state,
                "dtype": ColumnDtype.from_state(state["dtype"]),
                "weights": to_array(state["weights"]),
                "order": to_array(state["order"]),
            }
        )


Distinct = tuple[np.ndarray, list[Any]]
_PLAIN = {str, bool, int, float}


def distinct(values: pd.Series) -> Distinct:
    """Which of the distinct values every row has, -1 for a missing one, and these as plain values.

    Plain are bool, int, float and str; of all else the text is taken.
    """
    values = ungrouped(values)
    try:
        codes, found = pd.factorize(values)
    except TypeError:  # lists and the like
        codes, found = pd.factorize(values.map(str, na_action="ignore"))
    kinds = np.asarray(found, dtype=object).tolist()
    if set(map(type, kinds)) <= _PLAIN:
        return codes, kinds
    again, unique = pd.factorize(
        np.array([*map(_plain, kinds), None], dtype=object)
    )  # of some texts are equal
    return again[codes], unique.tolist()


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, tuple(_PLAIN)) else str(value)


def _frequent(
    found: Distinct, min_count: int, most: int, entities: np.ndarray | None
) -> tuple[list[Any], np.ndarray]:
    """The values that enough entities share, at most so many, by falling number of rows; and that number."""
    codes, kinds = found
    given = codes >= 0
    support = Support.of(codes[given], len(kinds), None if entities is None else np.asarray(entities)[given])
    enough = np.flatnonzero(support.each >= min_count)
    names = np.array([str(kinds[place]) for place in enough], dtype=object)
    enough = enough[np.lexsort((names, -support.rows[enough]))][:most]
    return [kinds[place] for place in enough], support.rows[enough].astype(np.float64)


def _order(kinds: list[Any], values: pd.Series) -> np.ndarray:
    """Where each value stands among them: in an ordered dtype's order if it has them all, else rising."""
    dtype = values.dtype
    sequence = _rising(kinds)
    if isinstance(dtype, pd.CategoricalDtype) and dtype.ordered:
        given = [_plain(value) for value in dtype.categories]
        sequence = given if set(kinds) <= set(given) else sequence
    place = {kind: number for number, kind in enumerate(sequence)}
    return np.argsort(np.argsort([place[kind] for kind in kinds], kind="stable"), kind="stable")


def _dtype(values: pd.Series) -> ColumnDtype:
    """The dtype to write; the texts of anything but numbers and strings stay texts."""
    found = ColumnDtype.of(values)
    value = found.value
    types = pd.api.types
    stays = types.is_numeric_dtype(value) or types.is_bool_dtype(value) or isinstance(value, pd.StringDtype)
    if isinstance(value, pd.ArrowDtype):
        stays |= pa.types.is_string(value.pyarrow_dtype) or pa.types.is_large_string(value.pyarrow_dtype)
    return found if stays else ColumnDtype("object", found.group)


def _rising(values: list[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=str)
