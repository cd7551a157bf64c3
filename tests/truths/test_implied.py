"""What rows tell of whom they point at: every aircraft flies for one company, though no column says so."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_models import ForeignKey, GraphSynth, MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.graph.implied import find_implied

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_COMPANIES, _AIRCRAFT, _FLIGHTS = 40, 800, 8000
_UNUSED = 20


def flown(seed: int = 0, *, wrong: float = 0.0) -> RelationalData:
    """Flights of aircraft, each of a company that has aircraft of its size; some aircraft never fly.

    Args:
        seed: Of all that is drawn.
        wrong: The share of flights for any company.
    """
    rng = np.random.default_rng(seed)
    company = rng.choice(_COMPANIES, _AIRCRAFT, p=rng.dirichlet(np.ones(_COMPANIES) * 4))
    aircraft = rng.choice(_AIRCRAFT - _UNUSED, _FLIGHTS, p=rng.dirichlet(np.ones(_AIRCRAFT - _UNUSED) * 3))
    flying = np.where(rng.random(_FLIGHTS) < wrong, rng.integers(0, _COMPANIES, _FLIGHTS), company[aircraft])
    size = rng.integers(0, 4, _COMPANIES)
    seats = 50 + 50 * size[company] + rng.integers(0, 3, _AIRCRAFT)
    frames = {
        "flights": pd.DataFrame(
            {"company": flying, "aircraft": aircraft, "hour": rng.integers(0, 24, _FLIGHTS)}
        ),
        "aircraft": pd.DataFrame({"id": range(_AIRCRAFT), "seats": seats}),
        "companies": pd.DataFrame({"id": range(_COMPANIES), "size": np.array(["S", "M", "L", "XL"])[size]}),
    }
    schema = Schema(
        {
            "flights": Table(
                {"company": "key", "aircraft": "key", "hour": "integer"},
                None,
                {"company": "companies", "aircraft": "aircraft"},
            ),
            "aircraft": Table({"id": "key", "seats": "integer"}, "id"),
            "companies": Table({"id": "key", "size": "categorical"}, "id"),
        }
    )
    return RelationalData(frames, schema)


def companies_per_aircraft(data: RelationalData) -> pd.Series:
    return data["flights"].groupby("aircraft")["company"].nunique()


def spread_of_seats(data: RelationalData) -> float:
    """The share of the variance of seats that is within companies."""
    flights = data["flights"].merge(data["aircraft"], left_on="aircraft", right_on="id")
    return float(flights.groupby("company")["seats"].var().mean() / flights["seats"].var())


@pytest.fixture(scope="module")
def real() -> RelationalData:
    """Real flights."""
    return flown()


@pytest.fixture(scope="module", params=[MultiLevelSynth, GraphSynth])
def model(request: pytest.FixtureRequest, real: RelationalData) -> MultiLevelSynth | GraphSynth:
    """A model of them."""
    model = request.param(real.schema)
    model.train(real, n_epochs=40, **QUIET)
    return model


def test_it_is_found(real: RelationalData) -> None:
    (found,) = find_implied(real, seed=0, min_count=5)
    assert (found.table, found.child, found.by, found.key) == ("aircraft", "flights", "aircraft", "company")


def test_what_often_is_otherwise_is_none() -> None:
    assert find_implied(flown(wrong=0.05), seed=0, min_count=5) == ()


def test_what_holds_by_chance_is_none() -> None:
    real = flown()
    few = real.take({"flights": np.flatnonzero(~real["flights"].duplicated("aircraft"))})
    assert find_implied(few, seed=0, min_count=5) == ()


def test_a_key_that_there_is_is_not_found_again(real: RelationalData) -> None:
    company = real["flights"].drop_duplicates("aircraft").set_index("aircraft")["company"]
    frames = {**real, "aircraft": real["aircraft"].assign(company=company.reindex(range(_AIRCRAFT)))}
    tables = dict(real.schema.tables)
    tables["aircraft"] = Table(
        {"id": "key", "seats": "integer", "company": "key"}, "id", {"company": "companies"}
    )
    assert find_implied(RelationalData(frames, Schema(tables)), seed=0, min_count=5) == ()
    # and where companies have a key to an aircraft, another one the other way round would close a cycle
    tables["aircraft"] = real.schema.tables["aircraft"]
    columns = {"id": "key", "size": "categorical", "first": "key"}
    tables["companies"] = Table(columns, "id", {"first": "aircraft"})
    frames = {**real, "companies": real["companies"].assign(first=range(_COMPANIES))}
    assert find_implied(RelationalData(frames, Schema(tables)), seed=0, min_count=5) == ()
    # nor where that key is one of a cycle already
    columns = {"id": "key", "seats": "integer", "owner": "key"}
    tables["aircraft"] = Table(columns, "id", {"owner": "companies"})
    frames["aircraft"] = real["aircraft"].assign(owner=np.arange(_AIRCRAFT) % _COMPANIES)
    assert find_implied(RelationalData(frames, Schema(tables)), seed=0, min_count=5) == ()


def test_new_aircraft_have_one_company_and_are_of_one_size(
    real: RelationalData, model: MultiLevelSynth | GraphSynth
) -> None:
    made = model.sample(seed=1, progress=False, device="cpu")
    assert {name: list(frame) for name, frame in made.items()} == {n: list(f) for n, f in real.items()}
    assert made.schema.to_dict() == real.schema.to_dict()
    assert (companies_per_aircraft(made) == 1).mean() > 0.99
    assert spread_of_seats(made) < 0.6  # by chance 1, and companies have few aircraft of each size
    assert spread_of_seats(real) < 0.01


def test_kept_aircraft_fly_for_one_company_of_their_size(
    real: RelationalData, model: MultiLevelSynth | GraphSynth
) -> None:
    made = model.sample(real, {"flights": _FLIGHTS}, seed=1, progress=False, device="cpu")
    assert made["aircraft"].equals(real["aircraft"])
    assert (companies_per_aircraft(made) == 1).all()
    assert spread_of_seats(made) < 0.25
    # whose an aircraft is, its own flights alone tell, which are made anew: it stays unknown
    pairs = set(map(tuple, real["flights"][["aircraft", "company"]].to_numpy()))
    assert (
        np.mean([tuple(pair) in pairs for pair in made["flights"][["aircraft", "company"]].to_numpy()]) < 0.5
    )


def test_aircraft_may_be_kept_without_their_companies(
    real: RelationalData, model: MultiLevelSynth | GraphSynth
) -> None:
    made = model.sample(real, {"flights": 500, "companies": 30}, seed=1, progress=False, device="cpu")
    assert {name: len(frame) for name, frame in made.items()} == {
        "flights": 500,
        "aircraft": _AIRCRAFT,
        "companies": 30,
    }


def test_given_keys_stay(real: RelationalData, model: MultiLevelSynth | GraphSynth) -> None:
    made = model.sample(real, mode="original_fks", seed=1, progress=False, device="cpu")
    for key in ("company", "aircraft"):
        parent = {"company": "companies", "aircraft": "aircraft"}[key]
        place = dict(zip(made[parent]["id"], range(len(made[parent])), strict=True))
        assert made["flights"][key].map(place).tolist() == real["flights"][key].tolist()


def test_it_is_saved_and_learned_on(
    real: RelationalData, model: MultiLevelSynth | GraphSynth, tmp_path: Path
) -> None:
    model.save(tmp_path / "model.pt")
    again = load_model(tmp_path / "model.pt", "cpu")
    before, after = (m.sample(seed=2, progress=False, device="cpu") for m in (model, again))
    assert all(before[name].equals(after[name]) for name in real)
    # tomorrow's data have aircraft that have not flown yet, and one that has been sold
    tomorrow = flown(seed=5, wrong=0.002)
    again.drift(tomorrow)
    again.train(tomorrow, n_epochs=2, **QUIET)
    assert (companies_per_aircraft(again.sample(seed=3, progress=False, device="cpu")) == 1).mean() > 0.98


def test_of_a_kept_row_is_known_what_many_tell() -> None:
    real, rng = flown(), np.random.default_rng(3)
    # flights are passengers': those of an aircraft are of many entities
    flights = real.schema.tables["flights"]
    keys = (*flights.foreign_keys, ForeignKey("passenger", "people"))
    tables = {**real.schema.tables, "people": Table({"id": "key"}, "id")}
    tables["flights"] = Table({**flights.columns, "passenger": "key"}, None, keys)
    frames = {**real, "people": pd.DataFrame({"id": range(1500)})}
    frames["flights"] = real["flights"].assign(passenger=rng.integers(0, 1500, _FLIGHTS))
    many = RelationalData(frames, Schema(tables))
    model = MultiLevelSynth(many.schema)
    model.train(many, n_epochs=1, **QUIET)
    made = model.sample(many, {"flights": _FLIGHTS}, seed=1, progress=False, device="cpu")
    company = many["flights"].groupby("aircraft")["company"].first()
    right = made["flights"]["company"] == made["flights"]["aircraft"].map(company)
    (found,) = find_implied(many, seed=0, min_count=5)
    passengers = many["flights"].groupby("aircraft")["passenger"].nunique()
    assert found.least >= 5
    known = made["flights"]["aircraft"].map(passengers) >= found.least
    assert right[known].all()
    assert known.mean() > 0.9
    assert right[~known].mean() < 0.5
