"""Which columns others are seen to determine, and what is stored of it."""

import numpy as np
import pandas as pd

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.plan import make_blueprints

N = 1000


def shops(*, seed: int = 0) -> pd.DataFrame:
    """Days of shops: which city, and therefore which zone, whether open, and what was sold."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"city": rng.choice([f"city {n}" for n in range(20)], N), "open": rng.random(N) < 0.6}
    )
    frame["zone"] = "zone " + (frame["city"].str[5:].astype(int) % 4).astype(str)
    frame["sales"] = np.where(frame["open"], rng.integers(1, 5000, N), 0)
    return frame


def model_of(frame: pd.DataFrame, types: dict[str, str]) -> tuple[dict[str, ColumnPlan], RelationalData]:
    """How the columns of a single table are drawn, and the table as data."""
    schema = Schema({"t": Table({"id": "key", **types}, "id")})
    data = RelationalData({"t": frame.assign(id=range(len(frame)))}, schema)
    return {c.name: c for c in make_blueprints(data)["t"].columns}, data


TYPES = {"city": "categorical", "open": "boolean", "zone": "categorical", "sales": "integer"}


def test_a_determined_column_and_a_value_that_determines_hold_in_samples() -> None:
    frame = shops()
    plans, data = model_of(frame, TYPES)
    assert {name for name, c in plans.items() if c.rules} == {"zone", "sales"}
    model = MultiLevelSynth(data.schema)
    model.train(data, 3, tensorboard_dir=None, progress=False)
    made = model.sample(progress=False)["t"]
    assert (made["zone"].str[5:].astype(int) == made["city"].str[5:].astype(int) % 4).all()
    assert (made.loc[~made["open"], "sales"] == 0).all()
    assert (made.loc[made["open"], "sales"] > 0).mean() > 0.95


def test_five_in_a_hundred_exceptions_are_no_rule() -> None:
    frame = shops()
    frame.loc[::20, "zone"] = "zone 9"
    frame.loc[::20, "sales"] = 77
    assert not [name for name, c in model_of(frame, TYPES)[0].items() if c.rules]


def test_what_is_missing_with_another_is_missing_with_it() -> None:
    frame = shops()
    frame.loc[frame["open"], "zone"] = None
    plans, data = model_of(frame, TYPES)
    assert plans["zone"].rules
    model = MultiLevelSynth(data.schema)
    model.train(data, 3, tensorboard_dir=None, progress=False)
    made = model.sample(progress=False)["t"]
    assert made.loc[made["open"], "zone"].isna().all()


def test_a_column_that_may_be_missing_besides_is_drawn_as_missing() -> None:
    frame = shops()
    frame.loc[np.random.default_rng(1).random(N) < 0.2, "zone"] = None
    plans, data = model_of(frame, TYPES)
    assert plans["zone"].gaps
    model = MultiLevelSynth(data.schema)
    model.train(data, 20, tensorboard_dir=None, progress=False)
    made = model.sample(progress=False)["t"]
    there = made[made["zone"].notna()]
    assert (there["zone"].str[5:].astype(int) == there["city"].str[5:].astype(int) % 4).all()
    assert 0.1 < made["zone"].isna().mean() < 0.3


def test_pairs_of_few_entities_are_not_stored() -> None:
    frame = shops()
    frame.loc[:2, "city"], frame.loc[:2, "zone"] = "city 101", "zone 1"  # three rows of a city of its own
    plans, _ = model_of(frame, {**TYPES, "city": "categorical"})
    (rule,) = plans["zone"].rules
    assert rule.keys is not None
    codes = plans["city"].codec.to_numbers(pd.Series(["city 101", "city 3"]))
    assert codes[0] not in rule.keys
    assert codes[1] in rule.keys


def test_the_day_of_the_week_is_a_part_of_the_date_however_it_is_written() -> None:
    frame = shops()
    frame["day"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(N) % 200, unit="D")
    frame["name"], frame["number"] = frame["day"].dt.day_name(), frame["day"].dt.dayofweek + 1
    types = {**TYPES, "day": "date", "name": "categorical", "number": "categorical"}
    plans, _ = model_of(frame, types)
    for column in ("name", "number"):
        (rule,) = plans[column].rules
        assert len(rule.keys if rule.keys is not None else ()) == 7


def test_what_all_rows_of_one_family_share_is_no_rule() -> None:
    """Three owners, each with one colour and one kind: no more than three observations."""
    rng = np.random.default_rng(0)
    owner = rng.integers(0, 60, N)
    colour, kind = rng.integers(0, 30, 60), rng.integers(0, 2, 60)
    colour[:] = np.arange(60) % 30
    schema = Schema(
        {
            "owners": Table({"id": "key", "size": "integer"}, "id"),
            "things": Table(
                {"owner": "key", "colour": "categorical", "kind": "categorical"}, None, {"owner": "owners"}
            ),
        }
    )
    things = pd.DataFrame(
        {"owner": np.sort(owner), "colour": colour[np.sort(owner)].astype(str), "kind": kind[np.sort(owner)]}
    )
    owners = pd.DataFrame({"id": range(60), "size": rng.integers(0, 9, 60)})
    data = RelationalData({"owners": owners, "things": things}, schema)
    rules = {c.name: c.rules for c in make_blueprints(data)["things"].columns}
    assert not any(rule.kind == "lookup" for found in rules.values() for rule in found)
