"""Identifiers made up by Faker."""

# ruff: noqa: D102 - the methods are told in Writer

import functools
from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.seen import Seen
from synth_models.columns.texts.identifiers import IDENTIFIERS
from synth_models.columns.texts.locales import locales_of
from synth_models.columns.texts.writing import Corpus, Unused, Writer, folded

_MOST = 0.95
_PLAIN_ROUNDS = 12


@final
class Faked(Writer):
    """Writes identifiers of a kind, in the column's locales, case and grouping; they all have one shape.

    Args:
        kind: See ``IDENTIFIERS``.
        locales: Faker's locales with their shares.
        case: ``upper`` or ``lower``, if all are written so.
        separator: What stands between groups of four characters of a number.
        seen: All texts.
    """

    n_shapes = 1

    def __init__(self, kind: str, locales: dict[str, float], case: str, separator: str, seen: Seen) -> None:
        self._kind, self._locales, self._seen = kind, locales, seen
        self._case, self._separator = case, separator

    @classmethod
    def fit(cls, corpus: Corpus, kind: str, locale: str | None, rng: np.random.Generator) -> Self:
        """A writer of identifiers of this kind."""
        texts = pd.Series(corpus.texts[corpus.rare], dtype=object)
        locales = {locale: 1.0} if locale else locales_of(kind, texts.to_numpy(), corpus.k)
        cased = texts[texts.str.lower() != texts.str.upper()]
        case = next((c for c in ("upper", "lower") if (getattr(cased.str, c)() == cased).mean() >= _MOST), "")
        if kind in ("iban", "card") and IDENTIFIERS[kind].share(texts.to_numpy()) >= _MOST:
            separator = next((s for s in " -" if texts.str.contains(s, regex=False).mean() >= _MOST), "")
        else:
            separator = ""
        return cls(kind, locales, case, separator, Seen.of(folded(corpus.texts), rng))

    def grow(self, corpus: Corpus, rng: np.random.Generator) -> Self:
        seen = self._seen.grow(folded(corpus.texts), rng)
        return type(self)(self._kind, self._locales, self._case, self._separator, seen)

    def find(self, texts: np.ndarray) -> np.ndarray:
        return np.zeros(len(texts), dtype=np.int64)

    def write(self, shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        made = np.full(len(shapes), "", dtype=object)
        unused, waiting, attempt = Unused(self._seen), np.arange(len(shapes)), 0
        join = IDENTIFIERS[self._kind].join
        while len(waiting):
            fresh = self._make(len(waiting), rng)
            if attempt >= _PLAIN_ROUNDS:  # too few different ones: two of them as one
                fresh[:] = [join(a, b) for a, b in zip(made[waiting], fresh, strict=True)]
            made[waiting] = fresh
            free = unused.pick(fresh)
            unused.add(fresh[free])
            waiting, attempt = waiting[~free], attempt + 1
        return made

    def state(self) -> dict[str, Any]:
        return {
            "kind": self._kind,
            "locales": dict(self._locales),
            "case": self._case,
            "separator": self._separator,
            "seen": self._seen.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls(**{**state, "seen": Seen.from_state(state["seen"])})

    def _make(self, size: int, rng: np.random.Generator) -> np.ndarray:
        shares = np.array(list(self._locales.values()))
        made: list[str] = []
        for faker, number in zip(self._fakers, rng.multinomial(size, shares / shares.sum()), strict=True):
            faker.seed_instance(int(rng.integers(2**62)))
            maker = getattr(faker, IDENTIFIERS[self._kind].maker)
            made += [maker() for _ in range(number)]
        texts = pd.Series(made, dtype=object).str.replace("\n", " ", regex=False)
        if self._separator:
            texts = texts.str.replace(r"(.{4})(?=.)", rf"\1{self._separator}", regex=True)
        if self._case:
            texts = getattr(texts.str, self._case)()
        return texts.to_numpy(dtype=object)[rng.permutation(size)]

    @functools.cached_property
    def _fakers(self) -> list[Any]:
        from faker import Faker

        return [Faker(locale, use_weighting=False) for locale in self._locales]
