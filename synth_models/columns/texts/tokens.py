"""The two tokens of a text: a stored text, or that one is to be written, and its shape."""

from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np

_MAX_ONE = 400
_WRITTEN = 1
"""The first token of texts that are written; stored texts follow."""


@final
@dataclass(frozen=True)
class TextTokens:
    """Numbers <-> tokens. Numbers 0, 1, ... are stored texts, -1, -2, ... the shapes of texts to be written.

    More stored texts than 400 are told apart by both tokens. The tokens stay when their number grows.

    Args:
        n_words: Stored texts.
        n_shapes: Shapes.
        n_fine: Stored texts with the same first token.
    """

    n_words: int
    n_shapes: int
    n_fine: int

    @classmethod
    def of(cls, n_words: int, n_shapes: int) -> "TextTokens":
        """The tokens of so many stored texts and shapes."""
        return cls(n_words, n_shapes, 1 if n_words <= _MAX_ONE else int(np.ceil(np.sqrt(n_words))))

    def grown(self, n_words: int, n_shapes: int) -> "TextTokens":
        """The tokens of more texts and shapes, the old ones unchanged."""
        return TextTokens(n_words, n_shapes, self.n_fine)

    @property
    def sizes(self) -> tuple[int, int]:
        """See ``Codec.sizes``."""
        return 1 + _WRITTEN + -(-self.n_words // self.n_fine), max(self.n_shapes + 1, self.n_fine)

    def encode(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers to tokens. Shapes: (rows,) -> (rows, 2)."""
        missing = np.isnan(numbers)
        number = np.nan_to_num(numbers).astype(np.int64)
        coarse, fine = np.divmod(np.clip(number, 0, max(self.n_words - 1, 0)), self.n_fine)
        shape = np.clip(-number, 1, self.n_shapes)
        tokens = np.where(
            (number < 0)[:, None],
            np.column_stack([np.full(len(number), _WRITTEN), shape]),
            np.column_stack([1 + _WRITTEN + coarse, fine]),
        )
        tokens[missing] = 0
        return tokens

    def decode(self, tokens: np.ndarray) -> np.ndarray:
        """Tokens to numbers. Shapes: (rows, 2) -> (rows,)."""
        first, second = tokens.T
        word = np.minimum((first - 1 - _WRITTEN) * self.n_fine + second, self.n_words - 1)
        numbers = np.where(first == _WRITTEN, -np.maximum(second, 1), word).astype(np.float64)
        return np.where(first == 0, np.nan, numbers)

    def allowed(self, missing: bool, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See ``Codec.allowed``.

        Args:
            missing: Whether texts can be missing.
            present: (shapes,) which shapes occur.
        """
        n_first, n_second = self.sizes
        first = np.ones((1, n_first), dtype=bool)
        first[0, [0, _WRITTEN]] = missing, present.any()
        second = np.zeros((n_first, n_second), dtype=bool)
        second[0, 0] = True
        second[_WRITTEN, 1 : self.n_shapes + 1] = present
        second[_WRITTEN, 0] = not present.any()
        begins = np.arange(0, self.n_words, self.n_fine)
        second[1 + _WRITTEN :] = np.arange(n_second) < np.minimum(self.n_words - begins, self.n_fine)[:, None]
        return first, second

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)
