"""What families come to on average is drawn with their parent, and kept to row by row."""

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.plan import make_blueprints

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_FAMILIES, _SIBLINGS = 300, 8


def visits(seed: int = 0) -> RelationalData:
    """Customers who pay by card or in cash, never both; half the goods of every visit are food."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"customer": np.repeat(range(_FAMILIES), _SIBLINGS)})
    n = len(frame)
    own = np.where(rng.random(_FAMILIES) < 0.5, "card", "cash")[frame["customer"]]
    frame["pays"] = np.where(rng.random(n) < 0.2, "voucher", own)
    half = _SIBLINGS // 2
    goods = np.tile(np.array([*["food"] * half, *["other"] * half]), (_FAMILIES, 1))
    frame["goods"] = rng.permuted(goods, axis=1).ravel()
    frame["spent"] = np.round(rng.normal(50, 10, _FAMILIES)[frame["customer"]] + rng.normal(0, 20, n), 1)
    frame["noise"] = rng.choice(["x", "y", "z"], n)
    schema = Schema(
        {
            "customers": Table({"id": "key"}, "id"),
            "visits": Table(
                {
                    "customer": "key",
                    "pays": "categorical",
                    "goods": "categorical",
                    "spent": "numeric",
                    "noise": "categorical",
                },
                None,
                {"customer": "customers"},
            ),
        }
    )
    return RelationalData({"customers": pd.DataFrame({"id": range(_FAMILIES)}), "visits": frame}, schema)


@pytest.fixture(scope="module")
def model() -> MultiLevelSynth:
    data = visits()
    model = MultiLevelSynth(data.schema)
    model.train(data, n_epochs=30, **QUIET)
    return model


@pytest.fixture(scope="module")
def made(model: MultiLevelSynth) -> pd.DataFrame:
    return model.sample(progress=False, seed=1)["visits"]


def test_profiles_are_of_what_differs_otherwise_than_by_chance() -> None:
    blueprints = make_blueprints(visits())
    told = {plan.column for plan in blueprints["customers"].profiles}
    assert told == {"pays", "goods", "spent"}
    assert blueprints["visits"].steered == blueprints["customers"].profiles


def test_what_no_sibling_has_is_never_drawn(made: pd.DataFrame) -> None:
    """A profile says that nobody in the family has it; what is left are profiles that say it of neither."""
    kinds = made.groupby("customer")["pays"].agg(set)
    assert sum({"card", "cash"} <= kind for kind in kinds) <= 0.02 * _FAMILIES
    assert abs((made["pays"] == "card").mean() - (visits()["visits"]["pays"] == "card").mean()) < 0.06


def test_families_are_as_balanced_as_they_were(made: pd.DataFrame) -> None:
    share = (made["goods"] == "food").groupby(made["customer"]).mean()
    by_chance = 0.5 / np.sqrt(_SIBLINGS)
    assert share.std() < 0.4 * by_chance
    assert abs(share.mean() - 0.5) < 0.02


def test_means_differ_as_they_did(made: pd.DataFrame) -> None:
    real = visits()["visits"].groupby("customer")["spent"].mean().std()
    assert abs(made.groupby("customer")["spent"].mean().std() / real - 1) < 0.2


def test_the_profiles_of_kept_rows_are_drawn(model: MultiLevelSynth) -> None:
    data = visits()
    again = model.sample(data, {"visits": data.n_rows["visits"]}, progress=False, seed=2)["visits"]
    real, other = (
        (frame["pays"] == "card").groupby(frame["customer"]).mean() > 0.3 for frame in (data["visits"], again)
    )
    assert 0.4 < (real == other).mean() < 0.6  # what a kept customer really pays with is not told
