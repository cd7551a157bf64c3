"""New values for key columns, in the form of the real ones."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import as_dtype

_DIGIT, _LOWER, _UPPER = "\x01", "\x02", "\x03"
_CLASSES = {_DIGIT: string.digits, _LOWER: string.ascii_lowercase, _UPPER: string.ascii_uppercase}
_SEEN_AT_LEAST = 5


@final
@dataclass(frozen=True)
class KeyFormat:
    """What keys of a column look like: whole numbers from a start, or texts of given patterns.

    Args:
        dtype: The dtype of the column, as pandas spells it.
        start: The first number, for numeric keys.
        patterns: For texts: one mark per character: a class (digit, lower, upper) or the character itself.
        weights: How common each pattern is.
    """

    dtype: str
    start: int | None
    patterns: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()

    @classmethod
    def fit(cls, values: pd.Series) -> "KeyFormat":
        """Learn the form of a column's values; no value itself is kept."""
        given = values.dropna()
        dtype = str(values.dtype)
        if pd.api.types.is_numeric_dtype(values):
            start = int(np.floor(float(given.min()))) if len(given) else 1
            return cls(dtype, start if start in (0, 1) else 10 ** max(0, len(str(abs(start))) - 1))
        texts = given.astype(str)
        patterns = _patterns(texts)
        counts = patterns.value_counts()
        common = counts[counts >= _SEEN_AT_LEAST]
        common.index = [_with_literals(texts[patterns == pattern], str(pattern)) for pattern in common.index]
        if common.empty:
            length = int(texts.str.len().median()) if len(given) else 8
            common = pd.Series({_DIGIT * max(1, length): 1})
        return cls(dtype, None, tuple(common.index), tuple((common / common.sum()).tolist()))

    def make(self, n: int, rng: np.random.Generator) -> pd.Series:
        """``n`` different keys. Shapes: (n,)."""
        if self.start is not None:
            numbers = np.arange(self.start, self.start + n)
            return as_dtype(pd.Series(numbers), self.dtype)
        return pd.Series(self._texts(n, rng), dtype=self.dtype if self.dtype == "string" else object)

    def _texts(self, n: int, rng: np.random.Generator) -> np.ndarray:
        made = np.empty(0, dtype=object)
        for _ in range(8):
            if len(made) >= n:
                return made[:n]
            fresh = self._draw(2 * (n - len(made)) + 16, rng)
            made = pd.unique(np.concatenate([made, fresh]))
        serial = np.array([f"{number:0{len(self.patterns[0])}d}" for number in range(2 * n)], dtype=object)
        return pd.unique(np.concatenate([made, serial]))[:n]

    def _draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        which = rng.choice(len(self.patterns), size=n, p=np.asarray(self.weights) / np.sum(self.weights))
        texts = np.empty(n, dtype=object)
        for index, pattern in enumerate(self.patterns):
            rows = np.flatnonzero(which == index)
            if len(rows):
                characters = [
                    rng.choice(list(_CLASSES.get(mark, mark)), size=len(rows)) for mark in pattern
                ] or [np.full(len(rows), "")]
                texts[rows] = np.array(["".join(row) for row in zip(*characters, strict=True)], dtype=object)
        return texts[rng.permutation(n)]

    def state(self) -> dict[str, Any]:
        """Plain data; ``from_state`` is the inverse."""
        return {
            "dtype": self.dtype,
            "start": self.start,
            "patterns": list(self.patterns),
            "weights": list(self.weights),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "KeyFormat":
        """The format a checkpoint holds."""
        return cls(state["dtype"], state["start"], tuple(state["patterns"]), tuple(state["weights"]))


def _patterns(texts: pd.Series) -> pd.Series:
    """Every text with its digits and letters replaced by the marks of their classes."""
    for letters, mark in (("[0-9]", _DIGIT), ("[a-z]", _LOWER), ("[A-Z]", _UPPER)):
        texts = texts.str.replace(letters, mark, regex=True)
    return texts


def _with_literals(texts: pd.Series, pattern: str) -> str:
    """The pattern with the letters that all its texts share, such as the prefix of an order number."""
    marks = [
        texts.iloc[0][at] if mark in (_LOWER, _UPPER) and texts.str[at].nunique() == 1 else mark
        for at, mark in enumerate(pattern)
    ]
    return "".join(marks)
