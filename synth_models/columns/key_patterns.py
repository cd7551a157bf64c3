"""Patterns of texts: which characters stand where; for keys that look like the real ones."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.support import Support, rising

_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_HEX = (string.digits, "abcdef", "ABCDEF")
_HEX_LETTERS = 50  # so many letters, none beyond f, are digits of hexadecimal numbers
_OTHER = len(_CLASSES) + 1  # letters and digits of other alphabets
_ANY = _OTHER + 1
_COMMON = 0.9  # of the texts must follow patterns of classes, else letters and digits are one class
_MAX_PATTERNS = 200
_MAX_LENGTH = 256
_MAX_TEXTS = 100_000


@final
@dataclass(frozen=True)
class Patterns:
    """Forms of texts: for every place of a text the characters that can stand there.

    A pattern, and a character at a place, is one that enough entities share; where single characters are
    rarer, all of their class (digits, lower or upper case letters) can stand.

    Args:
        patterns: Each a tuple of the characters of every place.
        weights: How common each pattern is.
    """

    patterns: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...]

    @classmethod
    def fit(cls, texts: np.ndarray, min_count: int, entities: np.ndarray | None = None) -> "Patterns":
        """The patterns of texts.

        Args:
            texts: (rows,) strings.
            min_count: Entities that must share what is kept.
            entities: (rows,) whose row it is; None for every row its own.
        """
        few = slice(None, None, max(len(texts) // _MAX_TEXTS, 1))
        codes = _characters(texts[few])
        entities = None if entities is None else np.asarray(entities)[few]
        kinds = _classes(codes)
        classes = _HEX if _is_hexadecimal(codes, kinds) else _CLASSES
        group, support = _grouped(codes, kinds, entities)
        if support.rows[support.each >= min_count].sum() < _COMMON * len(codes):
            group, support = _grouped(codes, np.where(kinds > 0, _ANY, 0), entities)
        found = np.flatnonzero(support.each >= min_count)
        found = found[np.argsort(-support.rows[found], kind="stable")][:_MAX_PATTERNS]
        patterns = []
        for number in found:
            rows = np.flatnonzero(group == number)
            mine = None if entities is None else entities[rows]
            patterns.append(_places(codes[rows], kinds[rows], classes, min_count, mine))
        if not patterns:
            return cls((_plain(codes, kinds),), (1.0,))
        weights = support.rows[found] / support.rows[found].sum()
        return cls(tuple(patterns), tuple(weights.tolist()))

    def wider(self) -> "Patterns":
        """Patterns of more texts."""
        return Patterns(tuple(map(_widened, self.patterns)), self.weights)

    def draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Texts of these patterns: (size,) objects."""
        which = rng.choice(len(self.patterns), size=size, p=np.asarray(self.weights) / sum(self.weights))
        texts = np.full(size, "", dtype=object)
        for number, pattern in enumerate(self.patterns):
            rows = np.flatnonzero(which == number)
            if not len(rows) or not pattern:
                continue
            made = np.empty((len(rows), len(pattern)), dtype="U1")
            for place, characters in enumerate(pattern):
                made[:, place] = np.array(list(characters))[rng.integers(0, len(characters), len(rows))]
            texts[rows] = made.view(f"U{len(pattern)}")[:, 0].astype(object)
        return texts

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return {"patterns": [list(pattern) for pattern in self.patterns], "weights": list(self.weights)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Patterns":
        """The inverse of ``state``."""
        return cls(tuple(map(tuple, state["patterns"])), tuple(state["weights"]))


def _characters(texts: np.ndarray) -> np.ndarray:
    """The code of every character, 0 after the end. Shapes: (rows,) -> (rows, longest)."""
    fixed = np.asarray(texts, dtype=str)
    width = min(max(int(np.char.str_len(fixed).max(initial=0)), 1), _MAX_LENGTH)
    return fixed.astype(f"U{width}").reshape(-1, 1).view(np.uint32).reshape(len(texts), width)


def _classes(codes: np.ndarray) -> np.ndarray:
    """The class of every character, 0 for one that stands for itself. Shapes: (rows, places)."""
    kinds = rising(codes.ravel())
    found = np.zeros(int(kinds[-1]) + 1 if len(kinds) else 1, dtype=np.int64)
    for code in kinds.tolist():
        character = chr(code)
        own = [number for number, members in enumerate(_CLASSES, start=1) if character in members]
        found[code] = own[0] if own else _OTHER if character.isalnum() else 0
    return found[codes]


def _grouped(codes: np.ndarray, kinds: np.ndarray, entities: np.ndarray | None) -> tuple[np.ndarray, Support]:
    """The number of every row's pattern, and who has these."""
    group, n_groups = np.zeros(len(codes), dtype=np.int64), min(len(codes), 1)
    for marks in np.where(kinds > 0, kinds, codes).T:  # numbers are compared faster than texts
        if n_groups and (marks != marks[0]).any():
            group, unique = pd.factorize(group * (int(marks.max()) + 1) + marks)
            n_groups = len(unique)
    return group, Support.of(group, n_groups, entities)


def _is_hexadecimal(codes: np.ndarray, kinds: np.ndarray) -> bool:
    letters = codes[(kinds > 1) & (kinds < _OTHER)]
    within = np.isin(letters, [ord(letter) for members in _HEX[1:] for letter in members])
    return len(letters) >= _HEX_LETTERS and bool(within.all())


def _places(
    codes: np.ndarray,
    kinds: np.ndarray,
    members: tuple[str, ...],
    min_count: int,
    entities: np.ndarray | None,
) -> tuple[str, ...]:
    """The characters that can stand at every place of texts of one pattern."""
    length = int((codes[0] > 0).sum())
    found = []
    for place in range(length):
        characters = rising(codes[:, place])
        number = np.zeros(int(characters[-1]) + 1, dtype=np.int64)
        number[characters] = np.arange(len(characters))
        which = number[codes[:, place]]
        each = Support.of(which, len(characters), entities).each
        classes = np.zeros(len(characters), dtype=np.int64)
        classes[which] = kinds[:, place]
        if not classes[0]:
            found.append(chr(characters[0]))  # a sign that stands for itself
            continue
        allowed = ""
        for number in np.unique(classes):
            mine = classes == number
            common = mine & (each >= min_count)
            if common.sum() == mine.sum() or number == _OTHER:
                allowed += "".join(map(chr, characters[common]))
            elif each[mine].sum() >= min_count:
                allowed += members[number - 1]
        found.append(allowed or members[min(int(classes[np.argmax(each)]), 2) - 1])
    return tuple(found)


def _widened(pattern: tuple[str, ...]) -> tuple[str, ...]:
    """Of more texts: leading noughts become digits, some characters their whole class, or a digit more."""
    for place in reversed(range(len(pattern) - 1)):
        follows = pattern[place + 1]
        if pattern[place] == "0" and len(follows) > 1 and set(follows) <= set(string.digits):
            return (*pattern[:place], string.digits, *pattern[place + 1 :])
    whole = tuple(map(_whole_classes, pattern))
    if whole != pattern:
        return whole
    numbers = [place for place, characters in enumerate(pattern, start=1) if characters == string.digits]
    end = numbers[-1] if numbers else len(pattern)
    return (*pattern[:end], string.digits, *pattern[end:])


def _whole_classes(characters: str) -> str:
    if len(characters) == 1:
        return characters
    if set(characters) <= set(string.digits[1:]):
        return string.digits[1:]  # where a number begins
    whole = [members for members in _CLASSES if set(members) & set(characters)]
    return "".join(whole) or characters


def _plain(codes: np.ndarray, kinds: np.ndarray) -> tuple[str, ...]:
    """Digits, or letters if most characters are, of the median length: all that can be told of rare forms."""
    lengths = (codes > 0).sum(axis=1)
    letters = (kinds > 1).sum() > (kinds == 1).sum()
    return (_CLASSES[1] if letters else _CLASSES[0],) * max(int(np.median(lengths)) if len(lengths) else 8, 1)
