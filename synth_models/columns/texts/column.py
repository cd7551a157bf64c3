"""A column of texts as it is learned from: distinct texts and who has them."""

import hashlib
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns.base import threshold
from synth_models.columns.support import Support
from synth_models.columns.texts.format import as_texts
from synth_models.columns.texts.options import TextMode, TextOptions
from synth_models.columns.texts.pseudonyms import pseudonyms
from synth_models.columns.texts.writing import Corpus


@final
@dataclass(frozen=True)
class TextColumn:
    """The distinct texts of a column and who has them.

    Args:
        name: The column.
        texts: (texts,) distinct ones (objects), or their pseudonyms.
        support: Theirs.
        k: How many entities must share what is stored.
        missing: Whether some rows have none.
        rng: Where the randomised parts come from: neither it nor the seed can be had from a checkpoint.
    """

    name: str
    texts: np.ndarray
    support: Support
    k: int
    missing: bool
    rng: np.random.Generator

    @classmethod
    def of(
        cls, values: pd.Series, options: TextOptions, seed: int, entities: np.ndarray | None
    ) -> "TextColumn":
        """The column, empty if it is excluded."""
        if options.mode is TextMode.EXCLUDE:
            values = values.iloc[:0]
        given = values.notna().to_numpy(dtype=bool)
        codes, found = pd.factorize(as_texts(values))
        texts = np.asarray(found, dtype=object)
        digest = hashlib.sha256("\x00".join(texts).encode("utf-8", "replace")).digest()
        if options.mode is TextMode.PSEUDONYMISE:
            texts = pseudonyms(str(values.name), texts)
        return cls(
            str(values.name),
            texts,
            Support.of(codes, len(texts), None if entities is None else np.asarray(entities)[given]),
            threshold(values, options.min_count, seed),
            not given.all() or not len(given),
            np.random.default_rng([seed, int.from_bytes(digest)]),
        )

    def shared(self, most: int) -> np.ndarray:
        """The texts that enough entities share, frequent ones first, at most so many."""
        places = np.flatnonzero(self.support.each >= self.k)
        return places[np.lexsort((self.texts[places].astype(str), -self.support.rows[places]))][:most]

    def corpus(self, shared: np.ndarray) -> Corpus:
        """What to learn the others from."""
        return Corpus(self.texts, self.support, ~np.isin(np.arange(len(self.texts)), shared), self.k)
