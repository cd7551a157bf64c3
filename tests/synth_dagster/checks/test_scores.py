"""Scores against limits: kept, broken, and not measured."""

from typing import Any

import pytest

from synth_dagster.checks.scores import (
    blocks,
    fidelity_outcome,
    limits_of,
    privacy_outcome,
    threshold_outcome,
)
from synth_dagster.settings import CheckSettings, ThresholdSettings


def scores(**values: float | None) -> dict[str, dict[str, Any]]:
    given = {"copies": 0.0, "train_share": 0.51} | values
    return {
        name: {"value": value, "group": "privacy", "position": None, "title": name}
        for name, value in given.items()
    } | {
        "shapes": {"value": 0.9, "group": "fidelity", "position": 0.8, "title": "shapes"},
        "c2st": {"value": 0.6, "group": "fidelity", "position": 0.4, "title": "c2st"},
        "trend": {"value": None, "group": "fidelity", "position": None, "title": "trend"},
    }


def test_scores_within_the_limits_pass() -> None:
    outcome = privacy_outcome(scores(), CheckSettings())
    assert (outcome.faults, outcome.shown) == ((), {"copies": 0.0, "train_share": 0.51})


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"copies": 0.5}, "50.0% of the rows are copies beyond chance, 2.0% are allowed"),
        ({"train_share": 0.7}, "70.0% of the rows are nearer to training rows, 60.0% are allowed"),
        ({"train_share": None}, "train_share could not be measured: too few rows are held out. Raise tra"),
        ({"copies": None}, "copies could not be measured: every table has few rows, or rows that meet by"),
        ({"copies": None}, "If none of them tells of anybody, set checks.max_excess_copies to null"),
    ],
)
def test_every_limit_is_a_gate(values: dict[str, float | None], says: str) -> None:
    (fault,) = privacy_outcome(scores(**values), CheckSettings()).faults
    assert says in fault


def test_a_report_without_privacy_scores_does_not_pass() -> None:
    assert len(privacy_outcome({}, CheckSettings()).faults) == 2


def test_a_limit_can_be_lifted() -> None:
    limits = CheckSettings(max_excess_copies=None, max_train_share=None)
    assert privacy_outcome(scores(copies=1.0, train_share=None), limits).faults == ()


def test_fidelity_is_the_mean_place_of_the_scores() -> None:
    assert fidelity_outcome(scores(), CheckSettings(min_fidelity=0.5)).shown["fidelity"] == pytest.approx(0.6)
    assert fidelity_outcome(scores(), CheckSettings(min_fidelity=0.5)).faults == ()
    (fault,) = fidelity_outcome(scores(), CheckSettings(min_fidelity=0.7)).faults
    assert "fidelity is 0.60, 0.70 is asked for" in fault
    assert fidelity_outcome(scores(), CheckSettings(min_fidelity=None)).faults == ()


def test_structure_is_held_against_the_same_limit() -> None:
    structure = {"cardinality": {"value": 0.5, "group": "structure", "position": 0.3, "title": "children"}}
    (fault,) = fidelity_outcome(scores() | structure, CheckSettings(min_fidelity=0.5)).faults
    assert "structure is 0.30, 0.50 is asked for" in fault


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"entity_copies": 0.1}, "10.0% of the entities are copies beyond chance, 2.0% are allowed"),
        ({"entity_train_share": 0.8}, "80.0% of the entities are nearer to training ones, 60.0% are allowed"),
    ],
)
def test_entities_are_held_against_the_limits_too(values: dict[str, float | None], says: str) -> None:
    (fault,) = privacy_outcome(scores(**values), CheckSettings()).faults
    assert says in fault
    assert privacy_outcome(scores(**dict.fromkeys(values)), CheckSettings()).faults == ()


@pytest.mark.parametrize(
    ("name", "value", "limit", "kept"),
    [
        ("c2st", 0.6, 0.65, True),
        ("c2st", 0.7, 0.65, False),
        ("shapes", 0.9, 0.85, True),
        ("shapes", 0.8, 0.85, False),
        ("proximity", 0.4, 0.5, False),
        ("copies", 0.0, 0.0, True),
        ("copies", 0.01, 0.0, False),
        ("utility", None, 0.5, False),
    ],
)
def test_a_threshold_is_reached_or_not_exceeded(
    name: str, value: float | None, limit: float, kept: bool
) -> None:
    outcome = threshold_outcome({name: {"value": value}}, name, ThresholdSettings(limit=limit))
    assert (outcome.faults == ()) is kept
    assert all(f"checks.thresholds.{name}" in fault for fault in outcome.faults)


def test_thresholds_of_privacy_block_unless_told_otherwise() -> None:
    plain = ThresholdSettings(limit=0.5)
    assert blocks("proximity", plain)
    assert not blocks("c2st", plain)
    assert blocks("c2st", ThresholdSettings(limit=0.5, blocks=True))
    assert not blocks("copies", ThresholdSettings(limit=0.5, blocks=False))


def test_a_threshold_goes_before_the_limit_of_the_same_metric() -> None:
    limits = CheckSettings(thresholds={"copies": ThresholdSettings(limit=0.3)})
    assert privacy_outcome(scores(copies=0.2), limits).faults == ()
    told = limits_of(limits)
    assert (told["copies"], told["entity_copies"], told["train_share"]) == (0.3, 0.02, 0.6)
