import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synth_models.columns.texts.alphabet import START, Alphabet
from synth_models.columns.texts.characters import classes


def points(text: str) -> np.ndarray:
    return np.array([ord(mark) for mark in text], dtype=np.int64)


def test_shared_characters_stay_and_rare_ones_become_any_of_their_kind():
    text = points("aaaaa" + "bb" + "дежзи")
    alphabet = Alphabet.fit(text, np.arange(len(text)), 5)
    assert alphabet.points.tolist() == [ord("a")]
    made = alphabet.write(alphabet.encode(points("a" * 9 + "b" * 400 + "д" * 400)), np.random.default_rng(0))
    assert set(made[:9]) == {ord("a")}
    assert set(map(chr, made[9:409])) <= set("abcdefghijklmnopqrstuvwxyz")
    assert len(set(made[9:409])) > 20
    assert all(0x0400 <= point < 0x0480 for point in made[409:])
    assert (classes()[made[409:]] == classes()[ord("д")]).all()


def test_one_entity_shares_nothing():
    text = points("aaaaaaaaaa")
    assert not len(Alphabet.fit(text, np.zeros(len(text), dtype=np.int64), 5).points)


@given(st.text(min_size=1, max_size=40), st.text(max_size=10))
def test_what_is_written_is_of_the_same_class(text: str, other: str):
    alphabet = Alphabet.fit(points(text), np.arange(len(text)), 2)
    symbols = alphabet.encode(points(text + other))
    assert ((symbols > START) & (symbols < alphabet.end)).all()
    made = alphabet.write(symbols, np.random.default_rng(0))
    kinds = classes()[points(text + other)]
    np.testing.assert_array_equal(classes()[made], kinds)
    low, high = alphabet.ranges[kinds].T
    assert ((symbols >= low) & (symbols < high)).all()
    again = Alphabet.from_state(alphabet.state())
    np.testing.assert_array_equal(again.encode(points(text + other)), symbols)
