"""A character model of texts that knows only what enough entities share."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.texts.alphabet import START, Alphabet
from synth_models.columns.texts.characters import LOWER, Characters

_ORDER = 6  # characters that the next one depends on
_MOST = 20_000  # contexts of one length
_ROOT = 0


@final
@dataclass(frozen=True)
class Ngrams:
    """A Markov model of varying order: contexts as nodes, the symbols that may follow as edges.

    A node is a context that at least k entities share, an edge a context with its next symbol that they
    share; what follows a context in fewer cases is the business of the next shorter context.

    Args:
        alphabet: The symbols.
        shorter: (nodes,) each context without its first symbol; the root's is the root.
        escape: (nodes,) how often a context is followed by something rare.
        source, symbol, weight, target: (edges,) rising by source and symbol; the target is the longest
            context that source and symbol end in.
    """

    alphabet: Alphabet
    shorter: np.ndarray
    escape: np.ndarray
    source: np.ndarray
    symbol: np.ndarray
    weight: np.ndarray
    target: np.ndarray

    @classmethod
    def fit(cls, texts: Characters, entity: np.ndarray, k: int) -> "Ngrams":
        """A model of texts sorted by entity.

        Args:
            texts: The texts.
            entity: (texts,) whose text it is, rising.
            k: How many entities must share what is kept.
        """
        alphabet = Alphabet.fit(texts.points, entity[texts.owner], k)
        symbols, owner = _with_ends(texts, alphabet)
        return _Counter(alphabet, symbols, entity[owner], k).count()

    def limits(self, symbols: np.ndarray) -> np.ndarray:
        """For every node its first edge with each of these rising symbols or later: (nodes, symbols)."""
        keys = np.arange(len(self.shorter))[:, None] * self.alphabet.size + symbols
        return np.searchsorted(self._key, keys.ravel()).reshape(keys.shape)

    def draw(
        self,
        node: np.ndarray,
        stay: np.ndarray,
        move: np.ndarray,
        limits: np.ndarray,
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The next edge of each text, -1 where only something rare could follow; and its next node.

        Shapes:
            node: (texts,)
            stay, move: (texts, 2) two ranges of symbols to choose from, as columns of ``limits``; one of them
                may be empty
            limits: (nodes, limits), see ``limits``
            returns: (texts,), (texts,)
        """
        edge = np.full(len(node), -1)
        waiting = np.arange(len(node))
        while len(waiting):
            a, b, c, d = (limits[node, column] for column in (*stay.T, *move.T))
            first, second = self._total[b] - self._total[a], self._total[d] - self._total[c]
            drawn = rng.random(len(node)) * (first + second + self.escape[node])
            in_first = (drawn < first) & (a < b)
            wanted = np.where(in_first, self._total[a] + drawn, self._total[c] + drawn - first)
            found = (in_first | ((c < d) & (drawn < first + second))).nonzero()[0]
            at = np.searchsorted(self._total, wanted[found], side="right") - 1
            low, high = np.where(in_first, a, c)[found], np.where(in_first, b, d)[found]
            edge[waiting[found]] = np.clip(at, low, high - 1)
            left = np.ones(len(node), dtype=bool)
            left[found] = False
            left &= node != _ROOT
            waiting, stay, move, node = waiting[left], stay[left], move[left], self.shorter[node[left]]
        return edge, np.where(edge < 0, _ROOT, self.target[edge])

    def start(self) -> int:
        """The node before the first character."""
        at = np.searchsorted(self._key, START)
        return int(self.target[at]) if at < len(self._key) and self._key[at] == START else _ROOT

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        arrays = {name: to_tensor(getattr(self, name)) for name in _ARRAYS}
        return {"alphabet": self.alphabet.state(), **arrays}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Ngrams":
        """The inverse of ``state``."""
        return cls(
            Alphabet.from_state(state["alphabet"]), **{name: to_array(state[name]) for name in _ARRAYS}
        )

    @functools.cached_property
    def _key(self) -> np.ndarray:
        return self.source.astype(np.int64) * self.alphabet.size + self.symbol

    @functools.cached_property
    def _total(self) -> np.ndarray:
        return np.r_[0.0, np.cumsum(self.weight, dtype=np.float64)]


_ARRAYS = ("shorter", "escape", "source", "symbol", "weight", "target")


