"""Rules are found where they hold, and only there."""

import numpy as np
import pandas as pd

from synth_models import RelationalData, Schema, Table
from synth_models.graph.detect import find_copy
from synth_models.graph.plan import make_blueprints


def flights(rows: int = 400) -> RelationalData:
    rng = np.random.default_rng(0)
    airports = pd.DataFrame({"code": list("ABCD"), "tz": [1, 1, 2, 3]})
    hours = pd.DataFrame({"id": range(80), "airport": list("ABCD") * 20, "wind": rng.integers(0, 9, 80)})
    hour = rng.integers(0, 80, rows)
    made = pd.DataFrame(
        {
            "id": range(rows),
            "hour": np.where(rng.random(rows) < 0.02, None, hour),
            "origin": hours["airport"].to_numpy()[hour],
            "wind": hours["wind"].to_numpy()[hour],
            "delay": rng.integers(0, 9, rows),
        }
    )
    made["hour"] = made["hour"].astype("Int64")
    schema = Schema(
        {
            "airports": Table({"code": "key", "tz": "integer"}, "code"),
            "hours": Table({"id": "key", "airport": "key", "wind": "integer"}, "id", {"airport": "airports"}),
            "flights": Table(
                {"id": "key", "hour": "key", "origin": "key", "wind": "integer", "delay": "integer"},
                "id",
                {"hour": "hours", "origin": "airports"},
            ),
        }
    )
    return RelationalData({"airports": airports, "hours": hours, "flights": made}, schema)


def test_a_repeated_column_is_a_copy_and_an_unrelated_one_is_not() -> None:
    data = flights()
    assert find_copy(data, "flights", "wind", ["hour", "origin"]) == ("hour", "wind")
    assert find_copy(data, "flights", "delay", ["hour", "origin"]) is None


def test_a_key_that_follows_from_another_comes_after_it() -> None:
    keys = make_blueprints(flights())["flights"].keys
    family = make_blueprints(flights())["flights"].family
    assert family in (None, "hour")
    origin = next(key for key in keys if key.column == "origin")
    assert origin.source == ("hour", "airport")


def test_copies_and_diamonds_hold_exactly_in_samples() -> None:
    from synth_models import MultiLevelSynth

    data = flights()
    model = MultiLevelSynth(data.schema)
    model.train(data, 1, tensorboard_dir=None, progress=False)
    made = model.sample(progress=False)
    joined = made["flights"].merge(made["hours"], left_on="hour", right_on="id", suffixes=("", "_hour"))
    assert len(joined) > 300
    assert (joined["origin"] == joined["airport"]).all()
    assert (joined["wind"] == joined["wind_hour"]).all()
    assert 0 < made["flights"]["hour"].isna().mean() < 0.2
