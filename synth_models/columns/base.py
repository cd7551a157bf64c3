"""What every column type can do, and the registry of column types."""

import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from synth_models.columns.reading import Cells, decoded, native, read_text
from synth_models.errors import SettingError
from synth_models.registry import Registry

if TYPE_CHECKING:
    import torch

MIN_COUNT = 5
"""How many entities (rows, where a row is its own) must share a value before a codec may store it."""

_SAMPLE = 1000  # values that the threshold of rarity is drawn from


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
    def fit(
        cls, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None, **options: Any
    ) -> Self:
        """A codec for these values.

        Args:
            values: The column.
            seed: Makes the randomised parts (the threshold of rarity, say) reproducible.
            entities: (rows,) int, whose row it is (the person, the account): a value is stored if enough
                entities share it. None: every row is its own.
            options: Those of the column type.

        Raises:
            SettingError: If an option is unknown to the column type or out of range.
        """

    @abstractmethod
    def grow(self, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None) -> Self:
        """A codec that also knows these values, for a model that learns on.

        Every token keeps its meaning and the column its number of tokens, format and dtype; what is new is
        appended after the old tokens (see ``ranks``), under the same protection. What cannot be appended is
        encoded as the nearest token, as by this codec.

        Args:
            values: The column as it is now; what is only in the old values stays known.
            seed: As in ``fit``.
            entities: As in ``fit``.
        """

    def ranks(self) -> tuple[np.ndarray, ...]:
        """For every token, where each of its values stands in their order, 0 to 1.

        A value keeps its rank when the codec grows; one beyond the old range gets that of the end. Of tokens
        that are not ``ordered`` it means nothing.

        Shapes:
            each: (size of the token,) float64
        """
        return tuple(even_ranks(size) for size in self.sizes)

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


def threshold(values: pd.Series, min_count: int, seed: int) -> int:
    """How many entities must share a value of this column: ``min_count`` or a little more, at most twice.

    Drawn from the seed and the values, neither of which can be had back from a checkpoint: that a value is
    known does not tell by how many it is shared, nor its absence by how few. A ``min_count`` of 1 (all values
    are public) stays.
    """
    if min_count == 1:
        return 1
    few = values.iloc[:: max(len(values) // _SAMPLE, 1)].astype(object)
    digest = zlib.crc32("\x00".join([str(values.name), *map(str, few)]).encode("utf-8", "replace"))
    return min_count + min(int(np.random.default_rng([seed, digest]).geometric(0.5)) - 1, min_count)


def even_ranks(size: int) -> np.ndarray:
    """The ranks of values whose order is that of their tokens. Shapes: (size,)."""
    return np.arange(size) / max(size - 1, 1)


def to_tensor(array: np.ndarray) -> "torch.Tensor":
    """A tensor with its own memory, for ``Codec.state``."""
    import torch  # here: a schema alone, as a code location reads it, needs no torch

    return torch.from_numpy(np.array(array))


def to_array(tensor: "torch.Tensor") -> np.ndarray:
    """The inverse of ``to_tensor``."""
    return tensor.cpu().numpy().copy()
