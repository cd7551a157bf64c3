"""Places in a vocabulary as one token, or as two where there are many."""

from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.base import even_ranks

MAX_ONE = 400
"""Values that one token tells apart; more are told apart by two."""
MAX_TWO = 128 * 128


@final
@dataclass(frozen=True)
class Codebook:
    """Places 0, 1, ... of values <-> tokens; 0 is missing, and one token after the first values' is the rest.

    With two tokens the first one names a run of neighbouring places and the second the place within it.
    Neighbours are about as frequent, so within a run all are about as likely. Values that came later have
    tokens after the rest's.

    Args:
        fitted: Values of the first fit.
        size: Values now; ``size`` itself is the place of the rest.
        n_fine: Size of the second token; 1 if there is none.
    """

    fitted: int
    size: int
    n_fine: int

    @classmethod
    def of(cls, size: int) -> "Codebook":
        """A code for so many values."""
        return cls(size, size, 1 if size <= MAX_ONE else int(np.ceil(np.sqrt(size))))

    def grown(self, size: int) -> "Codebook":
        """The code for more values; the first ones keep their tokens."""
        return Codebook(self.fitted, size, self.n_fine)

    @property
    def rest(self) -> int:
        """The first token of the rest."""
        return 1 + -(-self.fitted // self.n_fine)

    @property
    def sizes(self) -> tuple[int, ...]:
        """See ``Codec.sizes``."""
        first = self.rest + 1 + -(-(self.size - self.fitted) // self.n_fine)
        return (first,) if self.n_fine == 1 else (first, self.n_fine)

    def encode(self, places: np.ndarray) -> np.ndarray:
        """Places, NaN where missing, to tokens. Shapes: (rows,) -> (rows, len(sizes))."""
        place = np.fmin(places + 1, self.size + 1)
        place[np.isnan(places)] = 0
        return self._table[place.astype(np.int64)]

    def decode(self, tokens: np.ndarray) -> np.ndarray:
        """Tokens to places, NaN where missing; a second token that does not exist counts as the last."""
        first = tokens[:, 0]
        fine = np.minimum(tokens[:, 1], self._n_fine_of[first] - 1) if self.n_fine > 1 else 0
        new = first > self.rest
        start = np.where(new, self.fitted + (first - self.rest - 1) * self.n_fine, (first - 1) * self.n_fine)
        places = np.where(first == self.rest, self.size, start + fine).astype(np.float64)
        return np.where(first == 0, np.nan, places)

    def allowed(self, missing: bool, rest: bool) -> tuple[np.ndarray, ...]:
        """See ``Codec.allowed``; whether a value can be missing, or of the rest."""
        first = np.ones((1, self.sizes[0]), dtype=bool)
        first[0, [0, self.rest]] = missing, rest
        if self.n_fine == 1:
            return (first,)
        return first, np.arange(self.n_fine)[None, :] < self._n_fine_of[:, None]

    def ranks(self, order: np.ndarray) -> tuple[np.ndarray, ...]:
        """See ``Codec.ranks``. Shapes: (size,) the place of every value in the order of all."""
        first = np.zeros(self.sizes[0])
        first[: self.rest + 1] = even_ranks(self.rest + 1)
        if self.size > self.fitted > 0:
            known = np.sort(order[: self.fitted])
            at = np.interp(order[self.fitted :: self.n_fine], known, np.arange(self.fitted))
            first[self.rest + 1 :] = first[1 + (at / self.n_fine).astype(np.int64)]
        return (first, *map(even_ranks, self.sizes[1:]))

    @property
    def _table(self) -> np.ndarray:
        """The tokens of a missing value, of every place and of the rest. Shapes: (size + 2, len(sizes))."""
        place = np.arange(self.size)
        new = place >= self.fitted
        run, fine = np.divmod(place - self.fitted * new, self.n_fine)
        first = np.where(new, self.rest + 1, 1) + run
        return np.column_stack([np.r_[0, first, self.rest], np.r_[0, fine, 0]])[:, : len(self.sizes)]

    @property
    def _n_fine_of(self) -> np.ndarray:
        """(first token,) how many second tokens can follow."""
        parts = (self.fitted, self.size - self.fitted)
        runs = [np.minimum(n - np.arange(0, n, self.n_fine), self.n_fine) for n in parts]
        return np.r_[1, runs[0], 1, runs[1]].astype(np.int64)

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)
