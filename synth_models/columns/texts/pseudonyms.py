"""Pseudonyms: what stands for a text, the same everywhere for who has the secret."""

# ruff: noqa: D102 - the methods are told in Writer

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import Any, Self, final

import numpy as np

from synth_models.columns.texts.writing import Corpus, Writer
from synth_models.errors import SettingError

SECRET = "SYNTH_PSEUDONYM_SECRET"
"""The environment variable that holds the secret; it is read where texts are read, and never stored."""

_DIGITS = 16
_FORM = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")


def pseudonyms(column: str, texts: np.ndarray) -> np.ndarray:
    """The pseudonym of every text; a pseudonym stays what it is.

    Raises:
        SettingError: If there are other texts, and no secret.

    Shapes:
        texts: (texts,) objects
    """
    made = texts.copy()
    real = np.flatnonzero([_FORM.fullmatch(text) is None for text in texts])
    if len(real):
        secret = _secret(column)
        made[real] = [
            hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS] for text in texts[real]
        ]
    return made


def _secret(column: str) -> bytes:
    found = os.environ.get(SECRET, "")
    if not found:
        raise SettingError(
            f"Column '{column}': its mode is pseudonymise, and the environment variable {SECRET} is not set. "
            f"Set it to a secret of your own, or choose another mode."
        )
    return found.encode()


@final
class PseudonymWriter(Writer):
    """Writes pseudonyms that stand for nothing; they all have one shape."""

    n_shapes = 1

    def grow(self, corpus: Corpus, rng: np.random.Generator) -> Self:
        return self

    def find(self, texts: np.ndarray) -> np.ndarray:
        return np.zeros(len(texts), dtype=np.int64)

    def write(self, shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        digits = rng.bytes(len(shapes) * _DIGITS // 2).hex()
        made = np.empty(len(shapes), dtype=object)
        made[:] = [digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS)]
        return made

    def state(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        return cls()
