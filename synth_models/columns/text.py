"""Free text and identifiers: what is shared stays, all else is made up."""

# ruff: noqa: D102 - the methods are told in Codec

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, Codec, Kind, to_array, to_tensor
from synth_models.columns.texts.column import TextColumn
from synth_models.columns.texts.format import TextFormat, as_texts
from synth_models.columns.texts.identifiers import IDENTIFIERS, recognise
from synth_models.columns.texts.model import TextModel
from synth_models.columns.texts.options import TextMode, TextOptions
from synth_models.columns.texts.pseudonyms import pseudonyms
from synth_models.columns.texts.repeats import Repeats
from synth_models.columns.texts.tokens import TextTokens
from synth_models.columns.texts.writers import identifier_of, make_writer

_LONG = 50  # characters


@COLUMN_TYPES.register("text", "string")
@final
class TextCodec(Codec):
    """Texts: those that many entities share are learned as they are, all others only by their shape.

    A text of such a shape is made up: by the n-grams that many entities share, or by Faker if the column is
    one of e-mail addresses, names or other identifiers. No text of the column is ever made up again, and
    values repeat as often as the real ones do.

    Options: ``min_count`` (5), ``max_categories`` (400), ``mode`` (generate, keep, pseudonymise, exclude),
    ``identifier`` (auto), ``locale`` (guessed); see ``TextOptions``.

    Example:
        >>> values = pd.Series([f"Order {n} of {n % 7} boxes" for n in range(1000, 1200)])
        >>> codec = TextCodec.fit(values)
        >>> made = codec.decode(codec.encode(values), np.random.default_rng(0))
        >>> bool(made.str.fullmatch("Order .* boxes").mean() > 0.95), bool(made.isin(values).any())
        (True, False)
    """

    options = tuple(TextOptions.__dataclass_fields__)
    kind = Kind.TEXT
    ordered = (False, False)

    def __init__(self, model: "TextModel", words: list[str], tokens: TextTokens, present: np.ndarray) -> None:
        self._model, self._words, self._tokens, self._present = model, words, tokens, present
        self.sizes = tokens.sizes

    @classmethod
    def faults(cls, values: pd.Series) -> list[str]:
        texts = as_texts(values)
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            bad = sum(any("\ud800" <= mark <= "\udfff" for mark in text) for text in texts)
            return [f"{bad} of {len(texts)} texts hold half characters (lone surrogates). Mend them."]
        return []

    @classmethod
    def likeness(cls, values: pd.Series) -> float:
        texts = as_texts(values)
        if not len(texts) or pd.api.types.infer_dtype(values, skipna=True) not in ("string", "categorical"):
            return 0.0
        distinct = pd.unique(texts)
        if recognise(distinct, str(values.name)):
            return 0.75
        length = np.median(np.fromiter(map(len, distinct), np.int64))
        is_free = len(distinct) > len(texts) / 2 or length > _LONG
        return 0.5 if is_free else 0.2

    @classmethod
    def fit(
        cls, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None, **options: Any
    ) -> Self:
        chosen = TextOptions.of(values, options)
        column = TextColumn.of(values, chosen, seed, entities)
        identifier = identifier_of(column.texts, chosen, column.name)
        keeps = identifier is None or IDENTIFIERS[identifier].public
        shared = column.shared(chosen.max_categories if keeps else 0)
        corpus = column.corpus(shared)
        writer = make_writer(corpus, chosen, identifier, column.rng)
        model = TextModel(
            column.name,
            chosen,
            TextFormat.of(values),
            keeps,
            column.missing,
            writer,
            Repeats.fit(corpus.support.rows[corpus.rare], column.k),
        )
        words = column.texts[shared].tolist()
        present = np.bincount(writer.find(column.texts[corpus.rare]), minlength=writer.n_shapes) > 0
        return cls(model, words, TextTokens.of(len(words), writer.n_shapes), present)

    def grow(self, values: pd.Series, *, seed: int = 0, entities: np.ndarray | None = None) -> Self:
        old = self._model
        column = TextColumn.of(values, old.options, seed, entities)
        shared = column.shared(old.options.max_categories if old.keeps else 0)
        words = [*self._words, *(w for w in column.texts[shared].tolist() if w not in set(self._words))]
        corpus = column.corpus(np.flatnonzero(np.isin(column.texts, np.array(words, dtype=object))))
        writer = old.writer.grow(corpus, column.rng)
        rows = corpus.support.rows[corpus.rare]
        repeats = Repeats.fit(rows, column.k) if len(rows) else old.repeats
        model = replace(old, missing=old.missing or column.missing, writer=writer, repeats=repeats)
        present = np.bincount(writer.find(column.texts[corpus.rare]), minlength=writer.n_shapes) > 0
        present[: len(self._present)] |= self._present
        return type(self)(model, words, self._tokens.grown(len(words), writer.n_shapes), present)

    def to_numbers(self, values: pd.Series) -> np.ndarray:
        numbers = np.full(len(values), np.nan)
        if self._model.options.mode is TextMode.EXCLUDE:
            return numbers
        codes, texts = pd.factorize(as_texts(values))
        given = values.notna().to_numpy(dtype=bool)
        numbers[given] = self._numbers(np.asarray(texts, dtype=object))[codes]
        return numbers

    def from_numbers(self, numbers: np.ndarray, rng: np.random.Generator) -> pd.Series:
        made = np.full(len(numbers), None, dtype=object)
        known = np.flatnonzero(numbers >= 0)
        made[known] = np.array([*self._words, None], dtype=object)[numbers[known].astype(np.int64)]
        written = np.flatnonzero(numbers < 0)
        made[written] = self._model.write(-1 - numbers[written].astype(np.int64), rng)
        return self._model.form.write(made)

    def encode_numbers(self, numbers: np.ndarray) -> np.ndarray:
        return self._tokens.encode(numbers)

    def decode_numbers(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self._tokens.decode(tokens)

    def allowed(self) -> tuple[np.ndarray, ...]:
        return self._tokens.allowed(self._model.missing, self._present)

    def ranks(self) -> tuple[np.ndarray, ...]:
        return tuple(np.zeros(size) for size in self.sizes)

    def state(self) -> dict[str, Any]:
        return {
            "model": self._model.state(),
            "words": list(self._words),
            "tokens": self._tokens.state(),
            "present": to_tensor(self._present),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        tokens = TextTokens(**state["tokens"])
        return cls(TextModel.from_state(state["model"]), state["words"], tokens, to_array(state["present"]))

    def _numbers(self, texts: np.ndarray) -> np.ndarray:
        """The numbers of distinct texts."""
        if self._model.options.mode is TextMode.PSEUDONYMISE:
            texts = pseudonyms(self._model.name, texts)
        place = pd.Index(self._words, dtype=object).get_indexer(pd.Index(texts, dtype=object))
        shape = self._model.writer.find(texts)
        if self._present.any():
            shape = np.where(self._present[shape], shape, np.flatnonzero(self._present)[0])
        return np.where(place >= 0, place, -1 - shape)
