"""What rules compute from numbers."""

import numpy as np
import pandas as pd
import pytest

from synth_models.graph.rules import (
    LINEAR,
    LOOKUP,
    PRODUCT,
    RATIO,
    SIGNED,
    Operand,
    Rule,
    apply,
    depends_on,
    part_of,
    tolerance,
)

A, B, C = Operand("a"), Operand("b"), Operand("c")
_X, _Y = np.array([6.0, 1.0, np.nan, 4.0]), np.array([2.0, 0.0, 3.0, np.nan])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(LINEAR, (A, B), (1.0, -2.0, 0.5)), [2.5, 1.5, np.nan, np.nan]),
        (Rule(LINEAR, (A,), (2.0, 1.0)), [13.0, 3.0, np.nan, 9.0]),
        (Rule(PRODUCT, (A, B)), [12.0, 0.0, np.nan, np.nan]),
        (Rule(RATIO, (A, B)), [3.0, np.nan, np.nan, np.nan]),
    ],
)
def test_arithmetic_is_known_where_all_parts_are(rule: Rule, expected: list[float]) -> None:
    known, values = rule.compute([_X, _Y][: len(rule.operands)])
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(known, ~np.isnan(expected))


def test_a_sign_comes_from_the_table() -> None:
    rule = Rule(SIGNED, (A, B, C), (), np.array([0.0, 1.0]), np.array([1.0, -1.0]))
    known, values = rule.compute([np.full(3, 10.0), np.full(3, 4.0), np.array([0.0, 1.0, 7.0])])
    assert values[:2].tolist() == [14.0, 6.0]
    assert known.tolist() == [True, True, False]


def test_a_table_tells_that_a_value_is_missing_and_what_a_missing_one_means() -> None:
    rule = Rule(LOOKUP, (A,), (), np.array([-np.inf, 1.0, 2.0]), np.array([5.0, 9.0, -np.inf]))
    known, values = rule.compute([np.array([np.nan, 1.0, 2.0, 3.0])])
    assert known.tolist() == [True, True, True, False]
    np.testing.assert_array_equal(values, [5.0, 9.0, np.nan, np.nan])


def test_the_first_rule_that_knows_has_it() -> None:
    rules = (Rule(LOOKUP, (A,), (), np.array([1.0]), np.array([-np.inf])), Rule(LINEAR, (B,), (1.0, 0.0)))
    known, values = apply(rules, {A: np.array([1.0, 2.0, 2.0]), B: np.array([7.0, 8.0, np.nan])}, 3)
    assert known.tolist() == [True, True, False]
    np.testing.assert_array_equal(values, [np.nan, 8.0, np.nan])


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("year", lambda d: d.dt.year),
        ("quarter", lambda d: d.dt.quarter),
        ("month", lambda d: d.dt.month),
        ("week", lambda d: d.dt.isocalendar().week),
        ("yearday", lambda d: d.dt.dayofyear),
        ("day", lambda d: d.dt.day),
        ("weekday", lambda d: d.dt.dayofweek),
        ("hour", lambda d: d.dt.hour),
        ("minute", lambda d: d.dt.minute),
    ],
)
def test_parts_are_those_of_the_calendar(part: str, expected) -> None:
    moments = pd.Series(pd.date_range("1958-12-20 05:17:31", "2031-01-09", freq="33h"))
    seconds = moments.astype("datetime64[s]").astype("int64").to_numpy(dtype=np.float64)
    np.testing.assert_array_equal(part_of(seconds, part), expected(moments).to_numpy(dtype=np.float64))
    assert np.isnan(part_of(np.array([np.nan]), part)).all()


def test_categories_are_read_as_the_numbers_that_they_are() -> None:
    read = Operand("a", levels=(12.0, np.nan, 24.0)).of(np.array([0.0, 1.0, 2.0, 3.0, np.nan]))
    np.testing.assert_array_equal(read, [12.0, np.nan, 24.0, np.nan, np.nan])


def test_a_rule_survives_its_state() -> None:
    operands = (
        Operand("a", key="k"),
        Operand("b", previous=True, start="o"),
        Operand("c", part="year", seconds=86_400.0, levels=(1.0, 2.0)),
    )
    rule = Rule(SIGNED, operands, (1.0, 2.0), np.array([-np.inf, 1.0]), np.array([2.0, 3.0]))
    again = Rule.from_state(rule.state())
    assert (again.kind, again.operands, again.weights) == (rule.kind, rule.operands, rule.weights)
    np.testing.assert_array_equal(again.keys, rule.keys)
    np.testing.assert_array_equal(again.values, rule.values)
    assert depends_on([again]) == {"c"}


def test_a_computed_number_may_be_half_a_decimal_off() -> None:
    slack, unit = tolerance(np.array([1.25, 2.5, np.nan]))
    assert unit == pytest.approx(0.01)
    np.testing.assert_allclose(slack, 0.005, rtol=1e-4)
