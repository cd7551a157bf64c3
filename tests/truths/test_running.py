"""A number that runs on from row to row stays where it usually is, as the rows before it see to it."""

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.plan import make_blueprints
from synth_models.graph.profile_plan import LEAST, MOST

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_PURSES, _STEPS = 300, 16


def purses(seed: int = 0) -> RelationalData:
    """Purses that one pays out of what is in them, never more; but for the first of them, once."""
    rng = np.random.default_rng(seed)
    left, steps = np.zeros(_PURSES), []
    for number in range(_STEPS):
        into = (rng.random(_PURSES) < 0.3) | (left < 50)
        share = rng.uniform(0.3, 1.0, _PURSES)
        amount = np.round(np.where(into, rng.uniform(100, 1000, _PURSES), share * left), 1)
        amount[0] += 800 * (number == 3) * ~into[0]
        left = np.round(left + np.where(into, amount, -amount), 1)
        told = {
            "purse": range(_PURSES),
            "day": pd.Timestamp("2026-01-01") + pd.Timedelta(days=number),
            "kind": np.where(into, "in", "out"),
        }
        steps.append(pd.DataFrame({**told, "amount": amount, "left": left}))
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
    model.train(data, n_epochs=40, **QUIET)
    return model.sample(progress=False, seed=1)["steps"]


def test_ends_are_told_of_what_runs_on() -> None:
    told = [(plan.column, plan.how) for plan in make_blueprints(purses())["steps"].steered]
    assert {("left", LEAST), ("left", MOST)} <= set(told)


def test_no_purse_is_overdrawn(made: pd.DataFrame) -> None:
    taken = made[made["kind"] == "out"]
    assert (taken["left"] < -10).mean() < 0.02


def test_it_does_not_drift(made: pd.DataFrame) -> None:
    real = purses()["steps"]
    late, then = (frame.groupby("purse").tail(4)["left"] for frame in (real, made))
    assert abs(then.mean() - late.mean()) < 0.1 * late.std()
    assert abs(then.std() / late.std() - 1) < 0.15
