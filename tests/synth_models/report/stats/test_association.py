"""One number for the dependence of any two columns."""

import numpy as np
import pandas as pd
import pytest

from synth_models.report.side import Kind
from synth_models.report.stats.association import association_matrix, correlation

KINDS = {"x": Kind.NUMBER, "y": Kind.NUMBER, "c": Kind.LABEL, "d": Kind.LABEL, "flat": Kind.NUMBER}


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=800)
    c = np.where(x > 0, "high", "low").astype(object)
    frame = pd.DataFrame({"x": x, "y": -x + rng.normal(size=800), "c": c, "d": c, "flat": 3.0})
    frame.loc[:20, ["x", "c"]] = None
    return frame


def test_each_mixture_has_its_measure(frame: pd.DataFrame) -> None:
    found = association_matrix(frame, KINDS)
    assert found.loc["x", "y"] == pytest.approx(frame["x"].corr(frame["y"]))
    given = frame.dropna()
    x = given["x"].to_numpy(dtype=float)
    explained = given.groupby("c")["x"].transform("mean").to_numpy(dtype=float)
    ratio = explained.std() / x.std()
    assert found.loc["x", "c"] == pytest.approx(ratio)
    assert found.loc["c", "d"] == pytest.approx(1)
    assert found.isna().loc["x", "flat"]
    assert np.allclose(found, found.T, equal_nan=True)
    assert (np.diag(found) == 1).all()


def test_independent_columns_are_near_zero() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"x": rng.normal(size=5000), "c": rng.choice([*"abc"], 5000), "d": rng.choice([*"uv"], 5000)}
    )
    found = association_matrix(frame, {name: KINDS[name] for name in ("x", "c", "d")})
    assert (found.to_numpy()[~np.eye(3, dtype=bool)] < 0.06).all()


def test_nothing_is_defined_on_nothing(frame: pd.DataFrame) -> None:
    found = association_matrix(frame.iloc[:0], KINDS).to_numpy()
    assert np.isnan(found[~np.eye(5, dtype=bool)]).all()
    assert correlation(np.array([1.0, 2.0]), np.array([1.0, 2.0])) is None
    assert correlation(np.array([1.0, 2.0, np.nan, 4.0]), np.array([2.0, 4.0, 1.0, 8.0])) == pytest.approx(1)
