from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_models.columns.texts.alphabet import START
from synth_models.columns.texts.characters import Characters
from synth_models.columns.texts.ngrams import Ngrams


def fit(texts: list[str], entity: list[int], k: int) -> Ngrams:
    return Ngrams.fit(Characters.of(np.array([*texts, None], dtype=object)[:-1]), np.array(entity), k)


def contexts(model: Ngrams) -> list[tuple[int, ...]]:
    """The symbols of every node, by following the edges from the root."""
    found: list[tuple[int, ...] | None] = [None] * len(model.shorter)
    found[0] = ()
    for source, symbol, target in zip(model.source, model.symbol, model.target, strict=True):
        if target and found[target] is None and found[source] is not None:
            made = (*found[source], int(symbol))
            if len(made) > len(found[model.shorter[target]] or ()):
                found[target] = made
    assert all(one is not None for one in found)
    return found  # type: ignore[return-value]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="ab1", max_size=6), min_size=1, max_size=12), st.integers(2, 3), st.data())
def test_every_edge_is_shared_by_k_entities(texts: list[str], k: int, data: st.DataObject):
    drawn = data.draw(st.lists(st.integers(0, 5), min_size=len(texts), max_size=len(texts)))
    entity = sorted(drawn)
    model = fit(texts, entity, k)
    owners = defaultdict(set)
    for text, owner in zip(texts, entity, strict=True):
        inner = model.alphabet.encode(np.array([ord(mark) for mark in text], dtype=np.int64)).tolist()
        symbols = [START, *inner, model.alphabet.end]
        for a in range(len(symbols)):
            for b in range(a + 1, len(symbols) + 1):
                owners[tuple(symbols[a:b])].add(owner)
    known = contexts(model)
    nothing = not any(len(who) >= k for gram, who in owners.items() if 0 < gram[0] < model.alphabet.end)
    for source, symbol in zip(model.source, model.symbol, strict=True):
        gram = (*known[source], int(symbol))
        assert len(owners[gram]) >= k or (nothing and source == 0)


def test_the_longest_shared_context_decides():
    model = fit(["abc"] * 6 + ["xbd"] * 6, list(range(12)), 5)
    limits = model.limits(np.array([1, model.alphabet.end, model.alphabet.end + 1]))
    rng = np.random.default_rng(0)
    drawn = []
    node = np.full(400, model.start())
    for _ in range(4):
        stay, move = np.tile([0, 1], (400, 1)), np.tile([1, 2], (400, 1))
        edge, node = model.draw(node, stay, move, limits, rng)
        assert (edge >= 0).all()
        drawn.append(model.symbol[edge])
    assert (drawn[3] == model.alphabet.end).all()
    texts = {
        bytes(model.alphabet.write(row, rng).astype(np.uint8)).decode() for row in np.stack(drawn[:3], 1)
    }
    assert texts == {"abc", "xbd"}


def test_a_column_without_shared_characters_has_a_model():
    model = fit(["ab", "cd"], [0, 1], 5)
    assert len(model.symbol) == 1
    assert model.start() == 0


def test_the_state_makes_the_same_model():
    model = fit(["hello", "help", "hell"] * 4, list(range(12)), 3)
    again = Ngrams.from_state(model.state())
    np.testing.assert_array_equal(again.target, model.target)
    np.testing.assert_array_equal(again.escape, model.escape)
