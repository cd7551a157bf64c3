"""How texts are made up: what every writer can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.seen import Seen
from synth_models.columns.support import Support
from synth_models.columns.texts.characters import Characters, text_lengths

_LEARNED = 2_000_000  # characters
_SHAPED = 10_000_000
_MORE = {True: "0123456789", False: "abcdefghijklmnopqrstuvwxyz"}


@final
@dataclass(frozen=True)
class Corpus:
    """The texts of a column, to learn from.

    Args:
        texts: (texts,) distinct ones (objects).
        support: Theirs.
        rare: (texts,) bool, those that are to be made up.
        k: How many entities must share what is kept of the texts.
    """

    texts: np.ndarray
    support: Support
    rare: np.ndarray
    k: int

    def rare_ones(self) -> tuple[np.ndarray, Support]:
        """The rare texts, evenly thinned out up to some length altogether, and their support."""
        places = np.flatnonzero(self.rare)
        places = places[:: max(int(text_lengths(self.texts[places]).sum()) // _SHAPED, 1)]
        return self.texts[places], self.support.kept(places)

    def sample(self, rng: np.random.Generator) -> tuple[Characters, np.ndarray]:
        """Texts up to some length altogether, each once per entity; and whose they are, rising.

        There are none if no text is rare.
        """
        if self.support.value is None or self.support.entity is None:
            text = np.repeat(np.arange(len(self.texts)), self.support.rows)
            entity = np.arange(len(text))
        else:
            text, entity = self.support.value, self.support.entity
        order = rng.permutation(len(text) if self.rare.any() else 0)
        order = order[np.cumsum(text_lengths(self.texts)[text[order]]) <= _LEARNED]
        order = order[np.argsort(entity[order], kind="stable")]
        return Characters.of(self.texts[text[order]]), entity[order]


class Writer(ABC):
    """Makes up texts by their shape, which is what the model draws of a text.

    Attributes:
        n_shapes: How many shapes there are.
    """

    n_shapes: int

    @abstractmethod
    def grow(self, corpus: Corpus, rng: np.random.Generator) -> Self:
        """A writer that also knows these texts; old shapes keep their place."""

    @abstractmethod
    def find(self, texts: np.ndarray) -> np.ndarray:
        """The shape of every text. Shapes: (texts,) objects -> (texts,) int64."""

    @abstractmethod
    def write(self, shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Different texts of these shapes, none of them real. Shapes: (texts,) -> (texts,) objects."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of ``state``."""


@final
class Unused:
    """Tells the texts that may come out: neither real nor written before.

    Args:
        seen: The real texts, folded.
    """

    def __init__(self, seen: Seen) -> None:
        self._seen, self._used = seen, np.empty(0, dtype=object)

    def pick(self, texts: np.ndarray) -> np.ndarray:
        """Which of the texts may be written, each once. Shapes: (texts,) bool."""
        series = pd.Series(texts, dtype=object)
        return ~(series.duplicated() | series.isin(self._used)).to_numpy() & ~self._seen.knows(folded(texts))

    def add(self, texts: np.ndarray) -> None:
        """Take note of written texts."""
        self._used = np.concatenate([self._used, texts])

    def lengthen(self, texts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The texts with as many further letters (digits after a digit) as it takes. Shapes: (texts,)."""
        texts, waiting = texts.copy(), np.arange(len(texts))
        while len(waiting):
            more = [rng.choice(list(_MORE[text[-1:].isdigit()])) for text in texts[waiting]]
            texts[waiting] += np.array(more, dtype=object)
            free = self.pick(texts[waiting])
            self.add(texts[waiting[free]])
            waiting = waiting[~free]
        return texts


def folded(texts: np.ndarray) -> np.ndarray:
    """The texts without differences of case and outer blanks: what would still be recognised."""
    return pd.Series(texts, dtype=object).str.strip().str.casefold().to_numpy(dtype=object)
