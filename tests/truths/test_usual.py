"""Who usually goes with whom: a driver has a van of his own, and now and then takes another one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import GraphSynth, MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.graph.detect import plan_keys
from synth_models.graph.implied import ImpliedKey, find_implied, widened

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_DRIVERS, _VANS, _DAYS, _TOURS = 150, 100, 500, 4000
_OWN = 0.7


def driven(seed: int = 0, *, own: float = _OWN, depots: int = 1) -> RelationalData:
    """The tours of each day, with drivers who have a van of their own.

    Args:
        seed: Of all that is drawn.
        own: The share of tours in that van; the others are in any.
        depots: To one of which every driver belongs; he takes its vans only, but for his own.
    """
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, _DAYS, _TOURS))
    driver = rng.choice(_DRIVERS, _TOURS, p=rng.dirichlet(np.ones(_DRIVERS) * 3))
    depot = driver % depots
    van = depot + depots * rng.integers(0, _VANS // depots, _TOURS)
    van = np.where(rng.random(_TOURS) < own, rng.integers(0, _VANS, _DRIVERS)[driver], van)
    frames = {
        "tours": pd.DataFrame(
            {"day": day, "driver": driver, "van": van, "depot": depot, "stops": rng.integers(3, 30, _TOURS)}
        ),
        "days": pd.DataFrame({"id": range(_DAYS), "rain": rng.random(_DAYS) < 0.2}),
        "drivers": pd.DataFrame({"id": range(_DRIVERS), "age": rng.integers(20, 60, _DRIVERS)}),
        "vans": pd.DataFrame({"id": range(_VANS), "load": rng.integers(1, 6, _VANS) * 100}),
        "depots": pd.DataFrame({"id": range(depots)}),
    }
    keys = {"day": "days", "driver": "drivers", "van": "vans", "depot": "depots"}
    schema = Schema(
        {
            "tours": Table({**dict.fromkeys(keys, "key"), "stops": "integer"}, None, keys),
            "days": Table({"id": "key", "rain": "boolean"}, "id"),
            "drivers": Table({"id": "key", "age": "integer"}, "id"),
            "vans": Table({"id": "key", "load": "integer"}, "id"),
            "depots": Table({"id": "key"}, "id"),
        }
    )
    return RelationalData(frames, schema)


def in_the_usual_van(data: RelationalData) -> float:
    """The share of tours in the van that their driver has most often."""
    tours = data["tours"]
    counts = tours.groupby(["driver", "van"]).size()
    return float(counts.groupby("driver").max().sum() / len(tours))


def repeated(data: RelationalData) -> float:
    """The share of tours whose driver has had that van before."""
    return float(data["tours"].duplicated(["driver", "van"]).mean())


@pytest.fixture(scope="module")
def real() -> RelationalData:
    """Real tours."""
    return driven()


@pytest.fixture(scope="module")
def model(real: RelationalData) -> MultiLevelSynth:
    """A model of them."""
    model = MultiLevelSynth(real.schema)
    model.train(real, n_epochs=40, **QUIET)
    return model


def test_it_is_found(real: RelationalData) -> None:
    (found,) = find_implied(real, seed=0, min_count=5)
    assert (found.table, found.by, found.key, found.usual) == ("drivers", "driver", "van", True)
    told = found.told(real)
    tours = real["tours"].groupby(["driver", "van"]).size()
    assert all(tours[driver, van] > 1 for driver, van in enumerate(told) if van >= 0)
    assert all(tours[driver].max() < 2 for driver in np.flatnonzero(told < 0))


def test_what_chance_explains_is_none() -> None:
    assert find_implied(driven(own=0.0), seed=0, min_count=5) == ()
    # a depot has two vans, which all its drivers take: it tells as much as they do
    found = find_implied(driven(own=0.0, depots=50), seed=0, min_count=5)
    assert {(one.by, one.key, one.usual) for one in found} == {
        ("driver", "depot", False),
        ("van", "depot", False),
    }


def test_nothing_follows_from_what_is_usual() -> None:
    real = driven(own=1.0)
    always = ImpliedKey("drivers", "tours", "driver", "van", "vans", ("his",), 5)
    for key, source in ((always, ("driver", "his")), (replace(always, usual=True), None)):
        data = widened(real, [key])
        plans = {plan.column: plan for plan in plan_keys(data, "tours", "day")}
        assert plans["van"].source == source  # else those without a van of their own would have none
        meet = [match for plan in plans.values() for match in plan.matches if "his" in match.candidate]
        assert [match.exact for match in meet] == ([] if source else [True])


def test_drivers_keep_to_their_vans(real: RelationalData, model: MultiLevelSynth) -> None:
    made = model.sample(seed=1, progress=False, device="cpu")
    assert {name: list(frame) for name, frame in made.items()} == {n: list(f) for n, f in real.items()}
    assert abs(in_the_usual_van(made) - in_the_usual_van(real)) < 0.2  # drawn alone: .1 for .7
    assert abs(repeated(made) - repeated(real)) < 0.2  # drawn alone: .2 for .7
    for key in ("driver", "van"):  # and have as many tours as they should
        spread = [data["tours"][key].value_counts().std() for data in (made, real)]
        assert abs(spread[0] / spread[1] - 1) < 0.15


def test_a_graph_has_the_key_too(real: RelationalData) -> None:
    model = GraphSynth(real.schema)
    model.train(real, n_epochs=1, **QUIET)
    made = model.sample(seed=1, progress=False, device="cpu")
    assert {name: list(frame) for name, frame in made.items()} == {n: list(f) for n, f in real.items()}
    assert made.schema.to_dict() == real.schema.to_dict()


def test_whose_van_it_is_stays_a_secret(real: RelationalData, model: MultiLevelSynth) -> None:
    n = {"tours": _TOURS}
    made = model.sample(real, n, seed=1, progress=False, device="cpu")
    assert abs(in_the_usual_van(made) - in_the_usual_van(real)) < 0.2
    (found,) = find_implied(real, seed=0, min_count=5)
    theirs, his = found.told(made), found.told(real)
    tours = real["tours"].groupby(["driver", "van"]).size()
    few = [d for d in np.flatnonzero(his >= 0) if tours[d, his[d]] < found.least]
    assert len(few) > 5
    assert (theirs[few] == his[few]).mean() < 0.3
    many = [d for d in np.flatnonzero(his >= 0) if tours[d, his[d]] >= found.least]
    assert (theirs[many] == his[many]).mean() > 0.8


def test_it_is_saved_and_learned_on(real: RelationalData, model: MultiLevelSynth, tmp_path: Path) -> None:
    model.save(tmp_path / "model.pt")
    again = load_model(tmp_path / "model.pt", "cpu")
    before, after = (m.sample(seed=2, progress=False, device="cpu") for m in (model, again))
    assert all(before[name].equals(after[name]) for name in real)
    tomorrow = driven(seed=5)
    again.drift(tomorrow)
    again.train(tomorrow, n_epochs=2, **QUIET)
    assert in_the_usual_van(again.sample(seed=3, progress=False, device="cpu")) > 0.4
