"""Which arithmetic is seen in numbers, and which is not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from synth_models import RelationalData, Schema, Table
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.plan import make_blueprints

N = 400


def plans(frame: pd.DataFrame, types: dict[str, str]) -> dict[str, ColumnPlan]:
    """How the columns of a single table are drawn."""
    schema = Schema({"t": Table({"id": "key", **types}, "id")})
    data = RelationalData({"t": frame.assign(id=range(len(frame)))}, schema)
    return {c.name: c for c in make_blueprints(data)["t"].columns}


def computed(
    frame: pd.DataFrame, types: dict[str, str]
) -> dict[str, tuple[str, list[str], tuple[float, ...]]]:
    """Per computed column the kind, the operands and the weights of its rule."""
    found = {name: c.rules[0] for name, c in plans(frame, types).items() if c.rules}
    return {name: (r.kind, [o.column for o in r.operands], r.weights) for name, r in found.items()}


def numbers(seed: int = 0, **more: np.ndarray) -> pd.DataFrame:
    """Two independent columns, whole numbers and such with two decimals."""
    rng = np.random.default_rng(seed)
    made = {"a": rng.integers(1, 500, N).astype(float), "b": np.round(rng.exponential(50, N) + 1, 2)}
    return pd.DataFrame({**made, **more})


def test_a_sum_is_computed_and_no_part_of_it() -> None:
    frame = numbers()
    frame.insert(0, "c", np.round(frame["a"] + frame["b"], 2))
    assert computed(frame, dict.fromkeys(frame, "numeric")) == {"c": ("linear", ["a", "b"], (1.0, 1.0, 0.0))}


def test_a_product_is_computed_rather_than_a_factor() -> None:
    frame = numbers()
    frame.insert(0, "c", np.round(frame["a"] * frame["b"], 2))
    assert computed(frame, dict.fromkeys(frame, "numeric")) == {"c": ("product", ["a", "b"], ())}


def test_a_rounded_ratio_is_seen() -> None:
    frame = numbers()
    frame["c"] = np.round(frame["b"] / frame["a"], 3)
    assert computed(frame, dict.fromkeys(frame, "numeric")) == {"c": ("ratio", ["b", "a"], ())}


def test_a_constant_factor_and_an_offset_are_seen_with_few_digits() -> None:
    frame = numbers()
    frame["c"] = np.round(frame["b"] * 1.8 + 32, 2)
    ((kind, operands, weights),) = computed(frame, dict.fromkeys(frame, "numeric")).values()
    assert (kind, operands) == ("linear", ["b"])
    assert weights == pytest.approx((1.8, 32.0))


def test_minutes_between_two_moments_are_seen() -> None:
    frame = numbers()
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(N) * 977, unit="min")
    frame["start"], frame["end"] = start, start + pd.to_timedelta(frame["a"], unit="min")
    types = {"a": "integer", "b": "numeric", "start": "datetime", "end": "datetime"}
    assert computed(frame, types) == {"end": ("linear", ["a", "start"], (60.0, 1.0, 0.0))}


def test_a_category_of_numbers_is_a_factor() -> None:
    frame = numbers()
    frame["a"] = np.random.default_rng(1).choice([12, 24, 36, 48], N)
    frame["c"] = frame["a"] * np.random.default_rng(2).integers(100, 9000, N)
    frame["d"] = frame["c"] / frame["a"]
    types = {"a": "categorical", "b": "numeric", "c": "integer", "d": "integer"}
    (rule,) = (c.rules[0] for c in plans(frame, types).values() if c.rules)
    assert rule.kind == "product"
    assert {o.column for o in rule.operands} == {"a", "d"}


def test_a_mostly_neutral_part_is_believed_only_with_enough_other_rows() -> None:
    frame = numbers()
    frame["fee"] = np.where(np.arange(N) < 3, 5.0, 0.0)
    frame["c"] = np.round(frame["b"] + frame["fee"], 2)
    assert not computed(frame, dict.fromkeys(frame, "numeric"))
    frame["fee"] = np.where(np.arange(N) < 60, 5.0, 0.0)
    frame["c"] = np.round(frame["b"] + frame["fee"], 2)
    assert list(computed(frame, dict.fromkeys(frame, "numeric"))) == ["c"]


def test_a_relation_with_exceptions_is_none() -> None:
    frame = numbers()
    frame["c"] = np.round(frame["a"] + frame["b"], 2)
    frame.loc[::20, "c"] += 1
    assert not computed(frame, dict.fromkeys(frame, "numeric"))


def test_missing_parts_do_not_hide_a_relation() -> None:
    frame = numbers()
    frame["c"] = np.round(frame["a"] + frame["b"], 2)
    frame.loc[::3, "a"] = np.nan
    frame.loc[1::7, "c"] = np.nan
    assert list(computed(frame, dict.fromkeys(frame, "numeric"))) == ["c"]


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 10_000), few=st.booleans(), width=st.integers(2, 3))
def test_nothing_is_seen_in_independent_columns(seed: int, few: bool, width: int) -> None:
    rng = np.random.default_rng(seed)
    made: dict[str, np.ndarray] = {}
    types: dict[str, str] = {}
    for at in range(width):
        top = int(rng.choice([2, 3, 6] if few else [10, 100, 5000]))
        made[f"n{at}"], types[f"n{at}"] = rng.integers(0, top, N), "integer"
        made[f"x{at}"], types[f"x{at}"] = np.round(rng.normal(size=N), int(rng.integers(0, 4))), "numeric"
        made[f"c{at}"], types[f"c{at}"] = rng.choice(list("abcdef")[: top + 1], N), "categorical"
        made[f"b{at}"], types[f"b{at}"] = rng.random(N) < rng.choice([0.5, 0.02]), "boolean"
    made["day"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D")
    assert not computed(pd.DataFrame(made), {**types, "day": "date"})


def test_every_other_week_does_not_number_rounds() -> None:
    """Other weeks, which a sample may have, would lead to half a round, or to one that is none."""
    rounds = np.random.default_rng(0).integers(0, 17, N)
    years = np.random.default_rng(1).choice(["2012-03-12", "2018-03-12", "2019-03-11"], N)
    days = pd.DatetimeIndex(years) + pd.to_timedelta(14 * rounds, unit="D")
    weeks = days.isocalendar().week.to_numpy().astype(int)
    types = {"day": "date", "number": "integer"}
    assert computed(pd.DataFrame({"day": days, "number": weeks + 3}), types) == {
        "number": ("linear", ["day"], (1.0, 3.0))
    }
    kind, *_ = computed(pd.DataFrame({"day": days, "number": rounds + 1}), types)["number"]
    assert kind == "lookup"  # which tells of the weeks that there are alone