class _Counter:
    """Counts n-grams, longer ones only where the shorter ones are shared.

    Shapes:
        symbols, entity: (symbols,) with the starts and ends of the texts; entities rising
        gram: (symbols,) the node of the context that ends here, -1 if it is none
    """

    def __init__(self, alphabet: Alphabet, symbols: np.ndarray, entity: np.ndarray, k: int) -> None:
        self.alphabet, self.symbols, self.entity, self.k = alphabet, symbols, entity, k
        self.gram = np.zeros(len(symbols), dtype=np.int64)
        self.shorter, self.escape = [np.zeros(1, dtype=np.int64)], [np.zeros(1)]
        self.edges: list[np.ndarray] = []
        self.n_nodes = 1

    def count(self) -> Ngrams:
        for order in range(_ORDER + 1):
            self._lengthen(last=order == _ORDER)
            if not (self.gram >= 0).any():
                break
        source, symbol, weight, target = np.concatenate(self.edges, axis=1)
        order_ = np.lexsort((symbol, source))
        return Ngrams(
            self.alphabet,
            np.concatenate(self.shorter).astype(np.int32),
            np.concatenate(self.escape).astype(np.float32),
            source[order_].astype(np.int32),
            symbol[order_].astype(np.int32),
            weight[order_].astype(np.float32),
            target[order_].astype(np.int32),
        )

    def _lengthen(self, *, last: bool) -> None:
        """Add the edges of the present contexts, and the contexts of one symbol more."""
        before = np.r_[-1, self.gram[:-1]]
        if self.n_nodes == 1:
            before[:] = _ROOT
        at = np.flatnonzero((before >= 0) & ((self.symbols != START) | (self.n_nodes == 1)))
        key = before[at] * self.alphabet.size + self.symbols[at]
        found, place, counts, entities = _tally(key, self.entity[at])
        self._raise_k(entities)
        kept = entities >= self.k
        source, symbol = np.divmod(found, self.alphabet.size)
        self._add_escape(source, counts, kept)
        grows = kept & (symbol != self.alphabet.end) & (not last)
        number = np.where(grows, self.n_nodes + np.cumsum(grows) - 1, -1)
        first = np.full(len(found), -1)
        first[place[::-1]] = at[::-1]
        ends_in = np.maximum(self.gram[first], _ROOT) if self.n_nodes > 1 else np.zeros(len(found), np.int64)
        target = np.where(grows, number, ends_in)
        if self.n_nodes == 1 and not (kept & (symbol != START) & (symbol != self.alphabet.end)).any():
            self.edges.append(self._nothing())
        self.edges.append(np.stack([source, symbol, counts, target]).astype(np.float64)[:, kept])
        self.shorter.append(ends_in[grows])
        self.n_nodes += int(grows.sum())
        self.gram = np.full(len(self.symbols), -1)
        self.gram[at] = number[place]

    def _raise_k(self, entities: np.ndarray) -> None:
        """Ask for more entities from here on if there would be too many grams."""
        if len(entities) > _MOST:
            self.k = max(self.k, int(np.partition(entities, -_MOST)[-_MOST]))

    def _add_escape(self, source: np.ndarray, counts: np.ndarray, kept: np.ndarray) -> None:
        rare = np.bincount(source[~kept], weights=counts[~kept], minlength=self.n_nodes)
        self.escape = [rare + np.pad(np.concatenate(self.escape), (0, self.n_nodes))[: self.n_nodes]]

    def _nothing(self) -> np.ndarray:
        """An edge for a column without shared characters: any small letter."""
        any_letter = self.alphabet.ranges[LOWER, 1] - 1
        return np.array([[_ROOT], [any_letter], [1.0], [_ROOT]])


def _with_ends(texts: Characters, alphabet: Alphabet) -> tuple[np.ndarray, np.ndarray]:
    """The symbols with a start before and an end after every text, and which text each belongs to."""
    n = len(texts.start) - 1
    symbols = np.insert(alphabet.encode(texts.points), texts.start[:-1], START)
    owner = np.repeat(np.arange(n), texts.lengths + 2)
    ends = texts.start[1:] + np.arange(1, n + 1)
    return np.insert(symbols, ends, alphabet.end), owner


def _tally(key: np.ndarray, entity: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The distinct keys, which each is, how often each occurs, and with how many entities (these rise)."""
    order = np.argsort(key, kind="stable")
    key, entity = key[order], entity[order]
    new = np.r_[True, key[1:] != key[:-1]][: len(key)]
    other = new | np.r_[True, entity[1:] != entity[:-1]][: len(key)]
    first = np.flatnonzero(new)
    place = np.empty(len(key), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    counts = np.diff(np.r_[first, len(key)])
    entities = np.add.reduceat(other, first, dtype=np.int64) if len(key) else first
    return key[first], place, counts, entities
