import numpy as np

from synth_models.columns.texts.repeats import Repeats


def test_unique_values_stay_unique():
    repeats = Repeats.fit(np.ones(50, dtype=int), 5)
    value, group = repeats.draw(np.zeros(1000, dtype=int), np.random.default_rng(0))
    assert len(set(value)) == len(group) == 1000


def test_values_repeat_as_the_real_ones_do():
    repeats = Repeats.fit(np.repeat([1, 3], [100, 100]), 5)
    value, _ = repeats.draw(np.zeros(20_000, dtype=int), np.random.default_rng(0))
    sizes, counts = np.unique(np.bincount(value), return_counts=True)
    assert set(sizes[counts > 5]) == {1, 3}
    assert abs(counts[sizes == 1][0] / counts.sum() - 0.5) < 0.03


def test_a_size_of_few_values_is_not_stored():
    repeats = Repeats.fit(np.array([1] * 20 + [977]), 5)
    assert repeats.sizes.tolist() == [1]
    assert repeats.shares.tolist() == [1.0]


def test_groups_have_values_of_their_own():
    repeats = Repeats.fit(np.full(30, 4), 5)
    group = np.repeat([0, 3, 1], [10, 20, 11])
    value, of_value = repeats.draw(group, np.random.default_rng(0))
    np.testing.assert_array_equal(of_value[value], group)
    again = Repeats.from_state(repeats.state())
    np.testing.assert_array_equal(again.draw(group, np.random.default_rng(0))[0], value)


def test_no_rows():
    value, group = Repeats.fit(np.zeros(0, dtype=int), 5).draw(
        np.zeros(0, dtype=int), np.random.default_rng(0)
    )
    assert len(value) == len(group) == 0
