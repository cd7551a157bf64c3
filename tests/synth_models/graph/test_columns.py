"""Numbers are drawn as differences where these say much more."""

import numpy as np
import pandas as pd

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.plan import make_blueprints


def readings() -> RelationalData:
    """60 cars with 20 readings each: an odometer that runs on, and a temperature that does not."""
    rng = np.random.default_rng(0)
    car = np.repeat(np.arange(60), 20)
    frame = pd.DataFrame({"car": car, "temperature": rng.integers(-10, 30, len(car))})
    frame["day"] = pd.Timestamp("2022-01-01") + pd.to_timedelta(np.tile(np.arange(20) * 7, 60), unit="D")
    driven = pd.Series(rng.integers(100, 140, len(car)))
    frame["odometer"] = rng.integers(0, 90_000, 60)[car] + driven.groupby(car).cumsum()
    types = {"car": "key", "temperature": "integer", "day": "date", "odometer": "integer"}
    schema = Schema({"cars": Table({"id": "key"}, "id"), "readings": Table(types, None, {"car": "cars"})})
    return RelationalData({"cars": pd.DataFrame({"id": range(60)}), "readings": frame}, schema)


def plans(data: RelationalData) -> dict[str, ColumnPlan]:
    """How the readings are drawn."""
    return {c.name: c for c in make_blueprints(data)["readings"].columns}


def test_an_odometer_is_told_by_what_was_driven_and_a_temperature_as_it_is() -> None:
    columns = plans(readings())
    assert columns["odometer"].base == ("previous",)
    assert columns["temperature"].base is None


def test_a_number_may_be_a_difference_to_the_parents() -> None:
    data = readings()
    cars = data["cars"].assign(bought=np.random.default_rng(1).integers(0, 90_000, 60))
    driven = np.random.default_rng(2).integers(0, 2000, len(data["readings"]))
    frame = data["readings"].assign(odometer=cars["bought"].to_numpy()[data["readings"]["car"]] + driven)
    schema = Schema(
        {"cars": Table({"id": "key", "bought": "integer"}, "id"), "readings": data.schema.tables["readings"]}
    )
    again = RelationalData({"cars": cars, "readings": frame.sample(frac=1, random_state=0)}, schema)
    assert plans(again)["odometer"].base == ("parent", "bought")


def test_a_sampled_odometer_runs_forward_by_what_is_driven_in_a_week() -> None:
    data = readings()
    model = MultiLevelSynth(data.schema)
    model.train(data, 5, tensorboard_dir=None, progress=False)
    made = model.sample(progress=False)["readings"]
    steps = made.groupby("car")["odometer"].diff().dropna()
    assert ((steps >= 100) & (steps < 140)).mean() > 0.9  # but for those that begin at the end
    assert made["odometer"].max() <= data["readings"]["odometer"].max()


def test_a_level_that_goes_up_and_down_is_near_to_the_one_before_and_a_counter_a_difference() -> None:
    """Both in steps that the tokens tell from none."""
    rng, data = np.random.default_rng(3), readings()
    car = data["readings"]["car"]
    steps = pd.Series(rng.integers(200, 400, len(car)))
    frame = data["readings"].assign(
        temperature=(rng.normal(0, 30, len(car)).reshape(60, 20).cumsum(1).ravel() / 5).round(1),
        odometer=rng.integers(0, 20_000, 60)[car] + steps.groupby(car).cumsum(),
    )
    types = {**data.schema.tables["readings"].columns, "temperature": "numeric"}
    schema = Schema({"cars": data.schema.tables["cars"], "readings": Table(types, None, {"car": "cars"})})
    columns = plans(RelationalData({"cars": data["cars"], "readings": frame}, schema))
    assert columns["temperature"].near
    assert columns["temperature"].base is None
    assert columns["odometer"].base == ("previous",)
