import decimal
import uuid

import numpy as np
import pandas as pd
import pytest

from synth_models.columns.vocabulary import Placeholders, Vocabulary, distinct


def test_ties_are_broken_by_name():
    found = Vocabulary.of(pd.Series(["b", "c", "a"] * 5), 5, 400, False)
    assert found.values == ["a", "b", "c"]
    np.testing.assert_allclose(found.weights, 1 / 3)


def test_rows_below_the_count_are_left_out():
    found = Vocabulary.of(pd.Series(["a"] * 5 + ["b"] * 4), 5, 400, False)
    assert found.values == ["a"]
    assert found.find(pd.Series(["a", "b"])).tolist() == [0, 1]


def test_the_state_makes_the_same_vocabulary():
    found = Vocabulary.of(pd.Series([1.5, 2.5, 2.5] * 5), 5, 400, False)
    twin = Vocabulary.from_state(found.state())
    assert (twin.values, twin.dtype) == (found.values, found.dtype)
    np.testing.assert_array_equal(twin.weights, found.weights)


@pytest.mark.parametrize("value", [uuid.UUID(int=5), decimal.Decimal("1.5"), ("a", 1), ["a"]])
def test_strange_objects_become_their_text(value: object):
    values = pd.Series([None] * 3, dtype=object)
    values[1] = value
    codes, kinds = distinct(values)
    assert codes.tolist() == [-1, 0, -1]
    assert kinds == [str(value)]


def test_two_values_with_the_same_text_are_one():
    codes, kinds = distinct(pd.Series([decimal.Decimal("1.5"), "1.5", None, "b"], dtype=object))
    assert codes.tolist() == [0, 0, -1, 1]
    assert kinds == ["1.5", "b"]


def test_a_value_must_be_shared_by_entities_not_by_rows():
    values = pd.Series(["a"] * 9 + ["b"] * 9)
    entities = np.r_[np.arange(9), np.repeat(4, 9)]
    assert Vocabulary.of(values, 5, 400, False, entities).values == ["a"]


def test_new_values_come_after_the_old_ones():
    found = Vocabulary.of(pd.Series(["b"] * 9 + ["c"] * 8), 5, 400, True)
    grown = found.grow(pd.Series(["a"] * 9 + ["c"] * 3 + ["rare"]), 5, 400)
    assert grown.values == ["b", "c", "a"]
    assert grown.order.tolist() == [1, 2, 0]
    assert grown.weights.tolist() == [0, 0, 1]
    written = grown.write(np.array(["a", "c"], dtype=object))
    assert written.tolist() == ["a", "c"]


def test_the_order_of_a_grown_ordered_dtype():
    def grades(values: list[str], categories: list[str]) -> pd.Series:
        return pd.Series(pd.Categorical(values, categories=categories, ordered=True))

    found = Vocabulary.of(grades(["lo", "hi"] * 5, ["lo", "hi"]), 5, 400, False)
    grown = found.grow(grades(["mid"] * 9, ["lo", "mid", "hi"]), 5, 400)
    assert grown.values == ["lo", "hi", "mid"]
    made = grown.write(np.array(["hi", "mid"], dtype=object))
    assert list(made.cat.categories) == ["lo", "mid", "hi"]
    assert made.cat.ordered


def test_a_million_strings_are_found_in_a_blink():
    values = pd.Series(np.random.default_rng(0).choice(["red", "green", "blue"], 1_000_000))
    found = Vocabulary.of(values, 5, 400, False)
    assert np.bincount(found.find(values).astype(int)).sum() == 1_000_000


def test_placeholders():
    various = Placeholders.of("x", pd.Series(["a", "b", "b"]))
    assert (various.prefix, various.number, various.unique) == ("x_", 2, False)
    unique = Placeholders.of("x", pd.Series(["x_1", "x__"]))
    assert (unique.prefix, unique.number, unique.unique) == ("x___", 2, True)
    assert sorted(unique.draw(2, np.random.default_rng(0))) == ["x___1", "x___2"]
    assert len(set(unique.draw(9, np.random.default_rng(0)))) == 9
