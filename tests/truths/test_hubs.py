"""What rows that many others point at are like in these, and rows to which only a few others belong."""

import numpy as np
import pandas as pd
import pytest

from synth_models import MultiLevelSynth, RelationalData, Schema, Table
from synth_models.graph.plan import make_blueprints
from synth_models.sampling.shared import shared_counts, shared_profiles

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_USERS, _FILMS = 300, 60


@pytest.fixture(scope="module")
def rated() -> tuple[RelationalData, MultiLevelSynth]:
    """Users rate films, some of which all like; nothing but the ratings tells which. And a model of them."""
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(_USERS), rng.integers(5, 15, _USERS))
    film = rng.choice(_FILMS, len(user), p=rng.dirichlet(np.full(_FILMS, 4.0)))
    quality = rng.normal(60, 15, _FILMS)
    frame = pd.DataFrame(
        {"user": user, "film": film, "points": (quality[film] + rng.normal(0, 10, len(user))).round(1)}
    )
    schema = Schema(
        {
            "users": Table({"id": "key"}, "id"),
            "films": Table({"id": "key"}, "id"),
            "ratings": Table(
                {"user": "key", "film": "key", "points": "numeric"}, None, {"user": "users", "film": "films"}
            ),
        }
    )
    keys = {"users": _USERS, "films": _FILMS}
    frames = {name: pd.DataFrame({"id": range(n)}) for name, n in keys.items()}
    data, model = RelationalData({**frames, "ratings": frame}, schema), MultiLevelSynth(schema)
    model.train(data, n_epochs=40, **QUIET)
    return data, model


@pytest.fixture(scope="module")
def ratings(rated: tuple[RelationalData, MultiLevelSynth]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Real and drawn ones."""
    data, model = rated
    return data["ratings"], model.sample(progress=False, seed=1)["ratings"]


def test_films_differ_as_they_do(ratings: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The spread of the films' means; dealt out at random it is a fourth of it."""
    dealt = ratings[0].assign(film=np.random.default_rng(1).permutation(ratings[0]["film"]))
    real, made, by_chance = (frame.groupby("film")["points"].mean().std() for frame in (*ratings, dealt))
    assert by_chance < 0.4 * real
    assert 0.75 < made / real < 1.25


def test_ratings_of_a_film_agree(ratings: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The spread within films; of all ratings together it is nearly twice that."""
    real, made = (frame.groupby("film")["points"].std().mean() for frame in ratings)
    assert ratings[0]["points"].std() > 1.7 * real
    assert 0.75 < made / real < 1.35


def test_kept_films_are_liked_as_they_were(rated: tuple[RelationalData, MultiLevelSynth]) -> None:
    """Their means are those of many users, and no user's secret."""
    data, model = rated
    made = model.sample(data, {"ratings": len(data["ratings"])}, progress=False, seed=1)["ratings"]
    means = [frame.groupby("film")["points"].mean() for frame in (data["ratings"], made)]
    assert means[0].corr(means[1]) > 0.9


def test_kept_films_are_rated_as_often(rated: tuple[RelationalData, MultiLevelSynth]) -> None:
    data, model = rated
    for share in (1, 2):
        made = model.sample(data, {"ratings": share * len(data["ratings"])}, progress=False, seed=1)[
            "ratings"
        ]
        counts = [frame["film"].value_counts().sort_index() for frame in (data["ratings"], made)]
        assert (counts[1] - share * counts[0]).abs().max() <= share


def test_how_often_few_rated_a_kept_film_stays_unknown(rated: tuple[RelationalData, MultiLevelSynth]) -> None:
    data, _ = rated
    few = data["ratings"].drop(data["ratings"].index[data["ratings"]["film"] == 7][3:])
    original = RelationalData({**{n: data[n] for n in ("users", "films")}, "ratings": few}, data.schema)
    blueprints = make_blueprints(data)
    films, users = (blueprints[name].counts[0] for name in ("films", "users"))
    known = shared_counts(films, blueprints, original, np.arange(_FILMS))
    assert np.flatnonzero(np.isnan(known)).tolist() == [7]
    assert known[8] == (few["film"] == 8).sum()
    assert np.isnan(shared_counts(users, blueprints, original, np.arange(_USERS))).all()


def test_what_few_said_of_a_kept_film_stays_unknown(rated: tuple[RelationalData, MultiLevelSynth]) -> None:
    data, _ = rated
    few = data["ratings"].drop(data["ratings"].index[data["ratings"]["film"] == 7][3:])
    original = RelationalData({**{n: data[n] for n in ("users", "films")}, "ratings": few}, data.schema)
    blueprints = make_blueprints(data)
    told = shared_profiles(blueprints["films"], blueprints, original, np.arange(_FILMS))
    assert {name: np.flatnonzero(~mask).tolist() for name, mask in told.items()} == {
        "ratings.points by film": [7]
    }


def test_the_few_that_have_children_have_them_all() -> None:
    """Three stations of ninety measure: too few to be stored, but no reason to give a little to all."""
    n, few = 90, 3
    schema = Schema(
        {
            "stations": Table({"id": "key"}, "id"),
            "measures": Table({"station": "key", "value": "numeric"}, None, {"station": "stations"}),
        }
    )
    station = np.repeat(np.arange(few), [401, 402, 403])
    value = np.random.default_rng(0).normal(0, 1, len(station)).round(1)
    frames = {
        "stations": pd.DataFrame({"id": range(n)}),
        "measures": pd.DataFrame({"station": station, "value": value}),
    }
    data = RelationalData(frames, schema)
    (count,) = make_blueprints(data)["stations"].counts
    assert count.seen.tolist() == [0, 400]  # their mean, rounded: what the rows of both tables tell as well
    model = MultiLevelSynth(schema)
    model.train(data, n_epochs=2, **QUIET)
    made = model.sample(progress=False, seed=1)["measures"]["station"].value_counts()
    assert len(made) == few
    assert made.between(350, 450).all()


def test_what_some_say_of_a_film_is_no_drift(rated: tuple[RelationalData, MultiLevelSynth]) -> None:
    """A film's mean over a part of the users is another one; that is no news of the film."""
    data, model = rated
    some = data["ratings"][data["ratings"]["user"] % 10 == 0]
    part = RelationalData({**{n: data[n] for n in ("users", "films")}, "ratings": some}, data.schema)
    assert not any("by film" in column for columns in model.drift(part).values() for column in columns)
