"""Which writer a column of texts gets."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from synth_models.columns.texts.faked import Faked
from synth_models.columns.texts.identifiers import IDENTIFIERS, recognise
from synth_models.columns.texts.imitator import Imitator
from synth_models.columns.texts.options import AUTO, NONE, TextMode, TextOptions
from synth_models.columns.texts.pseudonyms import PseudonymWriter
from synth_models.columns.texts.quoter import Quoter
from synth_models.columns.texts.writing import Corpus, Writer

_WRITERS: dict[str, type[Writer]] = {
    "imitator": Imitator,
    "faked": Faked,
    "quoter": Quoter,
    "pseudonyms": PseudonymWriter,
}


def identifier_of(texts: np.ndarray, options: TextOptions, column: str) -> str | None:
    """The kind of identifier that is to be made up; None for other texts. Shapes: (texts,) distinct ones."""
    if options.mode is not TextMode.GENERATE or options.identifier == NONE:
        return None
    return recognise(texts, column) if options.identifier == AUTO else options.identifier


def make_writer(
    corpus: Corpus, options: TextOptions, identifier: str | None, rng: np.random.Generator
) -> Writer:
    """A writer of the rare texts of a corpus.

    Args:
        corpus: The texts.
        options: Those of the column.
        identifier: What ``identifier_of`` found.
        rng: Where the randomised parts come from.
    """
    if options.mode is TextMode.PSEUDONYMISE:
        return PseudonymWriter()
    if options.mode is TextMode.KEEP:
        return Quoter.fit(corpus)
    if identifier is None:
        return Imitator.fit(corpus, rng)
    if IDENTIFIERS[identifier].own_form:
        imitator = Imitator.fit(corpus, rng, IDENTIFIERS[identifier].pattern)
        if not imitator.shapes.is_free.all():
            return imitator
    return Faked.fit(corpus, identifier, options.locale, rng)


def writer_state(writer: Writer) -> dict[str, Any]:
    """Plain data and tensors."""
    name = next(name for name, kind in _WRITERS.items() if isinstance(writer, kind))
    return {"writer": name, **writer.state()}


def writer_from_state(state: Mapping[str, Any]) -> Writer:
    """The inverse of ``writer_state``."""
    return _WRITERS[state["writer"]].from_state({k: v for k, v in state.items() if k != "writer"})
