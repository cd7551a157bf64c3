"""Levels run on from row to row without wandering off, and sequences of several columns stay complete."""

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


def sample_of(data: RelationalData, n_epochs: int) -> RelationalData:
    model = MultiLevelSynth(data.schema)
    model.train(data, n_epochs=n_epochs, **QUIET)
    return model.sample(progress=False, seed=1)


@pytest.fixture(scope="module")
def hours() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Six stations with 300 hours each, whose temperature returns to its mean slowly; and drawn ones."""
    rng, n, stations = np.random.default_rng(0), 300, 6
    level = np.empty((n, stations))
    level[0] = rng.normal(20, 5, stations)
    for hour in range(1, n):
        level[hour] = 20 + 0.9 * (level[hour - 1] - 20) + rng.normal(0, 5 * (1 - 0.9**2) ** 0.5, stations)
    frame = pd.DataFrame(
        {
            "station": np.repeat(range(stations), n),
            "hour": np.tile(pd.date_range("2024-01-01", periods=n, freq="h"), stations),
            "temperature": level.T.ravel().round(1),
        }
    )
    schema = Schema(
        {
            "stations": Table({"id": "key"}, "id"),
            "hours": Table(
                {"station": "key", "hour": "datetime", "temperature": "numeric"},
                ("station", "hour"),
                {"station": "stations"},
            ),
        }
    )
    data = RelationalData({"stations": pd.DataFrame({"id": range(stations)}), "hours": frame}, schema)
    return frame, sample_of(data, 15)["hours"]


def test_levels_keep_their_distribution(hours: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Summed differences would spread five times as far."""
    real, made = (frame["temperature"] for frame in hours)
    assert abs(made.mean() - real.mean()) < 2.5
    assert 0.75 < made.std() / real.std() < 1.25


def test_levels_run_on(hours: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The correlation with the hour before; that of rows drawn by themselves is 0."""
    real, made = (
        frame["temperature"].corr(frame.groupby("station")["temperature"].shift()) for frame in hours
    )
    assert abs(made - real) < 0.05


@pytest.fixture(scope="module")
def grids() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forty shops, each with most of twelve departments, each of these with all five weeks."""
    rng = np.random.default_rng(0)
    pairs = [(shop, dept) for shop in range(40) for dept in range(12) if rng.random() < 0.8]
    weeks = pd.date_range("2024-01-05", periods=5, freq="7D")
    usual = rng.lognormal(6, 0.3, 40)[:, None] * rng.lognormal(0, 1, 12)
    rows = [
        (shop, f"dept {dept:02}", week, round(usual[shop, dept] * rng.lognormal(0, 0.1), 2))
        for shop, dept in pairs
        for week in weeks
    ]
    frame = pd.DataFrame(rows, columns=["shop", "dept", "week", "sales"])
    schema = Schema(
        {
            "shops": Table({"id": "key"}, "id"),
            "sales": Table(
                {"shop": "key", "dept": "categorical", "week": "date", "sales": "numeric"},
                ("shop", "dept", "week"),
                {"shop": "shops"},
            ),
        }
    )
    data = RelationalData({"shops": pd.DataFrame({"id": range(40)}), "sales": frame}, schema)
    return frame, sample_of(data, 30)["sales"]


def test_grids_stay_complete(grids: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Nearly every department that a shop has, it has in all five weeks, and it has about as many."""
    weeks = [frame.groupby(["shop", "dept"]).size() for frame in grids]
    assert (weeks[0] == 5).all()
    assert (weeks[1] == 5).mean() > 0.85
    depts = [frame.groupby("shop")["dept"].nunique().mean() for frame in grids]
    assert abs(depts[1] - depts[0]) < 1


def test_what_is_drawn_is_in_order(grids: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """No department of a shop comes before that of the row before."""
    made = grids[1]
    steps = made["dept"].str[-2:].astype(int).groupby(made["shop"]).diff().dropna()
    assert (steps >= 0).mean() > 0.95  # rows that repeated a key were given another week
