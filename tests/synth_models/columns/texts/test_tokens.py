import numpy as np
import pytest

from synth_models.columns.texts.tokens import TextTokens


@pytest.mark.parametrize("n_words", [0, 1, 400, 401, 5000])
@pytest.mark.parametrize("n_shapes", [1, 90])
def test_numbers_there_and_back(n_words: int, n_shapes: int):
    tokens = TextTokens.of(n_words, n_shapes)
    numbers = np.r_[np.nan, np.arange(-n_shapes, n_words)]
    made = tokens.encode(numbers)
    np.testing.assert_array_equal(tokens.decode(made), numbers)
    first, second = tokens.allowed(True, np.ones(n_shapes, dtype=bool))
    assert first[0, made[:, 0]].all()
    assert second[made[:, 0], made[:, 1]].all()
    assert second.any(axis=1).all()
    assert second.sum() == len(numbers)  # and nothing else is allowed


def test_tokens_stay_when_there_are_more():
    old = TextTokens.of(1000, 3)
    grown = old.grown(1100, 9)
    numbers = np.arange(-3, 1000).astype(float)
    np.testing.assert_array_equal(grown.encode(numbers), old.encode(numbers))
    every = np.arange(-9, 1100).astype(float)
    np.testing.assert_array_equal(grown.decode(grown.encode(every)), every)


def test_what_does_not_occur_is_forbidden():
    first, second = TextTokens.of(2, 3).allowed(False, np.array([False, True, False]))
    assert first.tolist() == [[False, True, True, True]]
    assert second[1].tolist() == [False, False, True, False]
    assert not TextTokens.of(2, 3).allowed(True, np.zeros(3, dtype=bool))[0][0, 1]
