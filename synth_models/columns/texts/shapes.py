"""The shapes of texts: templates that enough entities share, else no more than a length."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.support import Support
from synth_models.columns.texts.characters import LONGEST, Characters, text_lengths

FREE = "\x00"
"""The template of texts without one."""

_MOST = 50
_AT_ONCE = 4_000_000  # characters
_LONGEST = 24  # marks of a template: longer texts read better without
_BINS = 4  # of lengths, per template
_FREE_BINS = 8
_ROOM = 4  # times the threshold: entities per bin
_USUAL = 32  # characters of a text of which nothing is known


@final
@dataclass(frozen=True)
class Shapes:
    """Templates by ranges of lengths; first come those of texts without a template.

    Args:
        templates: The template of each shape (see ``Characters.templates``), or ``FREE``.
        low, high: (shapes,) the lengths of the texts of each shape.
    """

    templates: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def fit(cls, texts: np.ndarray, support: Support, k: int) -> "Shapes":
        """The shapes of distinct texts with this support, as far as ``k`` entities share them."""
        characters = Characters.of(texts)
        marks, lengths = characters.templates(), characters.lengths
        _, first, label = np.unique(marks.hashes(), return_index=True, return_inverse=True)
        entities = support.together(label, len(first))
        entities[(marks.lengths[first] > _LONGEST) | (marks.lengths[first] == 0)] = 0
        common = np.lexsort((first, -entities))[:_MOST]
        common = common[entities[common] >= k]
        free = ~np.isin(label, common)
        n_free = int(support.together(free.astype(np.int64), 2)[1])
        found = _bins(FREE, lengths[free], n_free, k, _FREE_BINS)
        names = marks.texts().tolist()
        for one in common.tolist():
            found += _bins(names[first[one]], lengths[label == one], int(entities[one]), k, _BINS)
        low, high = np.array([ends for _, *ends in found]).T
        return cls(tuple(template for template, *_ in found), low, high)

    def __len__(self) -> int:
        return len(self.templates)

    @property
    def is_free(self) -> np.ndarray:
        """Which shapes are those of texts without a template. Shapes: (shapes,) bool."""
        return np.array([template == FREE for template in self.templates])

    def find(self, texts: np.ndarray) -> np.ndarray:
        """The shape of every text, of the nearest length if none fits. Shapes: (texts,)."""
        part = text_lengths(texts).cumsum() // _AT_ONCE
        starts = np.flatnonzero(np.diff(part)) + 1
        return np.concatenate([self._find(some) for some in np.split(texts, starts)])

    def _find(self, texts: np.ndarray) -> np.ndarray:
        characters = Characters.of(texts)
        hashes, table = self._table
        wanted = characters.templates().hashes()
        at = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
        return table[np.where(hashes[at] == wanted, at, len(hashes)), characters.lengths]

    def similar(self, texts: np.ndarray) -> np.ndarray:
        """The shape with a template that is nearest to every text in length. Shapes: (texts,)."""
        places = np.flatnonzero(~self.is_free)
        middle = (self.low + self.high)[places] / 2
        order = np.argsort(middle, kind="stable")
        between = (middle[order][1:] + middle[order][:-1]) / 2
        return places[order[np.searchsorted(between, text_lengths(texts))]]

    def fits(self, texts: np.ndarray) -> np.ndarray:
        """Whether each text is as long as the texts of its shape are. Shapes: (texts,) bool."""
        shape, lengths = self.find(texts), text_lengths(texts)
        return (self.low[shape] <= lengths) & (lengths <= self.high[shape])

    def grow(self, texts: np.ndarray, support: Support, k: int) -> "Shapes":
        """These shapes, and those of templates that are new."""
        fresh = Shapes.fit(texts, support, k)
        known = {*self.templates, FREE}
        new = [place for place, template in enumerate(fresh.templates) if template not in known]
        return Shapes(
            (*self.templates, *(fresh.templates[place] for place in new)),
            np.r_[self.low, fresh.low[new]],
            np.r_[self.high, fresh.high[new]],
        )

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        return {"templates": list(self.templates), "low": to_tensor(self.low), "high": to_tensor(self.high)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Shapes":
        """The inverse of ``state``."""
        return cls(tuple(state["templates"]), to_array(state["low"]), to_array(state["high"]))

    @functools.cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """The hashes of the templates, rising; per template, and last without one, the shape by length."""
        names = np.array(list(dict.fromkeys(self.templates)), dtype=object)
        hashes = Characters.of(names).hashes()
        order = np.argsort(hashes[1:]) + 1  # the first is FREE
        every = np.arange(LONGEST + 1)
        rows = []
        for name in names[np.r_[order, 0]]:
            places = np.array([place for place, template in enumerate(self.templates) if template == name])
            nearest = np.searchsorted(self.high[places], every)
            rows.append(places[np.minimum(nearest, len(places) - 1)])
        return hashes[order] if len(order) else np.zeros(1, dtype=np.uint64), np.stack(
            rows if len(order) else rows * 2
        )


def _bins(template: str, lengths: np.ndarray, entities: int, k: int, most: int) -> list[tuple[str, int, int]]:
    """Ranges of the lengths of texts of one template, each for several times ``k`` entities."""
    if entities < k:
        longest = int(lengths.max()) if len(lengths) else _USUAL
        return [(template, 1, 2 ** int(np.ceil(np.log2(max(longest, 2)))))]
    rising = np.sort(lengths)
    low, high = int(rising[:k].mean()), int(np.ceil(rising[-k:].mean()))
    n = int(np.clip(entities // (_ROOM * k), 1, most))
    inner = np.quantile(rising, np.arange(1, n) / n).astype(np.int64)
    inner = np.unique(inner[(inner >= low) & (inner < high)])
    lows = [max(low, 1), *(inner + 1)]
    return [(template, int(a), int(b)) for a, b in zip(lows, [*inner, max(high, 1)], strict=True)]
