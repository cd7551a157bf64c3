"""A trained model goes on with new data: what it knew stays, what is new is added."""

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.errors import DataError
from synth_models.graph.encode import encode_rows
from synth_models.graph.growth import grow_blueprints
from synth_models.graph.plan import make_blueprints
from synth_models.testing import shop

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


def changed(data: RelationalData) -> RelationalData:
    """The same shop, with a new channel, larger totals, later dates and longer orders."""
    frames = {name: frame.copy() for name, frame in data.items()}
    orders, users = frames["orders"], frames["users"]
    orders["channel"] = orders["channel"].where(np.arange(len(orders)) % 3 > 0, "kiosk")
    orders["total"] += 5000.0
    orders["placed"] += pd.Timedelta(days=900)
    users["age"] = users["age"].astype("Int64").mask(pd.Series(np.arange(len(users)) % 10 == 0))
    frames["items"] = pd.concat([frames["items"], frames["items"].assign(id=lambda f: f["id"] + 10**6)])
    return RelationalData(frames, data.schema)


def test_old_tokens_keep_their_meaning_and_new_values_have_tokens() -> None:
    data = shop(300)
    new = changed(data)
    before = make_blueprints(data)
    after = grow_blueprints(before, new)
    for name, blueprint in before.items():
        for old, grown in zip(blueprint.columns, after[name].columns, strict=True):
            tokens = old.codec.encode(data[name][old.name])
            values = [c.codec.decode(tokens, np.random.default_rng(0)) for c in (old, grown)]
            assert values[0].astype(object).equals(values[1].astype(object)), (name, old.name)
        for old, grown in zip(blueprint.counts, after[name].counts, strict=True):
            tokens = old.grid.encode(np.arange(10.0))
            numbers = [c.grid.decode(tokens, np.random.default_rng(0)) for c in (old, grown)]
            np.testing.assert_array_equal(*numbers)
    channel = next(c.codec for c in after["orders"].columns if c.name == "channel")
    tokens = channel.encode(pd.Series(["kiosk"]))
    made = channel.decode(tokens, np.random.default_rng(0))
    assert made.tolist() == ["kiosk"]
    for name, block in encode_rows(new, after).items():
        for at, token in enumerate(after[name].tokens):
            assert int(block.tokens[:, at].max()) < token.size


def test_a_model_learns_new_values_and_keeps_its_optimizer() -> None:
    data = shop(300)
    new = changed(data)
    model = MultiLevelSynth(data.schema)
    model.train(data, 15, **QUIET)
    model.train(new, 15, **QUIET)
    steps = {int(state["step"]) for state in model._networks.trainer.optimizer.state.values()}
    assert max(steps) > 25 * 16  # those of both trainings
    made = model.sample(progress=False)
    assert (made["orders"]["channel"] == "kiosk").mean() > 0.1
    assert made["orders"]["total"].median() > 4000
    assert made["users"]["age"].isna().any()
    assert len(model.history) == 30


def test_going_on_with_the_same_data_starts_where_it_ended() -> None:
    data = shop(300)
    model = MultiLevelSynth(data.schema)
    model.train(data, 5, **QUIET)
    weights = {k: v.clone() for k, v in model._networks.decoder.state_dict().items()}
    model.train(data, 1, **{**QUIET, "seed": 1}, lr=1e-9)
    for name, value in model._networks.decoder.state_dict().items():
        torch.testing.assert_close(value, weights[name], rtol=1e-3, atol=1e-5)


def test_going_on_never_ends_worse_than_it_began() -> None:
    """Held-out families are the same ones, so that what was learned before is among what is chosen from."""
    data = shop(100)
    model = MultiLevelSynth(data.schema)
    model.train(data, 8, **QUIET)
    parts = (model._networks.encoder, model._networks.decoder)
    before = [{k: v.clone() for k, v in part.state_dict().items()} for part in parts]
    model.train(data, 2, **QUIET, lr=0.3)
    assert model.history[-1].valid_loss > model.history[-3].valid_loss + 1
    for part, weights in zip((model._networks.encoder, model._networks.decoder), before, strict=True):
        torch.testing.assert_close(part.state_dict(), weights)


def test_going_on_is_gentle() -> None:
    """What is well learned already is not thrown about by the rate that nothing was learned at."""
    data, rates = shop(60), []
    model = MultiLevelSynth(data.schema)
    for _ in range(3):
        model.train(data, 1, **QUIET)
        rates.append(model._networks.trainer.optimizer.param_groups[0]["lr"])
    assert rates[1] == pytest.approx(0.3 * rates[0])
    assert rates[2] == rates[1]


def test_there_are_as_many_hubs_as_in_the_data_before_and_after_going_on() -> None:
    """Three of sixty places have all events: a throw per place would make one to six of them."""
    schema = Schema(
        {
            "places": Table({"id": "key", "size": "integer"}, "id"),
            "events": Table({"place": "key", "x": "integer"}, None, {"place": "places"}),
        }
    )
    places = pd.DataFrame({"id": range(60), "size": np.arange(60) % 4})
    events = pd.DataFrame({"place": np.array([5, 20, 41])[np.arange(900) % 3], "x": np.arange(900) % 7})
    model = MultiLevelSynth(schema)
    for rows in (800, 900):
        data = RelationalData({"places": places, "events": events[:rows]}, schema)
        model.train(data, 1, **QUIET)
        for seed in range(6):
            made = model.sample(data, data.n_rows, device="cpu", seed=seed, progress=False)
            assert made["events"]["place"].nunique() == 3


def test_what_no_larger_vocabulary_can_say_is_an_error() -> None:
    schema = Schema(
        {
            "staff": Table({"id": "key", "boss": "key"}, "id", {"boss": "staff"}),
            "visits": Table(
                {"who": "key", "to": "key", "x": "integer"}, None, {"who": "staff", "to": "staff"}
            ),
        }
    )
    staff = pd.DataFrame({"id": range(60), "boss": pd.array([None, *([0] * 59)], dtype="Int64")})
    visits = pd.DataFrame({"who": np.arange(120) % 60, "to": np.arange(120) % 7, "x": 1})
    model = MultiLevelSynth(schema)
    model.train(RelationalData({"staff": staff, "visits": visits}, schema), 1, **QUIET)
    circle = staff.assign(boss=pd.array(np.roll(np.arange(60), 1), dtype="Int64"))
    gaps = visits.assign(
        who=pd.array([None, *visits["who"][1:]], dtype="Int64"),
        to=pd.array([None, *visits["to"][1:]], dtype="Int64"),
    )
    with pytest.raises(DataError, match=r"(?s)'boss' has rows that run in circles.*missing in 1 of 120 rows"):
        model.train(RelationalData({"staff": circle, "visits": gaps}, schema), 1, **QUIET)
