"""Primary keys of several columns stay unique."""

import numpy as np
import pandas as pd

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


def test_nothing_changes_without_repeats() -> None:
    frame = pd.DataFrame({"store": [1, 1, 2], "day": [1, 2, 1]})
    pd.testing.assert_frame_equal(
        spread_repeats(frame, ("store", "day"), ["day"], np.random.default_rng(0)), frame
    )
