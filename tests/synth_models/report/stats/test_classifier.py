"""The two-sample test: half for the same, one for what is plainly different."""

import numpy as np
import pandas as pd
import pytest

from synth_models.report.side import Kind
from synth_models.report.stats.classifier import ROWS, Detected, Groups, Suspects, design, detect, detect_each

KINDS = {"n": Kind.NUMBER, "c": Kind.LABEL, "t": Kind.TIME}


def frame(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "n": rng.normal(shift, 1, rows),
            "c": rng.choice([*"ab"], rows),
            "t": rng.integers(0, 10**8, rows) * 1.0,
        }
    )


def told(real: pd.DataFrame, other: pd.DataFrame, groups: Groups | None = None) -> Detected | None:
    return detect(Suspects(real=real, other=other, kinds=KINDS, groups=groups), seed=0)


def test_the_same_source_is_not_told_apart() -> None:
    found = told(frame(800, 0), frame(700, 1))
    assert found is not None
    assert found.auc == pytest.approx(0.5, abs=0.05)
    assert found.accuracy == pytest.approx(0.5, abs=0.05)
    assert found.rows == 700


def test_another_source_is_told_apart() -> None:
    found = told(frame(ROWS + 500, 0), frame(ROWS + 100, 1, shift=6))
    assert found is not None
    assert found.auc > 0.99
    assert found.rows == ROWS


def test_each_is_told_as_if_it_were_alone() -> None:
    asked = [
        Suspects(real=frame(300, seed), other=frame(200, seed + 1, shift), kinds=KINDS)
        for seed, shift in enumerate((0.0, 0.3, 2.0))
    ]
    assert detect_each(iter(asked), seed=3) == [detect(one, seed=3) for one in asked]


def test_siblings_do_not_give_rows_away() -> None:
    """Families that all share one value each: told apart by it, unless whole families are asked."""
    sides, groups = [], []
    for seed in (0, 1):
        family = np.repeat(np.arange(60), 10) + 60 * seed
        sides.append(pd.DataFrame({"n": np.random.default_rng(seed).normal(size=60)[family % 60]}))
        groups.append(family)
    loose = told(sides[0], sides[1])
    kept = told(sides[0], sides[1], (groups[0], groups[1]))
    assert loose is not None
    assert kept is not None
    assert loose.auc > 0.9
    assert kept.auc < 0.7


def test_too_little_is_not_tested() -> None:
    assert told(frame(9, 0), frame(50, 1)) is None
    assert told(frame(50, 0)[[]], frame(50, 1)[[]]) is None
    same = pd.DataFrame({"n": [1.0] * 20})
    found = told(same, same)
    assert found is not None
    assert (found.auc, found.accuracy, found.rows, found.features) == (0.5, 0.5, 20, {})


def test_what_gave_it_away_is_told_by_column() -> None:
    found = told(frame(500, 0), frame(500, 1, shift=3))
    assert found is not None
    assert next(iter(found.features)) == "n"
    assert set(found.features) <= set(KINDS)
    assert sum(found.features.values()) == pytest.approx(1, abs=0.01)


def test_the_design_has_no_holes() -> None:
    real = pd.DataFrame({"n": [1.0, np.nan, 3.0], "c": ["a", None, "b"], "t": [0.0, np.nan, 86400.0]})
    matrix, names = design(real, real, KINDS)
    assert names == ["n", "c", "c", "c", "t"]
    assert np.isfinite(matrix).all()
    assert set(matrix[:, 0]) == {1, 2, 3}  # the mean for the missing number
    assert matrix.shape == (6, 1 + 3 + 1)  # of the date only the day differs
