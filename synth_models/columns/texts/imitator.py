"""Texts of the column's own shapes, written with the column's own n-grams."""

# ruff: noqa: D102 - the methods are told in Writer

import functools
from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.seen import Seen
from synth_models.columns.texts.characters import DIGIT, OTHER
from synth_models.columns.texts.ngrams import Ngrams
from synth_models.columns.texts.pen import Pen
from synth_models.columns.texts.shapes import Shapes
from synth_models.columns.texts.writing import Corpus, Unused, Writer, folded

_ROUNDS = 24
_FORCED = 6  # from here on words are cut or drawn out to the length of the shape,
_LOOSE = 10  # from here on some digits are any,
_LENIENT = 18  # and from here on some letters as well, and a text of any shape is taken


@final
class Imitator(Writer):
    """Writes texts like those of the column: its templates, lengths and n-grams, as far as they are shared.

    Args:
        shapes: The shapes of the rare texts.
        ngrams: The characters of all texts.
        seen: All texts.
        pattern: What the whole of every text must look like.
    """

    def __init__(self, shapes: Shapes, ngrams: Ngrams, seen: Seen, pattern: str = "") -> None:
        self.shapes, self._ngrams, self._seen, self._pattern = shapes, ngrams, seen, pattern
        self.n_shapes = len(shapes)

    @classmethod
    def fit(cls, corpus: Corpus, rng: np.random.Generator, pattern: str = "") -> Self:
        """A writer of texts like the rare ones of a corpus, with a pattern if they are to have one."""
        return cls(
            Shapes.fit(*corpus.rare_ones(), corpus.k),
            Ngrams.fit(*corpus.sample(rng), corpus.k),
            Seen.of(folded(corpus.texts), rng),
            pattern,
        )

    def grow(self, corpus: Corpus, rng: np.random.Generator) -> Self:
        shapes, ngrams = self.shapes, self._ngrams
        if corpus.rare.any():
            shapes = shapes.grow(*corpus.rare_ones(), corpus.k)
            ngrams = Ngrams.fit(*corpus.sample(rng), corpus.k)
        return type(self)(shapes, ngrams, self._seen.grow(folded(corpus.texts), rng), self._pattern)

    def find(self, texts: np.ndarray) -> np.ndarray:
        found = self.shapes.find(texts)
        if self._pattern:  # then a text has a template, if need be another one
            free = self.shapes.is_free[found]
            found[free] = self.shapes.similar(texts[free])
        return found

    def write(self, shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        made = np.full(len(shapes), None, dtype=object)
        unused, pen = Unused(self._seen), self._pen
        waiting = np.arange(len(shapes))
        for attempt in range(_ROUNDS):
            if not len(waiting):
                return made
            loose = OTHER if attempt >= _LENIENT else DIGIT if attempt >= _LOOSE else None
            fresh = pen.write(shapes[waiting], rng, forced=attempt >= _FORCED, loose=loose)
            there = np.flatnonzero(unused.pick(fresh) & self._formed(fresh))
            here = there
            if attempt < _LENIENT:
                there = there[self.shapes.fits(fresh[there])]
                here, found = _matched(shapes[waiting], self.shapes.find(fresh[there]))
                there = there[found]
            made[waiting[here]] = fresh[there]
            unused.add(fresh[there])
            waiting = np.flatnonzero(pd.isna(made))
        made[waiting] = unused.lengthen(pen.write(shapes[waiting], rng), rng)
        return made

    def _formed(self, texts: np.ndarray) -> np.ndarray:
        if not self._pattern:
            return np.ones(len(texts), dtype=bool)
        return pd.Series(texts, dtype=object).str.fullmatch(self._pattern).to_numpy(dtype=bool)

    @functools.cached_property
    def _pen(self) -> Pen:
        return Pen(self.shapes, self._ngrams)

    def state(self) -> dict[str, Any]:
        return {
            "shapes": self.shapes.state(),
            "ngrams": self._ngrams.state(),
            "seen": self._seen.state(),
            "pattern": self._pattern,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(
            Shapes.from_state(state["shapes"]),
            Ngrams.from_state(state["ngrams"]),
            Seen.from_state(state["seen"]),
            state["pattern"],
        )


def _matched(wanted: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first of each shape wanted with the first found, and so on: places in both. Shapes: (pairs,)."""
    keys = [pd.MultiIndex.from_arrays([v, pd.Series(v).groupby(v).cumcount()]) for v in (wanted, found)]
    at = keys[1].get_indexer(keys[0])
    return np.flatnonzero(at >= 0), at[at >= 0]
