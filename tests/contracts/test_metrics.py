"""Every registered metric keeps what a metric promises, also one that is added later."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from synth_models.data.relational import RelationalData
from synth_models.report.anchors import independent, shared_tables
from synth_models.report.metrics import METRICS
from synth_models.report.metrics.base import Group, Metric, headline
from synth_models.report.side import Side
from synth_models.report.trial import Trial
from synth_models.testing import shop

NAMES = METRICS.names()


def tied(data: RelationalData) -> RelationalData:
    """A shop where items depend on the user (two keys up), and products on the order (another parent)."""
    items, products = data["items"].copy(), data["products"]
    order = data.links["items", "order"]
    user = data.links["orders", "user"][order]
    items["gift"] = data["users"]["premium"].to_numpy()[user]
    by_app = (data["orders"]["channel"] == "app").to_numpy()[order]
    books = (products["category"] == "books").to_numpy()
    rng = np.random.default_rng(0)
    codes = products["code"].to_numpy(dtype=object)
    chosen = np.where(by_app, rng.choice(codes[books], len(items)), rng.choice(codes[~books], len(items)))
    items["product"] = pd.Series(chosen).where(items["product"].notna(), None)
    return RelationalData({**data, "items": items}, data.schema)


@cache
def trial() -> Trial:
    """A copy of the original as the synthetic data, with held-out rows."""
    original, held_out = tied(shop(rows=1000, seed=1)).split(0.6, seed=0)
    unseen = frozenset(original) - shared_tables(original, held_out)
    real = Side(original)
    return Trial(real=real, other=real, held_out=Side(held_out), unseen=unseen)


@cache
def others() -> dict[str, Side]:
    original = trial().real.data
    empty = {name: frame.iloc[:0] for name, frame in original.items()}
    return {
        "copy": trial().other,
        "shuffled": Side(independent(original, seed=0)),
        "unseen": Side(tied(shop(rows=200, seed=2))),
        "empty": Side(RelationalData(empty, original.schema, allow_empty=True)),
    }


def metric(name: str) -> Metric:
    return METRICS.get(name)()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", ["copy", "shuffled", "unseen", "empty"])
def test_every_number_is_finite_and_within_its_bounds(name: str, other: str) -> None:
    low, high = metric(name).bounds
    measurements = metric(name).compute(replace(trial(), other=others()[other]))
    values = [m.value for m in measurements if m.value is not None]
    assert values or other == "empty"
    assert all(math.isfinite(value) and low <= value <= high for value in values)
    assert {m.table for m in measurements} <= set(trial().real.schema.tables)


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_is_faithful_and_not_private(name: str) -> None:
    asked = metric(name)
    misses = {}
    for other in ("copy", "shuffled"):
        value = headline(asked.compute(replace(trial(), other=others()[other])), asked.pool, ())
        assert value is not None
        short = asked.goal - value if asked.more_is_better() else value - asked.goal
        misses[other] = max(0, short) if asked.group is Group.PRIVACY else abs(short)
    if asked.group is Group.PRIVACY:
        assert misses["shuffled"] < misses["copy"]
    else:
        assert misses["copy"] <= misses["shuffled"]
        assert misses["copy"] < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_numbers(name: str) -> None:
    asked = replace(trial(), other=others()["unseen"])
    assert metric(name).compute(asked) == metric(name).compute(asked)


@pytest.mark.parametrize("name", NAMES)
def test_tables_to_skip_are_skipped(name: str) -> None:
    skipped = frozenset({"users", "orders", "products"})
    assert {m.table for m in metric(name).compute(replace(trial(), skip=skipped))} <= {"items"}


@pytest.mark.parametrize("name", NAMES)
def test_it_explains_itself(name: str) -> None:
    asked = metric(name)
    assert asked.name == name
    assert asked.title
    assert asked.meaning.count(". ") == 0
    assert asked.meaning.endswith(".")
    assert len(asked.definition) > 60
    assert asked.bounds[0] <= asked.goal <= asked.bounds[1]
    marks = asked.marks or (0.9, 0.8)
    assert 1 > marks[0] > marks[1] > 0
    assert asked.marks is not None or asked.near is not None


def test_no_two_metrics_stand_in_the_same_place() -> None:
    ranks = [metric(name).rank for name in NAMES]
    assert len(set(ranks)) == len(ranks)
