"""Scores against limits: kept, broken, and not measured."""

from typing import Any

import pytest

from synth_dagster.checks.scores import fidelity_outcome, privacy_outcome
from synth_dagster.settings import CheckSettings


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
        ({"train_share": None}, "train_share could not be measured"),
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
