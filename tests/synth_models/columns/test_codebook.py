import numpy as np
import pytest

from synth_models.columns.codebook import MAX_ONE, Codebook


@pytest.mark.parametrize("size", [0, 1, MAX_ONE, MAX_ONE + 1, 5000])
@pytest.mark.parametrize("more", [0, 1, 90])
def test_every_place_has_its_tokens(size: int, more: int):
    code = Codebook.of(size).grown(size + more)
    places = np.r_[np.nan, np.arange(size + more + 1)]
    tokens = code.encode(places)
    assert (tokens < np.array(code.sizes)).all()
    assert len(np.unique(tokens, axis=0)) == len(places)
    np.testing.assert_array_equal(code.decode(tokens), places)
    before = np.zeros(len(places), dtype=int)
    for table, column in zip(code.allowed(True, True), tokens.T, strict=True):
        assert table[before, column].all()
        assert table.any(axis=1).all()
        before = column


@pytest.mark.parametrize("size", [5, 5000])
def test_old_places_keep_their_tokens(size: int):
    old = Codebook.of(size)
    new = old.grown(size + 7).grown(size + 80)
    places = np.arange(size)
    np.testing.assert_array_equal(new.encode(places), old.encode(places))
    assert new.rest == old.rest
    assert old.encode(np.array([size]))[0, 0] == old.rest


def test_a_second_token_that_does_not_exist_counts_as_the_last():
    code = Codebook.of(5000)
    assert code.decode(np.array([[code.rest - 1, code.n_fine - 1]])).tolist() == [4999]
    assert code.decode(np.array([[code.rest, 3]])).tolist() == [5000]


def test_ranks_of_new_values_lie_among_the_old():
    code = Codebook.of(4).grown(6)
    first = code.ranks(np.array([1, 2, 4, 5, 0, 3]))[0]
    np.testing.assert_allclose(first[:6], np.arange(6) / 5)
    np.testing.assert_allclose(first[6:], [0.2, 0.4])  # below all, and between the second and the third
