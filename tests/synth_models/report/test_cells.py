"""Two-way tables for pictures."""

import numpy as np
import pandas as pd

from synth_models.report.cells import cells
from synth_models.report.profile import OTHER
from synth_models.report.rare import Owners
from synth_models.report.side import Kind, Side
from synth_models.testing import shop

MIN_ROWS = 5
KINDS = {"n": Kind.NUMBER, "c": Kind.LABEL, "d": Kind.LABEL, "t": Kind.TIME}


def each(rows: int) -> Owners:
    """Every row its own entity."""
    return Owners(np.arange(rows), MIN_ROWS)


def frame(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    c = rng.choice(["x", "y", "z"], rows, p=[0.6, 0.39, 0.01])
    return pd.DataFrame(
        {
            "n": rng.normal(size=rows) + (c == "x"),
            "c": c,
            "d": rng.choice(["u", "v"], rows),
            "t": rng.random(rows) * 1e7,
        }
    )


def test_categories_go_down_and_each_adds_up_to_one() -> None:
    found = cells(frame(300), frame(200, seed=1), ("c", "n"), KINDS, each(300))
    assert found is not None
    assert (found.across.column, found.down.column, found.by_row) == ("n", "c", True)
    assert found.down.names == ("x", "y", OTHER)
    assert np.allclose(found.synthetic.sum(axis=1)[:2], 1)


def test_two_measures_add_up_to_one() -> None:
    found = cells(frame(3000), frame(3000, seed=1), ("n", "t"), KINDS, each(3000))
    assert found is not None
    assert not found.by_row
    assert np.isclose(found.synthetic.sum(), 1)


def test_cells_of_a_few_real_rows_are_left_out() -> None:
    data = Side(shop(rows=300))
    real = data.table("users")
    found = cells(real, real, ("age", "income"), data.columns("users"), each(300))
    assert found is not None
    given = len(real[["age", "income"]].dropna())
    least = np.nanmin(found.real[found.real > 0]) * given
    assert least > MIN_ROWS / 2  # shares are of what is within the range
    assert np.isnan(found.real[found.synthetic == 0]).all()


def test_few_rows_and_rare_categories_are_not_drawn() -> None:
    assert cells(frame(39), frame(100), ("n", "t"), KINDS, each(39)) is None
    rare = pd.DataFrame({"c": [f"name {n}" for n in range(100)], "d": ["u"] * 100})
    assert cells(rare, rare, ("c", "d"), KINDS, each(100)) is None


def test_an_empty_side_is_an_empty_table() -> None:
    found = cells(frame(100), frame(100).iloc[:0], ("c", "d"), KINDS, each(100))
    assert found is not None
    assert (found.synthetic == 0).all()
