"""Texts of a column whose values are public: they come out as they are."""

# ruff: noqa: D102 - the methods are told in Writer

from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.texts.shapes import Shapes
from synth_models.columns.texts.writing import Corpus, Writer


@final
class Quoter(Writer):
    """Draws the column's own texts of a shape, each as often as it occurs.

    Args:
        shapes: The shapes of the texts.
        texts: (texts,) objects.
        rows: (texts,) how often each occurs.
    """

    def __init__(self, shapes: Shapes, texts: np.ndarray, rows: np.ndarray) -> None:
        order = np.argsort(shapes.find(texts), kind="stable")
        self._shapes, self._texts, self._rows = shapes, texts[order], rows[order]
        self._start = np.searchsorted(shapes.find(self._texts), np.arange(len(shapes) + 1))
        self._total = np.r_[0, np.cumsum(self._rows)]
        self.n_shapes = len(shapes)

    @classmethod
    def fit(cls, corpus: Corpus) -> Self:
        """A writer of the rare texts of a corpus."""
        texts, support = corpus.texts[corpus.rare], corpus.support.kept(corpus.rare)
        return cls(Shapes.fit(texts, support, corpus.k), texts, support.rows)

    def grow(self, corpus: Corpus, rng: np.random.Generator) -> Self:
        texts, support = corpus.texts[corpus.rare], corpus.support.kept(corpus.rare)
        rows = pd.Series(support.rows, index=texts)
        rows = rows.combine_first(pd.Series(self._rows, index=self._texts)).astype(np.int64)
        shapes = self._shapes.grow(texts, support, corpus.k)
        return type(self)(shapes, rows.index.to_numpy(dtype=object), rows.to_numpy())

    def find(self, texts: np.ndarray) -> np.ndarray:
        return self._shapes.find(texts)

    def write(self, shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if not len(self._texts):
            return np.full(len(shapes), "", dtype=object)
        first, last = self._total[self._start[shapes]], self._total[self._start[shapes + 1]]
        nothing = first == last  # a shape that no text has any more
        first, last = np.where(nothing, 0, first), np.where(nothing, self._total[-1], last)
        drawn = first + (rng.random(len(shapes)) * (last - first)).astype(np.int64)
        return self._texts[np.searchsorted(self._total, drawn, side="right") - 1]

    def state(self) -> dict[str, Any]:
        return {"shapes": self._shapes.state(), "texts": list(self._texts), "rows": to_tensor(self._rows)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        texts = np.array([*state["texts"], None], dtype=object)[:-1]
        return cls(Shapes.from_state(state["shapes"]), texts, to_array(state["rows"]))
