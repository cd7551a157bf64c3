"""The characters of a column as symbols: frequent ones themselves, rare ones as any of their kind."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.support import Support
from synth_models.columns.texts.characters import DIGIT, LETTER, LOWER, OTHER, UPPER, classes, writable

START = 0
"""The symbol before the first character of a text."""

_DEFAULTS = {
    OTHER: np.array([ord(".")]),
    UPPER: np.arange(ord("A"), ord("Z") + 1),
    LOWER: np.arange(ord("a"), ord("z") + 1),
    LETTER: np.arange(0x4E00, 0x4F00),
    DIGIT: np.arange(ord("0"), ord("9") + 1),
}
_BLOCK = 128


@final
@dataclass(frozen=True)
class Alphabet:
    """Symbols, those of a class of characters side by side, between ``START`` and ``end``.

    A symbol is a character, or any character of a class and a block of Unicode (all rare Chinese ones, say),
    or any of a class: then one is drawn when it is written.

    Args:
        points: (characters,) code points with a symbol of their own.
        blocks: (blocks,) class and block in one number: ``class * 2**16 + block``.
    """

    points: np.ndarray
    blocks: np.ndarray

    @classmethod
    def fit(cls, points: np.ndarray, entity: np.ndarray, k: int) -> "Alphabet":
        """Symbols for what ``k`` entities share.

        Shapes:
            points, entity: (characters,)
        """
        found, place = np.unique(points, return_inverse=True)
        support = Support.of(place, len(found), entity)
        own = support.each >= k
        rare = support.kept(~own)
        blocks, label = np.unique(_block_of(found[~own]), return_inverse=True)
        return cls(found[own], blocks[rare.together(label, len(blocks)) >= k])

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return len(self._order) + 2

    @property
    def end(self) -> int:
        """The symbol after the last character of a text."""
        return self.size - 1

    def encode(self, points: np.ndarray) -> np.ndarray:
        """Characters to symbols. Shapes: (characters,)."""
        symbol = np.empty(len(self._order), dtype=np.int64)
        symbol[self._order] = 1 + np.arange(len(self._order))
        n = len(self.points)
        kind = classes()[points]
        made = symbol[n + len(self.blocks) :][kind]
        for known, wanted, own in (
            (self.blocks, _block_of(points), symbol[n : n + len(self.blocks)]),
            (self.points, points, symbol[:n]),
        ):
            if len(known):
                at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
                made = np.where(known[at] == wanted, own[at], made)
        return made

    def write(self, symbols: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Symbols to characters. Shapes: (symbols,)."""
        points, start = self._pools
        which = symbols - 1
        size = start[which + 1] - start[which]
        return points[start[which] + (rng.random(len(symbols)) * size).astype(np.int64)]

    @functools.cached_property
    def ranges(self) -> np.ndarray:
        """(classes, 2) the first symbol of each class, and the one after its last (which is any of it)."""
        kinds = self._classes[self._order]
        every = np.arange(len(_DEFAULTS))
        return 1 + np.stack([np.searchsorted(kinds, every, side) for side in ("left", "right")], axis=1)

    def state(self) -> dict[str, Any]:
        """Tensors."""
        return {"points": to_tensor(self.points), "blocks": to_tensor(self.blocks)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Alphabet":
        """The inverse of ``state``."""
        return cls(to_array(state["points"]), to_array(state["blocks"]))

    @functools.cached_property
    def _classes(self) -> np.ndarray:
        return np.r_[classes()[self.points], self.blocks >> 16, np.arange(len(_DEFAULTS))]

    @functools.cached_property
    def _order(self) -> np.ndarray:
        return np.argsort(self._classes, kind="stable")

    @functools.cached_property
    def _pools(self) -> tuple[np.ndarray, np.ndarray]:
        """The characters that each symbol can be, one symbol after the other, and where they begin."""
        blocks = [_block(int(number)) for number in self.blocks]
        pools = [*self.points[:, None], *blocks, *_DEFAULTS.values()]
        pools = [pools[place] for place in self._order]
        return np.concatenate(pools), np.r_[0, np.cumsum([len(pool) for pool in pools])]


def _block_of(points: np.ndarray) -> np.ndarray:
    return classes()[points] * 2**16 + points // _BLOCK


def _block(number: int) -> np.ndarray:
    kind, block = divmod(number, 2**16)
    points = np.arange(block * _BLOCK, (block + 1) * _BLOCK)
    points = points[(classes()[points] == kind) & writable()[points]]
    return points if len(points) else _DEFAULTS[kind]
