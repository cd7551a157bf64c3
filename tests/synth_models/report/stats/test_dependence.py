"""The strict score of pairs: nothing for independence, all for the same dependence, whatever the sample."""

import numpy as np
import pandas as pd
import pytest

from synth_models.report.side import Kind
from synth_models.report.stats.dependence import dependences, within_families

KINDS = {"x": Kind.NUMBER, "y": Kind.NUMBER, "c": Kind.LABEL, "noise": Kind.LABEL}
PAIRS = [("x", "y"), ("x", "c"), ("y", "c"), ("x", "noise")]


def frame(rows: int, seed: int, slope: float = 2.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    label = np.where(slope * x + rng.normal(size=rows) > 0, "up", "down").astype(object)
    y = np.where(rng.random(rows) < 0.1, np.nan, slope * x + rng.normal(size=rows))
    return pd.DataFrame({"x": x, "y": y, "c": label, "noise": rng.choice([*"uvw"], rows)})


def scores(real: pd.DataFrame, other: pd.DataFrame, group: np.ndarray | None = None) -> dict:
    return dependences(real, other, KINDS, PAIRS, within_families(group))


@pytest.mark.parametrize("rows", [600, 5000])
def test_the_same_dependence_is_all_there(rows: int) -> None:
    found = scores(frame(rows, 0), frame(rows, 1))
    assert found.pop(("x", "noise")) is None  # nothing to lose
    assert all(value > 0.93 for value in found.values() if value is not None)
    assert found["x", "y"] is not None


def test_independent_columns_have_none_of_it() -> None:
    found = scores(frame(5000, 0), frame(5000, 1, slope=0.0))
    assert all(found[pair] < 0.15 for pair in PAIRS[:3])
    turned = scores(frame(5000, 0), frame(5000, 1, slope=-2.0))
    assert all(turned[pair] == 0 for pair in PAIRS[:2])


def test_a_weaker_dependence_is_in_between() -> None:
    half = scores(frame(5000, 0), frame(5000, 1, slope=0.7))
    assert all(0.3 < half[pair] < 0.9 for pair in PAIRS[:3])


def test_the_shape_of_the_columns_does_not_matter_much() -> None:
    real = frame(5000, 0)
    assert scores(real, real.assign(x=real["x"] * 1.02))["x", "y"] > 0.9


def test_families_make_chance_larger() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(30), 100)
    frames = [
        pd.DataFrame(
            {"x": rng.normal(size=30)[group], "y": rng.normal(size=30)[group], "c": "u", "noise": "v"}
        )
        for _ in range(2)
    ]
    loose = scores(frames[0], frames[1])
    assert loose["x", "y"] is not None  # thirty values, each a hundred times: seems to depend
    assert scores(frames[0], frames[1], group)["x", "y"] is None


def test_an_empty_side_has_none() -> None:
    real = frame(300, 0)
    assert set(scores(real, real.iloc[:0]).values()) == {0.0}
    assert set(scores(real.iloc[:0], real.iloc[:0]).values()) == {None}
