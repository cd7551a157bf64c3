"""Whom a late key leads to is told by how far apart the two are: an answer comes after its question."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models import GraphSynth, MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.graph.plan import make_blueprints
from synth_models.nn.linker import Linker

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}
_DAY = 86_400


def forum(seed: int = 0, posts: int = 900, *, soon: bool = True) -> RelationalData:
    """Questions, and answers some days after them; or to any question, at any time."""
    rng = np.random.default_rng(seed)
    created = np.sort(rng.integers(0, 600 * _DAY, posts))
    asks = (rng.random(posts) < 0.5) | (np.arange(posts) < 10)
    questions = np.flatnonzero(asks)
    if soon:
        last = np.searchsorted(questions, np.arange(posts))
        to = questions[np.maximum(0, last - 1 - rng.integers(0, 8, posts).clip(max=last - 1))]
    else:
        to = rng.choice(questions, posts)
    parent = pd.Series(to, dtype="Int64").mask(pd.Series(asks))
    frame = pd.DataFrame(
        {
            "id": range(posts),
            "answers": parent,
            "created": pd.Timestamp("2020-01-01") + pd.to_timedelta(created, unit="s"),
            "votes": rng.poisson(3, posts),
        }
    )
    columns = {"id": "key", "answers": "key", "created": "datetime", "votes": "integer"}
    return RelationalData({"posts": frame}, Schema({"posts": Table(columns, "id", {"answers": "posts"})}))


def days(data: RelationalData) -> np.ndarray:
    """How long after its question each answer came."""
    link, created = data.links["posts", "answers"], data["posts"]["created"].to_numpy()
    answers = link >= 0
    return (created[answers] - created[link[answers]]) / np.timedelta64(1, "D")


def test_a_distance_is_found_where_it_tells_more_than_chance() -> None:
    (key,) = make_blueprints(forum())["posts"].late
    (distance,) = key.distances
    assert (distance.own, distance.theirs) == ("created", "created")
    assert distance.edges[0] == 0
    assert list(distance.edges) == sorted(distance.edges)
    assert len(distance.log_odds) == len(distance.edges) + 1
    assert distance.log_odds[0] == -20  # never before
    assert min(distance.log_odds[1:9]) > 1 > distance.log_odds[-1]  # soon after, rather than long
    (key,) = make_blueprints(forum(soon=False))["posts"].late
    assert key.distances == ()


def test_of_few_entities_nothing_is_told() -> None:
    (key,) = make_blueprints(forum(), min_count=200)["posts"].late
    assert key.distances == ()


def test_scores_have_the_bonus_of_the_step_that_a_distance_is_in() -> None:
    torch.manual_seed(0)
    plain, near = (Linker(2, 2, (4,), 3, [], [], steps) for steps in ([], [((0.0, 5.0), (-20.0, 2.0, 1.0))]))
    near.load_state_dict(plain.state_dict(), strict=False)
    children, parents = torch.randn(2, 2), torch.randn(4, 2)
    mine = torch.tensor([10.0, torch.nan], dtype=torch.float64)
    theirs = torch.tensor([12.0, 10.0, 5.0, torch.nan], dtype=torch.float64)
    queries, keys = plain.queries(children), plain.keys(parents)
    with torch.no_grad():
        bonus = near.scores(queries, keys, [mine], [theirs]) - plain.scores(queries, keys, [], [])
        pairs = near.pair_scores(queries[[0, 0, 1]], keys[[0, 2, 1]], [mine[[0, 0, 1]]], [theirs[[0, 2, 1]]])
        without = plain.pair_scores(queries[[0, 0, 1]], keys[[0, 2, 1]], [], [])
    torch.testing.assert_close(bonus, torch.tensor([[-20.0, 2.0, 1.0, 0.0], [0.0] * 4]))
    torch.testing.assert_close(pairs - without, torch.tensor([-20.0, 1.0, 0.0]))


@pytest.fixture(scope="module")
def trained() -> MultiLevelSynth:
    """A model of the forum."""
    data = forum()
    model = MultiLevelSynth(data.schema)
    model.train(data, 10, **QUIET)
    return model


def test_answers_come_after_their_questions(trained: MultiLevelSynth, tmp_path: Path) -> None:
    trained.save(tmp_path / "model.pt")
    for model, seed in ((trained, 0), (load_model(tmp_path / "model.pt", "cpu"), 1)):
        real, made = days(forum()), days(model.sample(seed=seed, progress=False, device="cpu"))
        assert abs(len(made) / len(real) - 1) < 0.03
        assert (made >= 0).mean() > 0.97  # chosen without: about half
        assert np.median(real) / 3 < np.median(made) < 3 * np.median(real)


def test_they_do_by_the_columns_that_a_graph_draws_after_its_keys() -> None:
    data = forum()
    model = GraphSynth(data.schema)
    model.train(data, 6, **QUIET)
    real, made = days(data), days(model.sample(seed=0, progress=False, device="cpu"))
    assert abs(len(made) / len(real) - 1) < 0.03
    assert (made >= 0).mean() > 0.95
    assert np.median(real) / 3 < np.median(made) < 3 * np.median(real)


def test_it_learns_on(trained: MultiLevelSynth) -> None:
    trained.train(forum(seed=1, posts=1000), 1, **QUIET)
    made = trained.sample(seed=2, progress=False, device="cpu")
    assert (days(made) >= 0).mean() > 0.97
