"""Scores beside both ends of their scale."""

from functools import cache

import pytest

from synth_models.data.relational import RelationalData
from synth_models.report.anchors import independent
from synth_models.report.compute import compute, steps
from synth_models.report.findings import Findings
from synth_models.report.metrics import METRICS
from synth_models.report.score import Mark
from synth_models.testing import shop

FIDELITY = ("pair_dependence", "parent_trend", "cardinality", "c2st_agg")


@cache
def parts() -> tuple[RelationalData, RelationalData, RelationalData]:
    """Trained on, held out, and as many unseen rows as were trained on."""
    most, hidden = shop(rows=1250, seed=3).split(0.8, seed=0)
    original, fresh = most.split(0.5, seed=0)
    return original, hidden, fresh


def findings(which: str, *, held_out: bool = True, kept: tuple[str, ...] = ("products",)) -> Findings:
    return computed(which, held_out, kept)


@cache
def computed(which: str, held_out: bool, kept: tuple[str, ...]) -> Findings:
    original, hidden, fresh = parts()
    synthetic = {"fresh": fresh, "independent": independent(original, seed=7), "copy": original}[which]
    return compute(original, synthetic, hidden if held_out else None, kept, seed=0, tick=lambda _: None)


@pytest.mark.parametrize("held_out", [True, False])
def test_unseen_real_data_stand_near_the_ceiling(held_out: bool) -> None:
    scores = findings("fresh", held_out=held_out).scores
    for name in FIDELITY:
        position = scores[name].position
        assert position is not None, name
        assert position > 0.6, name
    measured = [score for score in scores.values() if score.mark not in (Mark.NONE, Mark.UNCLEAR)]
    assert len(measured) >= 7
    assert [score.name for score in measured if score.mark is Mark.POOR] == []


def test_independent_columns_stand_near_the_floor() -> None:
    scores = findings("independent").scores
    for name in FIDELITY:
        position = scores[name].position
        assert position is not None, name
        assert position < 0.45, name
        assert scores[name].mark in (Mark.POOR, Mark.FAIR)
    assert scores["copies"].mark is Mark.GOOD


def test_a_copy_is_called_out() -> None:
    scores = findings("copy").scores
    assert scores["copies"].value == pytest.approx(1, abs=0.01)
    assert {scores[name].mark for name in ("copies", "proximity", "train_share")} == {Mark.POOR}
    assert scores["pair_dependence"].mark is Mark.GOOD


def test_unseen_rows_of_shared_tables_are_not_taken_for_held_out_rows() -> None:
    tables = findings("fresh", kept=()).measured["train_share"].table_scores
    assert "products" not in tables
    assert {"users", "orders", "items"} == set(tables)


def test_kept_tables_do_not_count() -> None:
    found = findings("fresh")
    assert "products" not in {m.table for m in found.measured["shapes"].synthetic}
    assert "products" not in {m.table for m in found.measured["proximity"].synthetic}
    told = found.measured["c2st_agg"]
    assert "products" in {m.table for m in told.synthetic}
    headline = told.score(found.kept).value
    others = [m.value for m in told.synthetic if m.table != "products" and m.value is not None]
    assert headline == pytest.approx(sum(others) / len(others))


def test_the_table_that_stands_worst_is_named() -> None:
    original, hidden, fresh = parts()
    dearer = fresh["items"].assign(unit_price=fresh["items"]["unit_price"] * 3)
    other = RelationalData({**fresh, "items": dearer}, fresh.schema)
    scores = compute(original, other, hidden, ("products",), seed=0, tick=lambda _: None).scores
    assert (scores["shapes"].worst, scores["c2st"].worst) == ("items", "items")
    assert (scores["c2st"].worst_value or 0) > 0.8
    assert scores["train_share"].worst != "products"


def test_without_held_out_data_memorising_is_not_measured() -> None:
    found = findings("fresh", held_out=False)
    assert found.scores["train_share"].mark is Mark.NONE
    assert found.ceiling_from is not None
    assert "half" in found.ceiling_from


def test_every_step_is_told() -> None:
    told: list[str] = []
    data = shop(rows=15)
    compute(data, data, None, (), seed=0, tick=told.append)
    assert len(told) == steps() == 3 * len(METRICS.names()) + 1
    assert len(set(told)) == len(told)
