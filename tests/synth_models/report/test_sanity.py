"""Three sets whose scores are known: real data, shuffled columns, and 5 % of the training data copied."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from synth_models.data.relational import RelationalData
from synth_models.report.anchors import independent
from synth_models.report.compute import compute
from synth_models.report.findings import Findings
from synth_models.report.score import Mark
from synth_models.report.verdict import verdicts
from synth_models.testing import shop

PRIVACY = ("copies", "train_share", "proximity", "entity_copies", "entity_train_share", "entity_proximity")


@cache
def parts() -> tuple[RelationalData, RelationalData, RelationalData]:
    """Trained on, held out, and as many unseen rows as were trained on."""
    most, hidden = shop(rows=4500, seed=3).split(2 / 3, seed=0)
    return *most.split(0.5, seed=0), hidden


def with_copies(share: float) -> RelationalData:
    """The unseen data, and a share of the users of the training data with all their orders and items."""
    original, fresh, _ = parts()
    users = np.random.default_rng(0).random(original.n_rows["users"]) < share
    orders = users[original.links["orders", "user"]]
    items = orders[original.links["items", "order"]]
    copied = original.take({"users": users, "orders": orders, "items": items})
    frames = dict(fresh)
    for table, keys in (("users", ["id"]), ("orders", ["id", "user"]), ("items", ["id", "order"])):
        moved = copied[table].assign(**{key: copied[table][key] + 1_000_000 for key in keys})
        frames[table] = pd.concat([fresh[table], moved], ignore_index=True)
    return RelationalData(frames, fresh.schema)


@cache
def findings(which: str) -> Findings:
    original, fresh, hidden = parts()
    other = {
        "real": lambda: fresh,
        "shuffled": lambda: independent(original, seed=11),
        "5 % copied": lambda: with_copies(0.05),
    }[which]()
    return compute(original, other, hidden, ("products",), seed=0, tick=lambda _: None)


def test_real_data_score_as_a_perfect_copy_would() -> None:
    scores = findings("real").scores
    assert [s.name for s in scores.values() if s.mark is Mark.POOR] == []
    for score in scores.values():
        if score.group in ("fidelity", "structure") and score.position is not None:
            assert score.position > 0.75, score.name
    assert {scores[name].mark for name in PRIVACY} == {Mark.GOOD}
    assert {verdict.mark for verdict in verdicts(scores)} <= {Mark.GOOD, Mark.FAIR}


def test_shuffled_columns_score_as_the_floor() -> None:
    scores = findings("shuffled").scores
    placed = [s for s in scores.values() if s.group in ("fidelity", "structure") and s.position is not None]
    assert len(placed) >= 10
    for score in placed:
        assert score.position is not None
        assert score.position < 0.25, score.name
    assert scores["shapes"].mark is Mark.GOOD  # each column alone is as it was
    lights = {verdict.group: verdict.mark for verdict in verdicts(scores)}
    assert (lights["fidelity"], lights["structure"]) == (Mark.POOR, Mark.POOR)


@pytest.mark.parametrize("name", PRIVACY)
def test_every_privacy_metric_calls_out_a_few_copies(name: str) -> None:
    assert findings("real").scores[name].mark is Mark.GOOD
    assert findings("5 % copied").scores[name].mark in (Mark.FAIR, Mark.POOR)


def test_a_few_copies_turn_the_light_red() -> None:
    privacy = verdicts(findings("5 % copied").scores)[-1]
    assert privacy.mark is Mark.POOR
    assert "Copied rows" in privacy.sentence
