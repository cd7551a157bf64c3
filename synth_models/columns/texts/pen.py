"""Writing texts character by character, all of them at once."""

from typing import final

import numpy as np

from synth_models.columns.texts.characters import LETTER, LONGEST, LOWER, UPPER, Characters
from synth_models.columns.texts.ngrams import Ngrams
from synth_models.columns.texts.shapes import Shapes

_AT_ONCE = 4_000_000  # characters
_RUNS = (UPPER, LOWER, LETTER)
_NONE = (0, 0)
_LOOSE = 0.25


@final
class Pen:
    """Writes texts that follow the templates of their shapes, each character drawn given those before.

    Shapes:
        _ranges: (shapes, marks + 2, 2) the symbols of every mark of a template, from 1, then of the end: from
            and to before, as columns of ``_limits``
        _stays: (shapes, marks + 2) whether a mark may stand for several characters
        _last: (shapes,) the place of the end
    """

    def __init__(self, shapes: Shapes, ngrams: Ngrams) -> None:
        self._shapes, self._ngrams = shapes, ngrams
        self._free = shapes.is_free
        self._last = np.array([len(template) + 1 for template in shapes.templates])
        ranges = np.zeros((len(shapes), self._last.max() + 1, 2), dtype=np.int64)
        self._stays = np.zeros(ranges.shape[:2], dtype=bool)
        end = ngrams.alphabet.end
        for place, template in enumerate(shapes.templates):
            marks = np.array([ord(mark) for mark in template], dtype=np.int64)
            self._stays[place, 1 : len(marks) + 1] = np.isin(marks, _RUNS) | self._free[place]
            ranges[place, 1 : len(marks) + 1] = [1, end] if self._free[place] else self._symbols(marks)
            ranges[place, len(marks) + 1] = [end, end + 1]
        self._symbol, columns = np.unique(ranges, return_inverse=True)
        self._ranges = columns.reshape(ranges.shape)
        self._limits = ngrams.limits(self._symbol)
        self._blank = int(ngrams.alphabet.encode(np.array([ord(" ")]))[0])

    def write(
        self, shapes: np.ndarray, rng: np.random.Generator, *, forced: bool = False, loose: int | None = None
    ) -> np.ndarray:
        """A text for every shape.

        Args:
            shapes: (texts,)
            rng: Where the characters come from.
            forced: Whether words are cut or drawn out to the length of the shape.
            loose: The class of characters from which on some are any of their class, whatever stands before
                them: of all if it is the first one, none if it is None.

        Returns:
            (texts,) objects.
        """
        made = np.empty(len(shapes), dtype=object)
        room = self._shapes.high[shapes]
        order = np.argsort(room, kind="stable")
        starts = np.flatnonzero(np.diff(room[order].cumsum() // _AT_ONCE)) + 1
        for part in np.split(order, starts):
            made[part] = self._write(shapes[part], forced, loose, rng)
        return made

    def _symbols(self, marks: np.ndarray) -> np.ndarray:
        alphabet = self._ngrams.alphabet
        is_class = (marks > 0) & (marks < len(alphabet.ranges))
        literal = alphabet.encode(marks)[:, None] + np.arange(2)
        return np.where(is_class[:, None], alphabet.ranges[np.where(is_class, marks, 0)], literal)

    def _write(
        self, shapes: np.ndarray, forced: bool, loose: int | None, rng: np.random.Generator
    ) -> np.ndarray:
        high, free = self._shapes.high[shapes], self._free[shapes]
        most = np.minimum(np.where(free, high, 2 * high + 8), LONGEST)
        symbols = np.zeros((len(shapes), int(most.max(initial=0))), dtype=np.int32)
        length, mark = np.zeros(len(shapes), dtype=np.int64), np.zeros(len(shapes), dtype=np.int64)
        node = np.full(len(shapes), self._ngrams.start(), dtype=np.int64)
        going = np.arange(len(shapes))
        while len(going):
            shape = shapes[going]
            stay, move = self._choices(shape, mark[going], length[going], forced)
            symbol, after = self._draw(node[going], stay, move, rng)
            moved = (symbol >= self._symbol[move[:, 0]]) & (symbol < self._symbol[move[:, 1]])
            if loose is not None:
                other, any_of = self._loosened(np.where(moved[:, None], move, stay), loose, rng)
                symbol[other], after[other] = any_of, 0
            ends = free[going] & (symbol == self._ngrams.alphabet.end)
            on = ends & (length[going] < self._shapes.low[shape])  # with another text
            symbol[on], after[on], moved[on] = self._blank, self._ngrams.start(), False
            node[going] = after
            mark[going] += moved
            writes = mark[going] < self._last[shape]
            going, symbol = going[writes], symbol[writes]
            symbols[going, length[going]] = symbol
            length[going] += 1
            going = going[length[going] < most[going]]
        least = np.where(free & (length == high), self._shapes.low[shapes], length)
        return self._texts(symbols, length, least, rng)

    def _choices(
        self, shape: np.ndarray, mark: np.ndarray, length: np.ndarray, forced: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """The symbols that continue the present mark of a template, and those that begin the next."""
        stays = self._stays[shape, mark]
        stay, move = np.where(stays[:, None], self._ranges[shape, mark], _NONE), self._ranges[shape, mark + 1]
        if forced:
            last = stays & (mark == self._last[shape] - 1) & ~self._free[shape]
            move = np.where((last & (length < self._shapes.low[shape]))[:, None], _NONE, move)
            stay = np.where((last & (length >= self._shapes.high[shape]))[:, None], _NONE, stay)
        return stay, move

    def _loosened(
        self, ranges: np.ndarray, loose: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which symbols become any of their range, and which they become."""
        first, last = self._symbol[ranges].T  # the last symbol of a class is foreign to the column
        other = (rng.random(len(ranges)) < _LOOSE) & (last - first > 1)
        other &= first >= self._ngrams.alphabet.ranges[loose, 0]
        return other, rng.integers(first[other], last[other] - 1)

    def _draw(
        self, node: np.ndarray, stay: np.ndarray, move: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """The next symbols and nodes; where only something rare could follow, any character of its class."""
        edge, after = self._ngrams.draw(node, stay, move, self._limits, rng)
        rare = self._symbol[np.where(stay[:, 0] < stay[:, 1], stay[:, 1], move[:, 1])] - 1
        return np.where(edge < 0, rare, self._ngrams.symbol[edge]), after

    def _texts(
        self, symbols: np.ndarray, length: np.ndarray, least: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Symbols as texts; a text that was cut off ends with a word, if it stays long enough."""
        flat = symbols[np.arange(symbols.shape[1]) < length[:, None]].astype(np.int64)
        texts = Characters(self._ngrams.alphabet.write(flat, rng), np.r_[0, np.cumsum(length)]).texts()
        for place in np.flatnonzero(least < length):
            whole = texts[place].rpartition(" ")[0]
            if len(whole) >= least[place]:
                texts[place] = whole
        return texts
