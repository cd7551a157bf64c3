import numpy as np

from synth_models.columns.morton import BITS, interleave, separate


def test_there_and_back():
    shares = np.random.default_rng(0).random((5000, 2))
    places = interleave(shares)
    assert (places == np.rint(places)).all()
    assert places.max() < 2 ** (2 * BITS)
    assert np.abs(separate(places) - shares).max() <= 0.5 / (2**BITS - 1) + 1e-15
    np.testing.assert_array_equal(interleave(separate(places)), places)


def test_the_quarters_come_one_after_the_other():
    corners = np.array([[0.1, 0.1], [0.1, 0.9], [0.9, 0.1], [0.9, 0.9]])
    np.testing.assert_array_equal(interleave(corners) // 4 ** (BITS - 1), [0, 1, 2, 3])


def test_borders_and_missing_points():
    places = interleave(np.array([[0, 0], [1, 1], [2, 3], [-1, -1], [np.nan, 0.5]]))
    np.testing.assert_array_equal(places, [0, 4**BITS - 1, 4**BITS - 1, 0, np.nan])
    np.testing.assert_array_equal(separate(places), [[0, 0], [1, 1], [1, 1], [0, 0], [np.nan, np.nan]])
