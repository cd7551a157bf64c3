"""A number that runs on from row to row keeps within the ends of its family."""

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.plan import make_blueprints
from synth_models.graph.profile_plan import LEAST, MOST

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_PURSES, _STEPS = 300, 16
_FLOOR = 2000


def purses(seed: int = 0) -> RelationalData:
    """Purses that are emptied, and purses in which something is always left."""
    rng = np.random.default_rng(seed)
    floor = np.where(rng.random(_PURSES) < 0.5, 0, _FLOOR)
    left, steps = np.zeros(_PURSES), []
    for number in range(_STEPS):
        free = left - floor
        into = (rng.random(_PURSES) < 0.3) | (free < 50)
        amount = np.where(into, rng.uniform(100, 1000, _PURSES), rng.uniform(0.3, 1.0, _PURSES) * free)
        amount = np.round(amount + (floor if number == 0 else 0), 1)
        left = np.round(left + np.where(into, amount, -amount), 1)
        told = {"purse": range(_PURSES), "kind": np.where(into, "in", "out"), "amount": amount, "left": left}
        steps.append(pd.DataFrame(told).assign(day=pd.Timestamp("2026-01-01") + pd.Timedelta(days=number)))
    frame = pd.concat(steps).sort_values(["purse", "day"], ignore_index=True)
    columns = {"purse": "key", "day": "date", "kind": "categorical", "amount": "numeric", "left": "numeric"}
    schema = Schema(
        {"purses": Table({"id": "key"}, "id"), "steps": Table(columns, None, {"purse": "purses"})}
    )
    return RelationalData({"purses": pd.DataFrame({"id": range(_PURSES)}), "steps": frame}, schema)


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    data = purses()
    model = MultiLevelSynth(data.schema)
    model.train(data, n_epochs=30, **QUIET)
    return model.sample(progress=False, seed=1)["steps"]


def test_the_ends_of_what_runs_on_are_told() -> None:
    told = [(plan.column, plan.how) for plan in make_blueprints(purses())["steps"].steered]
    assert {("left", LEAST), ("left", MOST)} <= set(told)


def test_families_keep_within_their_ends(made: pd.DataFrame) -> None:
    theirs, mine = (frame.groupby("purse")["left"].min() for frame in (purses()["steps"], made))
    assert ((mine > 300) & (mine < _FLOOR - 50)).mean() < 0.08  # no real one is in between
    assert abs((mine < 300).mean() - (theirs < 300).mean()) < 0.08
    assert (mine < -1).mean() < 0.01


def test_nothing_drifts(made: pd.DataFrame) -> None:
    real, late = (frame.groupby("purse").tail(4)["left"] for frame in (purses()["steps"], made))
    assert abs(late.mean() - real.mean()) < 0.1 * real.std()
    assert abs(late.std() / real.std() - 1) < 0.1


def test_no_step_is_nothing(made: pd.DataFrame) -> None:
    assert made["amount"].min() > 0
