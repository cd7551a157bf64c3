"""What each metric of fidelity sees, and what it does not."""

import numpy as np
import pytest

from synth_models.data.relational import RelationalData
from synth_models.report.metrics.base import by_table
from synth_models.report.metrics.c2st import C2st
from synth_models.report.metrics.c2st_agg import C2stAgg
from synth_models.report.metrics.cardinality import Cardinality
from synth_models.report.metrics.pair_trend import PairTrend
from synth_models.report.metrics.parent_trend import ParentTrend
from synth_models.report.metrics.shapes import Shapes
from synth_models.report.side import Side
from synth_models.report.trial import Trial
from synth_models.testing import shop

REAL = shop(rows=400)


def score(metric: type, table: str, frames: dict) -> float:
    other = RelationalData({**REAL, **frames}, REAL.schema)
    value = by_table(metric().compute(Trial(real=Side(REAL), other=Side(other))), metric.pool)[table]
    assert value is not None
    return value


def shuffled(table: str, column: str) -> dict:
    values = REAL[table][column]
    return {table: REAL[table].assign(**{column: values.sample(frac=1, random_state=0).array})}


def test_shapes_see_each_column_alone() -> None:
    assert score(Shapes, "users", shuffled("users", "age")) == pytest.approx(1)
    older = {"users": REAL["users"].assign(age=REAL["users"]["age"] + 10)}
    assert score(Shapes, "users", older) < 0.95


def test_pairs_see_what_goes_together() -> None:
    assert score(PairTrend, "users", {}) == pytest.approx(1)
    assert score(PairTrend, "users", shuffled("users", "age")) < 0.95


def test_parents_are_seen_across_the_key() -> None:
    moved = shuffled("items", "product")
    assert score(ParentTrend, "items", moved) < score(ParentTrend, "items", {}) - 0.02
    assert score(PairTrend, "items", moved) == pytest.approx(1)


def test_cardinality_sees_children_only() -> None:
    assert score(Cardinality, "orders", shuffled("orders", "user")) == pytest.approx(1)
    rng = np.random.default_rng(0)
    even = {
        "orders": REAL["orders"].assign(
            user=rng.permutation(np.resize(REAL["users"]["id"], len(REAL["orders"])))
        )
    }
    assert score(Cardinality, "orders", even) < 0.8


def test_parents_with_children_are_told_apart_where_single_tables_are_not() -> None:
    rng = np.random.default_rng(0)
    even = {
        "orders": REAL["orders"].assign(
            user=rng.permutation(np.resize(REAL["users"]["id"], len(REAL["orders"])))
        )
    }
    assert score(C2st, "orders", even) < 0.6
    assert score(C2stAgg, "users", even) > 0.7
    assert score(C2stAgg, "users", {}) == pytest.approx(0.5, abs=0.05)
