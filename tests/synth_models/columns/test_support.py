import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_models.columns.support import Support, entity_count, entity_ends


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1, max_size=60))
def test_entities_are_counted_once(pairs: list[tuple[int, int]]):
    value, entity = (np.array(column) for column in zip(*pairs, strict=True))
    support = Support.of(value, 6, entity)
    expected = pd.Series(entity).groupby(value).nunique().reindex(range(6), fill_value=0)
    np.testing.assert_array_equal(support.each, expected)
    label = np.arange(6) // 2
    expected = pd.Series(entity).groupby(label[value]).nunique().reindex(range(3), fill_value=0)
    np.testing.assert_array_equal(support.together(label, 3), expected)
    merged = support.merged(label, 3)
    np.testing.assert_array_equal(merged.each, expected)
    np.testing.assert_array_equal(merged.rows, np.bincount(label[value], minlength=3))
    np.testing.assert_array_equal(support.kept(np.array([1, 4])).each, support.each[[1, 4]])


def test_every_row_its_own_entity():
    support = Support.of(np.array([0, 0, 2]), 3, None)
    assert support.each.tolist() == [2, 0, 1]
    assert support.together(np.array([0, 1, 0]), 2).tolist() == [3, 0]


@pytest.mark.parametrize("entities", [None, np.array([0, 1, 2, 3, 4, 5])])
def test_the_ends_are_means(entities: np.ndarray | None):
    numbers = np.array([1.0, 2.0, 9.0, 4.0, np.nan, 100.0])
    assert entity_ends(numbers, 2, entities) == (1.5, 54.5)


def test_the_ends_do_not_belong_to_one_entity():
    numbers = np.r_[np.arange(20.0), 1000 + np.arange(30.0)]
    entities = np.r_[np.arange(20), np.repeat(99, 30)]
    low, high = entity_ends(numbers, 5, entities)
    assert low == 2
    assert high == pytest.approx((1029 + 19 + 18 + 17 + 16) / 5)
    assert entity_count(numbers, entities) == 21
    assert entity_count(numbers, None) == 50
