"""What every column type can do, and the registry of column types."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from synth_models.columns.reading import Cells, decoded, native, read_text
from synth_models.errors import SettingError
from synth_models.registry import Registry

MIN_COUNT = 5
"""How many rows must share a value before a codec may store it."""


class Kind(StrEnum):
    """How statistics treat the values of a column type."""

    NUMBER = "number"
    TIME = "time"
    LABEL = "label"
    TEXT = "text"

    @property
    def is_measure(self) -> bool:
        """Whether the values are floats (numbers, or points in time in seconds)."""
        return self in (Kind.NUMBER, Kind.TIME)


class Codec(ABC):
    """One column: values <-> numbers <-> tokens. All that there is to know of a column type is in its codec.

    A codec exists fitted: ``fit`` or ``from_state`` make it. Token 0 of the first token always means
    'missing', and every later token of a missing value is 0.

    Attributes:
        sizes: Vocabulary size of each token of the column, at least one token.
        ordered: For each token, whether neighbouring token values mean neighbouring values.
        derived_sizes: Vocabulary sizes of further tokens that are computed from the value, never predicted.
        continuous: Whether differences of the column's numbers have a meaning.
        kind: How statistics treat the values.
        options: The names of the column type's options.

    Shapes:
        numbers: (rows,) float64, NaN where missing
        tokens: (rows, len(sizes)) int64
    """

    sizes: tuple[int, ...]
    ordered: tuple[bool, ...]
    derived_sizes: tuple[int, ...] = ()
    continuous: ClassVar[bool] = False
    kind: ClassVar[Kind] = Kind.LABEL
    options: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        """Why the values are not of this type: ends of a sentence 'column x is declared y, but ...'.

        Each tells how many of the values, never which, and what to do.
        """
        return []

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        """How much the values look like this type, 0 (not at all) to 1; the most alike is inferred."""
        return 0.0

    @classmethod
    def read(cls, cells: Cells) -> pd.Series:
        """The cells of a file as a column of this type; a column with a cell that does not fit stays text."""
        cells = decoded(cells)
        return cls.read_texts(cells) if pa.types.is_string(cells.type) else native(cells)

    @classmethod
    def read_texts(cls, cells: Cells) -> pd.Series:
        """The cells of a text file as a column of this type: whole numbers if all are, else texts."""
        return read_text(cells)

    @classmethod
    def measure(cls, values: pd.Series) -> pd.Series:
        """The values as statistics take them: float64 for measures, else texts (objects) with None.

        The same value looks the same whatever its dtype; what cannot be read as this type is missing.
        """
        return labels(values)

    @classmethod
    @abstractmethod
    def fit(cls, values: pd.Series, *, seed: int = 0, **options: Any) -> Self:
        """A codec for these values; ``options`` are those of the column type.

        Raises:
            SettingError: If an option is unknown to the column type or out of range.
        """

    @abstractmethod
    def to_numbers(self, values: pd.Series) -> np.ndarray:
        """Values to numbers: the value, days or seconds since 1970, 0/1, or the place in the vocabulary."""

    @abstractmethod
    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        """Numbers to values with the dtype, format and decimals of the fitted column."""

    @abstractmethod
    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers to tokens; a number beyond the fitted range gets the nearest tokens."""

    @abstractmethod
    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Tokens to numbers, drawn within the cell the tokens name."""

    @abstractmethod
    def allowed(self) -> tuple[np.ndarray, ...]:
        """For every token, which of its values can follow which value of the token before.

        Shapes:
            each: (size of the token before, 1 for the first; size of the token) bool, no row all false
        """

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Plain data and tensors that ``from_state`` makes the same codec of."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The codec that gave this ``state``."""

    def derived(self, numbers: np.ndarray) -> np.ndarray:
        """Input-only tokens of the numbers, 0 where missing.

        Shapes:
            returns: (rows, len(derived_sizes)) int64
        """
        return np.zeros((len(numbers), 0), dtype=np.int64)

    def periods(self, numbers: np.ndarray) -> np.ndarray | None:
        """The coarse unit (the month) that the first token stands for; None for codecs without one.

        Shapes:
            returns: (rows,) float64, NaN where missing
        """
        return None

    def period_tokens(self, periods: np.ndarray) -> np.ndarray:
        """The first tokens of these periods. Shapes: (rows,) float64 -> (rows,) int64."""
        raise NotImplementedError

    def encode(self, values: pd.Series) -> np.ndarray:
        """Values to tokens."""
        return self.encode_numbers(self.to_numbers(values))

    def decode(self, tokens: np.ndarray, rng: np.random.Generator) -> pd.Series:
        """Tokens to values."""
        return self.from_numbers(self.decode_numbers(tokens, rng), rng)


COLUMN_TYPES: Registry[Codec] = Registry("column type")
"""The codec of every column type."""


def labels(values: pd.Series) -> pd.Series:
    """The values as texts (objects) with None; 1 and 1.0 are the same label. Shapes: (rows,)."""
    codes, uniques = pd.factorize(values)
    names = [re.sub(r"^(-?\d+)\.0$", r"\1", str(value)) for value in uniques]
    return pd.Series(np.array([*names, None], dtype=object)[codes], dtype=object)


def check_options(kind: str, values: pd.Series, options: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Raise a ``SettingError`` for options the column type does not have."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise SettingError(
            f"Column '{values.name}': a {kind} column has no option {', '.join(map(repr, unknown))} "
            f"(there are: {', '.join(known)}). Remove it, or choose another column type."
        )


def checked_min_count(values: pd.Series, min_count: Any) -> int:
    """``min_count`` as an int of at least 1.

    Raises:
        SettingError: If it is anything else.
    """
    if isinstance(min_count, bool) or not isinstance(min_count, int) or min_count < 1:
        raise SettingError(
            f"Column '{values.name}': min_count must be a whole number of at least 1, got {min_count!r}. "
            f"Mend it."
        )
    return min_count


def to_tensor(array: np.ndarray) -> torch.Tensor:
    """A tensor with its own memory, for ``Codec.state``."""
    return torch.from_numpy(np.array(array))


def to_array(tensor: torch.Tensor) -> np.ndarray:
    """The inverse of ``to_tensor``."""
    return tensor.cpu().numpy().copy()


def dtype_name(values: pd.Series) -> str:
    """The name of the dtype, of the categories' if it is categorical, that pandas makes the same dtype of."""
    dtype = values.dtype.categories.dtype if isinstance(values.dtype, pd.CategoricalDtype) else values.dtype
    return f"string[{dtype.storage}]" if isinstance(dtype, pd.StringDtype) else str(dtype)


def nullable(dtype: str) -> str:
    """The name of a dtype for the same values and missing ones."""
    if dtype == "bool":
        return "boolean"
    return (
        dtype[:-2].replace("i", "I").replace("u", "U") + dtype[-2:]
        if re.fullmatch(r"u?int\d+", dtype)
        else dtype
    )


def as_dtype(values: pd.Series, dtype: Any) -> pd.Series:
    """The values with a dtype given by its name or object."""
    return values.astype(dtype)
