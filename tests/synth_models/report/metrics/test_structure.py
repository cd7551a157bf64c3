"""What each metric of structure sees, and what it does not."""

import numpy as np
import pandas as pd
import pytest

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.report.metrics import METRICS, Measurement
from synth_models.report.metrics.base import headline
from synth_models.report.side import Side
from synth_models.report.trial import Trial

TOWNS, PEOPLE, VISITS = 60, 600, 6000


def visits(seed: int) -> RelationalData:
    """People of towns visit places: what they pay depends on the place, the person and the town, and on the
    visit before; rich people go to dear places.
    """
    rng = np.random.default_rng(seed)
    wealth = rng.choice(3, TOWNS)
    town = rng.integers(0, TOWNS, PEOPLE)
    rich = wealth[town] + rng.normal(0, 0.3, PEOPLE)
    dear = np.arange(90) % 3
    person = np.sort(rng.integers(0, PEOPLE, VISITS))
    level = np.clip(rich[person].round() + (rng.random(VISITS) < 0.1), 0, 2).astype(int)
    place = 3 * rng.integers(0, 30, VISITS) + level
    day = pd.Series(rng.exponential(20, VISITS)).groupby(person).cumsum().to_numpy().round()
    first = np.r_[True, person[1:] != person[:-1]]
    mood = np.zeros(VISITS)
    for row in range(VISITS):
        mood[row] = rng.normal() + (0 if first[row] else 0.7 * mood[row - 1])
    schema = Schema(
        {
            "towns": Table({"id": "key", "wealth": "categorical"}, "id"),
            "places": Table({"id": "key", "dear": "categorical"}, "id"),
            "people": Table({"id": "key", "town": "key", "age": "numeric"}, "id", {"town": "towns"}),
            "visits": Table(
                {"person": "key", "place": "key", "day": "date", "paid": "numeric", "mood": "numeric",
                 "again": "boolean"},
                None,
                {"person": "people", "place": "places"},
            ),
        }
    )  # fmt: skip
    frames = {
        "towns": pd.DataFrame({"id": range(TOWNS), "wealth": [*map(str, wealth)]}),
        "places": pd.DataFrame({"id": range(90), "dear": [*map(str, dear)]}),
        "people": pd.DataFrame({"id": range(PEOPLE), "town": town, "age": 30 + 10 * rich}),
        "visits": pd.DataFrame(
            {
                "person": person,
                "place": place,
                "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D"),
                "paid": 10 * dear[place] + 5 * rich[person] + rng.normal(0, 1, VISITS),
                "mood": mood,
                "again": mood > 0,
            }
        ),
    }
    return RelationalData(frames, schema)


REAL = visits(0)


def score(name: str, other: RelationalData) -> float:
    metric = METRICS.get(name)()
    value = headline(metric.compute(Trial(real=Side(REAL), other=Side(other))), metric.pool, ())
    assert value is not None
    return value


def changed(**columns: object) -> RelationalData:
    return RelationalData({**REAL, "visits": REAL["visits"].assign(**columns)}, REAL.schema)


def permuted(column: str) -> np.ndarray:
    return np.random.default_rng(1).permutation(REAL["visits"][column].to_numpy())


STRUCTURE = [name for name in METRICS.names() if METRICS.get(name).group == "structure"]


@pytest.mark.parametrize("name", STRUCTURE)
def test_another_sample_of_the_same_source_scores_well(name: str) -> None:
    value = score(name, visits(1))
    assert value < 0.62 if METRICS.get(name).goal == 0.5 else value > 0.85


@pytest.mark.parametrize(
    ("name", "column", "lost"),
    [
        ("parent_trend", "paid", 0.03),
        ("parent_dependence", "paid", 0.5),
        ("grandparent_trend", "paid", 0.02),
        ("grandparent_dependence", "paid", 0.5),
        ("link_dependence", "place", 0.5),
        ("joint_degree", "place", 0.0),
        ("sibling_icc", "paid", 0.05),
        ("sibling_lag1", "mood", 0.1),
        ("sibling_gaps", "day", 0.04),
        ("sibling_transitions", "again", 0.05),
    ],
)
def test_what_is_shuffled_is_missed(name: str, column: str, lost: float) -> None:
    assert score(name, changed(**{column: permuted(column)})) <= score(name, REAL) - lost


def test_repeated_partners_are_seen() -> None:
    place = REAL["visits"].groupby("person")["place"].transform("first")
    assert score("joint_degree", changed(place=place)) < 0.75


def test_more_of_the_children_tells_more() -> None:
    """The same mean of every person, twice the spread."""
    paid = REAL["visits"]["paid"]
    mean = paid.groupby(REAL["visits"]["person"]).transform("mean")
    wider = changed(paid=mean + 3 * (paid - mean))
    trial = Trial(real=Side(REAL), other=Side(wider))

    def people(name: str) -> Measurement:
        return next(m for m in METRICS.get(name)().compute(trial) if m.table == "people")

    plain, more = people("c2st_agg"), people("c2st_agg2")
    assert plain.value is not None
    assert more.value is not None
    assert plain.value < 0.6
    assert more.value > 0.9
    features = more.details["features"]
    assert isinstance(features, dict)
    assert any(name.startswith("visits.person.paid#") for name in features)


def test_items_of_pairs_begin_with_the_key() -> None:
    trial = Trial(real=Side(REAL), other=Side(REAL))
    above = {m.items for m in METRICS.get("grandparent_trend")().compute(trial)}
    assert ("person", "town", "paid", "wealth") in above
    links = {m.items for m in METRICS.get("link_dependence")().compute(trial)}
    assert links == {("person", "place", "age", "dear")}
