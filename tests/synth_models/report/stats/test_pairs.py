"""Pair trends agree with SDMetrics and tell dependence from independence."""

import numpy as np
import pandas as pd
import pytest

from synth_models.report.side import Kind
from synth_models.report.stats.pairs import some_pairs, trends

KINDS = {"x": Kind.NUMBER, "y": Kind.NUMBER, "c": Kind.LABEL, "flat": Kind.NUMBER}
PAIRS = [("x", "y"), ("x", "c")]


def frame(rows: int, seed: int, slope: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    label = np.where(slope * x + rng.normal(size=rows) > 0, "up", "down").astype(object)
    return pd.DataFrame({"x": x, "y": slope * x + rng.normal(size=rows), "c": label, "flat": 1.0})


def test_numbers_score_as_in_sdmetrics() -> None:
    from sdmetrics.column_pairs import CorrelationSimilarity

    real, other = frame(500, 0, 1.5), frame(400, 1, 0.2)
    expected = CorrelationSimilarity.compute(real[["x", "y"]], other[["x", "y"]])
    assert trends(real, other, KINDS, PAIRS)["x", "y"] == pytest.approx(expected)


def test_labels_score_as_in_sdmetrics() -> None:
    from sdmetrics.column_pairs import ContingencySimilarity

    rng = np.random.default_rng(0)
    real, other = (
        pd.DataFrame({"a": rng.choice([*"uvw"], n), "b": rng.choice([*"pq"], n)}) for n in (300, 200)
    )
    found = trends(real, other, {"a": Kind.LABEL, "b": Kind.LABEL}, [("a", "b")])
    assert found["a", "b"] == pytest.approx(ContingencySimilarity.compute(real, other))


@pytest.mark.parametrize("pair", PAIRS)
def test_a_lost_dependence_costs(pair: tuple[str, str]) -> None:
    real = frame(2000, 0, 2.0)
    same, lost = (trends(real, frame(2000, 1, slope), KINDS, PAIRS)[pair] for slope in (2.0, 0.0))
    assert same is not None
    assert lost is not None
    assert same > 0.9 > lost + 0.15


def test_the_bins_are_of_the_real_range() -> None:
    real = frame(2000, 0, 0.0)
    moved = real.assign(x=real["x"] + 100)
    assert trends(real, moved, KINDS, PAIRS)["x", "c"] == pytest.approx(0, abs=0.01)


def test_constant_columns() -> None:
    real, other = frame(300, 0, 2.0), frame(300, 1, 2.0).assign(y=0.0)
    assert trends(real, real, KINDS, [("x", "flat")]) == {("x", "flat"): None}
    lost = trends(real, other, KINDS, [("x", "y")])["x", "y"]
    assert lost == pytest.approx(1 - real["x"].corr(real["y"]) / 2)


def test_an_empty_side_has_nothing_in_common() -> None:
    real = frame(50, 0, 1.0)
    assert set(trends(real, real.iloc[:0], KINDS, PAIRS).values()) == {0.0}
    assert set(trends(real.iloc[:0], real.iloc[:0], KINDS, PAIRS).values()) == {1.0}


def test_pairs_are_drawn_with_the_seed() -> None:
    pairs = [(str(n), "x") for n in range(50)]
    drawn = some_pairs(pairs, seed=1, limit=10)
    assert drawn == some_pairs(pairs, seed=1, limit=10) != some_pairs(pairs, seed=2, limit=10)
    assert len(set(drawn)) == 10
    assert some_pairs(pairs, seed=1) == pairs
