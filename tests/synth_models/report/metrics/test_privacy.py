"""Copied and memorised rows are called out; unseen rows are not."""

from functools import cache

import numpy as np
import pytest

from synth_models.data.relational import RelationalData
from synth_models.report.anchors import shared_tables
from synth_models.report.metrics.base import Measurement, Metric
from synth_models.report.metrics.copies import Copies
from synth_models.report.metrics.nearest import Nearest
from synth_models.report.metrics.train_share import TrainShare
from synth_models.report.side import Side
from synth_models.report.trial import Trial
from synth_models.testing import shop


@cache
def parts() -> tuple[RelationalData, RelationalData, RelationalData]:
    """Trained on, held out, and unseen by either: from the same source."""
    original, rest = shop(rows=1200, seed=5).split(0.5, seed=0)
    return original, *rest.split(0.5, seed=0)


def measured(metric: Metric, other: RelationalData, *, held_out: bool = True) -> dict[str, Measurement]:
    original, hidden, _ = parts()
    unseen = frozenset(original) - shared_tables(original, hidden) if held_out else frozenset()
    trial = Trial(
        real=Side(original), other=Side(other), held_out=Side(hidden) if held_out else None, unseen=unseen,
        skip=frozenset({"products"}),
    )  # fmt: skip
    return {m.table: m for m in metric.compute(trial)}


def mixture(share: float) -> RelationalData:
    """Unseen rows, a share of which is replaced by rows of the original."""
    original, _, fresh = parts()
    users = fresh["users"].copy()
    count = round(share * len(users))
    features = list(fresh.schema.tables["users"].features)
    copied = original["users"][features].iloc[:count].astype(object).to_numpy()
    for number, column in enumerate(features):
        values = users[column].to_numpy(copy=True)
        values[:count] = copied[:, number].astype(values.dtype)
        users[column] = values
    return RelationalData({**fresh, "users": users}, fresh.schema)


@pytest.mark.parametrize("held_out", [True, False])
def test_copies_are_counted(held_out: bool) -> None:
    found = measured(Copies(), mixture(0.2), held_out=held_out)["users"]
    assert found.value == pytest.approx(0.2, abs=0.01)
    assert found.details["copied"] == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("held_out", [True, False])
def test_unseen_rows_are_no_copies(held_out: bool) -> None:
    found = measured(Copies(), parts()[2], held_out=held_out)
    assert {"users", "orders"} <= set(found)
    assert all(m.value == pytest.approx(0, abs=0.01) for m in found.values())


def test_tables_whose_rows_agree_by_chance_are_left_out() -> None:
    original, hidden, _ = parts()
    frames = {**original, "items": original["items"].assign(unit_price=5.0)}
    real = Side(RelationalData(frames, original.schema))
    assert "items" not in {m.table for m in Copies().compute(Trial(real=real, other=Side(hidden)))}


@pytest.mark.parametrize("held_out", [True, False])
def test_nearest_is_a_half_for_unseen_rows_and_more_for_copies(held_out: bool) -> None:
    fresh = measured(Nearest(), parts()[2], held_out=held_out)["users"].value
    copied = measured(Nearest(), mixture(0.9), held_out=held_out)["users"].value
    assert fresh == pytest.approx(0.5, abs=0.08)
    assert copied is not None
    assert copied > 0.65


def test_train_share_is_a_half_for_unseen_rows_and_more_for_copies() -> None:
    assert measured(TrainShare(), parts()[2])["users"].value == pytest.approx(0.5, abs=0.08)
    assert measured(TrainShare(), mixture(0.9))["users"].value == pytest.approx(0.75, abs=0.1)
    assert measured(TrainShare(), parts()[0])["users"].value == pytest.approx(
        0.75, abs=0.1
    )  # half of them drawn
    assert measured(TrainShare(), parts()[1])["users"].value == pytest.approx(0, abs=0.02)


def test_train_share_takes_held_out_rows() -> None:
    assert measured(TrainShare(), parts()[2], held_out=False) == {}


def test_noise_on_a_copy_is_still_near() -> None:
    original = parts()[0]
    rng = np.random.default_rng(0)
    users = original["users"].assign(
        age=original["users"]["age"] + rng.integers(-1, 2, len(original["users"]))
    )
    other = RelationalData({**original, "users": users}, original.schema)
    near = measured(Nearest(), other)["users"].value
    assert near is not None
    assert near > 0.8
