"""Primary keys of several columns stay unique."""

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.rules import LOOKUP, PRODUCT, Operand, Rule
from synth_models.sampling.frames import spread_repeats


def test_repeats_get_other_dates_and_nothing_else_changes() -> None:
    rng = np.random.default_rng(0)
    dates = pd.date_range("2024-01-05", periods=6, freq="7D")
    frame = pd.DataFrame(
        {"store": np.repeat(range(20), 8), "dept": rng.integers(0, 3, 160), "day": rng.choice(dates, 160)}
    )
    frame["sales"] = rng.normal(size=160)
    made = spread_repeats(frame, ("store", "dept", "day"), ["dept", "day"], rng)
    assert frame.duplicated(["store", "dept", "day"]).any()
    assert not made.duplicated(["store", "dept", "day"]).any()
    pd.testing.assert_frame_equal(made[["store", "sales"]], frame[["store", "sales"]])
    assert made.dtypes.equals(frame.dtypes)
    assert set(made["day"]) <= set(dates)


def test_what_is_computed_from_another_date_alone_comes_with_it() -> None:
    day, name, sales = (COLUMN_TYPES.get("categorical").fit(pd.Series(["a", "b"] * 10)) for _ in range(3))
    plans = [
        ColumnPlan("day", "categorical", day),
        ColumnPlan("name", "categorical", name, rules=(Rule(LOOKUP, (Operand("day"),)),)),
        ColumnPlan("sales", "categorical", sales, rules=(Rule(PRODUCT, (Operand("day"), Operand("store"))),)),
    ]
    days = np.tile(np.arange(10), 20)
    frame = pd.DataFrame(
        {"store": np.repeat(np.arange(40), 5), "day": days, "name": days * 2, "sales": days * 3}
    )
    frame.loc[1::5, "day"], frame.loc[1::5, "name"] = (
        frame.loc[::5, "day"].array,
        frame.loc[::5, "name"].array,
    )
    made = spread_repeats(frame, ("store", "day"), ["day"], np.random.default_rng(0), plans)
    assert not made.duplicated(["store", "day"]).any()
    assert (made["name"] == made["day"] * 2).all()
    pd.testing.assert_series_equal(made["sales"], frame["sales"])


def test_nothing_changes_without_repeats() -> None:
    frame = pd.DataFrame({"store": [1, 1, 2], "day": [1, 2, 1]})
    pd.testing.assert_frame_equal(
        spread_repeats(frame, ("store", "day"), ["day"], np.random.default_rng(0)), frame
    )


def test_the_last_free_places_of_a_grid_are_found() -> None:
    """Ten stores of 200 places each of which all but three are taken, and three rows that repeat one."""
    grid = pd.MultiIndex.from_product([range(10), range(40), range(5)], names=["store", "dept", "week"])
    rng = np.random.default_rng(0)
    frame = grid.to_frame(index=False).sample(frac=1, random_state=0).sort_values("store", kind="stable")
    per_store = [part.iloc[np.r_[:197, :3]] for _, part in frame.groupby("store")]
    crowded = pd.concat(per_store, ignore_index=True)
    assert crowded.duplicated().sum() == 30
    made = spread_repeats(crowded, ("store", "dept", "week"), ["dept", "week"], rng)
    assert made.duplicated().sum() == 0
    assert (made["store"] == crowded["store"]).all()
