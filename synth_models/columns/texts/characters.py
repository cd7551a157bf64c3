"""Texts as arrays of characters: their classes, and the templates these make."""

import functools
import unicodedata
from dataclasses import dataclass
from typing import final

import numpy as np

OTHER, UPPER, LOWER, LETTER, DIGIT = range(5)
"""Classes of characters: all others, letters with a case and without, digits of any script."""

LONGEST = 2000
"""Texts are looked at up to so many characters."""

_CLASSES = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Nd": DIGIT}
_SURROGATES = "surrogatepass"


@final
@dataclass(frozen=True)
class Characters:
    """Several texts as one array of code points.

    Shapes:
        points: (characters,) int64
        start: (texts + 1,) where each text begins, and where the last one ends
    """

    points: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, texts: np.ndarray) -> "Characters":
        """The characters of texts (objects), each up to ``LONGEST``."""
        cut = [text[:LONGEST] for text in texts]
        points = np.frombuffer("".join(cut).encode("utf-32-le", _SURROGATES), dtype=np.uint32)
        return cls(points.astype(np.int64), np.r_[0, np.cumsum([len(text) for text in cut], dtype=np.int64)])

    @property
    def lengths(self) -> np.ndarray:
        """(texts,)."""
        return np.diff(self.start)

    @property
    def owner(self) -> np.ndarray:
        """(characters,) which text each belongs to."""
        return np.repeat(np.arange(len(self.start) - 1), self.lengths)

    def texts(self) -> np.ndarray:
        """The texts: (texts,) objects."""
        whole = self.points.astype("<u4").tobytes().decode("utf-32-le", _SURROGATES)
        made = np.empty(len(self.start) - 1, dtype=object)
        made[:] = [whole[a:b] for a, b in zip(self.start[:-1], self.start[1:], strict=True)]
        return made

    def templates(self) -> "Characters":
        """The texts with one mark (its class) for every run of letters of a class and for every digit.

        Example:
            >>> marks = Characters.of(np.array(["Room 12a"], dtype=object)).templates()
            >>> marks.points.tolist() == [UPPER, LOWER, ord(" "), DIGIT, DIGIT, LOWER]
            True
        """
        kind = classes()[self.points]
        run = np.zeros(len(kind), dtype=bool)
        run[1:] = (kind[1:] == kind[:-1]) & np.isin(kind[1:], (UPPER, LOWER, LETTER))
        run[self.start[:-1][self.lengths > 0]] = False
        marks = np.where(kind == OTHER, self.points, kind)[~run]
        return Characters(marks, np.r_[0, np.cumsum(~run)][self.start])

    def hashes(self) -> np.ndarray:
        """(texts,) uint64, the same for the same text."""
        place = np.arange(len(self.points)) - self.start[self.owner]
        terms = (self.points.astype(np.uint64) + np.uint64(1)) * _factors()[place]
        total = np.r_[np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)]
        return total[self.start[1:]] - total[self.start[:-1]]


def text_lengths(texts: np.ndarray) -> np.ndarray:
    """The lengths of texts (objects), as far as they are looked at. Shapes: (texts,)."""
    return np.minimum(np.fromiter(map(len, texts), np.int64, len(texts)), LONGEST)


@functools.cache
def classes() -> np.ndarray:
    """The class of every code point."""
    categories = _categories()
    kinds = np.where(_starts("L") | _starts("M"), LETTER, OTHER)
    for category, kind in _CLASSES.items():
        kinds[categories == category] = kind
    return kinds


@functools.cache
def writable() -> np.ndarray:
    """Whether a code point can stand for another of its class: no blank, control or combining one."""
    return _starts("L") | _starts("P") | _starts("S") | (_categories() == "Nd")


@functools.cache
def _categories() -> np.ndarray:
    found = np.full(0x110000, "Cn")  # planes 4 to 13 have no characters, those after 14 no public ones
    for points in (range(0x40000), range(0xE0000, 0xE1000)):
        found[points.start : points.stop] = [unicodedata.category(chr(point)) for point in points]
    return found


def _starts(letter: str) -> np.ndarray:
    return _categories().view(np.uint32)[::2] == ord(letter)


@functools.cache
def _factors() -> np.ndarray:
    return np.random.default_rng(0).integers(2**63, size=LONGEST, dtype=np.uint64) * np.uint64(2) + np.uint64(
        1
    )
