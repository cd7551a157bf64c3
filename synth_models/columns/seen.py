"""Which texts are real, without storing any: for values that must never come out again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import to_array, to_tensor

_BITS = 8  # per value
_LEAST = 512
_FILL = 0.25  # of the bits are set: by values, and by chance where these are fewer


@final
@dataclass(frozen=True)
class Seen:
    """A set of salted hashes that knows every text it was given and claims to know a quarter of all others.

    No text can be read from it, and that it claims to know one proves little: many bits are set at random.

    Args:
        salt: 16 characters that the hashes are keyed by.
        layers: Bits, packed into bytes; growing adds a layer.

    Example:
        >>> seen = Seen.of(np.array(["Ann", "Bob"], dtype=object), np.random.default_rng(0))
        >>> seen.knows(np.array(["Bob", "Ann"], dtype=object)).tolist()
        [True, True]
    """

    salt: str
    layers: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, texts: np.ndarray, rng: np.random.Generator) -> "Seen":
        """A set of these texts. Shapes: (texts,) objects."""
        return cls(rng.bytes(8).hex(), ()).grow(texts, rng)

    def knows(self, texts: np.ndarray) -> np.ndarray:
        """Whether each text is in the set, or one of those that it claims to know. Shapes: (texts,) bool."""
        return self._set(self._hashes(texts))

    def grow(self, texts: np.ndarray, rng: np.random.Generator) -> "Seen":
        """The set with these texts as well."""
        hashes = self._hashes(pd.unique(texts))
        hashes = hashes[~self._set(hashes)]
        if not len(hashes):
            return self
        size = -(-max(_BITS * len(hashes), _LEAST) // 8) * 8
        bits = rng.random(size) < max(_FILL - len(hashes) / size, 0.0)
        bits[(hashes % np.uint64(size)).astype(np.int64)] = True
        return Seen(self.salt, (*self.layers, np.packbits(bits, bitorder="little")))

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        return {"salt": self.salt, "layers": [to_tensor(bits) for bits in self.layers]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Seen":
        """The inverse of ``state``."""
        return cls(state["salt"], tuple(to_array(bits) for bits in state["layers"]))

    def _set(self, hashes: np.ndarray) -> np.ndarray:
        """Whether the bit of each hash is set in any layer. Shapes: (texts,) bool."""
        found = np.zeros(len(hashes), dtype=bool)
        for bits in self.layers:
            place = hashes % np.uint64(8 * len(bits))
            found |= (
                bits[(place >> np.uint64(3)).astype(np.int64)] >> (place & np.uint64(7)).astype(np.uint8)
            ) & 1 > 0
        return found

    def _hashes(self, texts: np.ndarray) -> np.ndarray:
        if not len(texts):
            return np.zeros(0, dtype=np.uint64)
        return pd.util.hash_array(np.asarray(texts, dtype=object), hash_key=self.salt, categorize=False)
