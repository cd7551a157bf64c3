"""What a blueprint says of series and of dates that refer to dates."""

import numpy as np
import pandas as pd

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.plan import make_blueprints


def series(gap_days: int | None) -> RelationalData:
    """80 accounts with 12 bookings each: every ``gap_days`` after opening, or on random days."""
    rng = np.random.default_rng(0)
    opened = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, 80), unit="D")
    account = np.repeat(np.arange(80), 12)
    if gap_days:
        booked = opened[account] + pd.to_timedelta(np.tile(np.arange(12) * gap_days, 80), unit="D")
    else:
        booked = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, 960), unit="D")
    schema = Schema(
        {
            "accounts": Table({"id": "key", "opened": "date"}, "id"),
            "bookings": Table({"id": "key", "account": "key", "day": "date"}, "id", {"account": "accounts"}),
        }
    )
    accounts = pd.DataFrame({"id": range(80), "opened": opened})
    return RelationalData(
        {
            "accounts": accounts,
            "bookings": pd.DataFrame({"id": range(960), "account": account, "day": booked}),
        },
        schema,
    )


def test_a_regular_series_is_told_by_its_gaps_from_the_parents_date_on() -> None:
    plan = make_blueprints(series(7))["bookings"]
    (day,) = plan.columns
    assert plan.order == ("day",)
    assert day.base == ("previous",)
    assert day.first == "opened"


def test_days_at_random_are_no_series() -> None:
    plan = make_blueprints(series(None))["bookings"]
    assert plan.order == ()
    assert plan.columns[0].base is None


def test_the_grid_of_a_series_stays_exact() -> None:
    data = series(7)
    model = MultiLevelSynth(data.schema)
    model.train(data, 40, tensorboard_dir=None, progress=False)
    made = model.sample(progress=False)["bookings"].sort_values(["account", "day"])
    gaps = made.groupby("account")["day"].diff().dropna().dt.days
    assert (gaps == 7).mean() > 0.95


def test_sums_of_differences_stay_within_what_was_seen() -> None:
    data = series(7)
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, progress=False)
    days, real = model.sample(progress=False, seed=4)["bookings"]["day"], data["bookings"]["day"]
    assert days.min() >= real.min()
    assert days.max() <= real.max()
