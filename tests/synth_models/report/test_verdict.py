"""Four lights and their sentences."""

import pytest

from synth_models.report.metrics import METRICS
from synth_models.report.score import Mark, Score, scored
from synth_models.report.verdict import Verdict, goodness, verdicts


def score(
    name: str, value: float | None, ceiling: float | None, floor: float | None, **more: object
) -> Score:
    metric = METRICS.get(name)()
    return scored(metric, value, ceiling, floor, **{"threshold": metric.limit, **more})  # type: ignore[arg-type]


def told(*scores: Score) -> dict[str, Verdict]:
    return {verdict.group: verdict for verdict in verdicts({each.name: each for each in scores})}


def test_the_mean_is_taken_on_one_scale() -> None:
    found = told(score("pair_trend", 0.9, 0.95, 0.55), score("c2st", 0.6, 0.5, 0.9))["fidelity"]
    assert found.score == pytest.approx((0.9 + 0.8) / 2)
    assert found.ceiling == pytest.approx((0.95 + 1) / 2)
    assert found.floor == pytest.approx((0.55 + 0.2) / 2)
    assert found.threshold == pytest.approx(0.375 + 0.6 * (0.975 - 0.375))
    assert found.mark is Mark.GOOD


def test_what_is_too_low_is_poor_and_one_bad_score_is_worth_a_look() -> None:
    assert told(score("c2st", 0.8, 0.5, 0.9))["fidelity"].mark is Mark.POOR
    found = told(score("pair_trend", 0.99, 0.99, 0.55), score("c2st", 0.745, 0.5, 0.9))["fidelity"]
    assert found.mark is Mark.FAIR
    assert "Detection, single tables (0.745, real data 0.500)" in found.sentence


def test_a_threshold_that_is_not_kept_is_poor() -> None:
    found = told(score("pair_trend", 0.94, 0.95, 0.55, threshold=0.95))["fidelity"]
    assert found.mark is Mark.POOR
    assert "threshold 0.950" in found.sentence


def test_the_worst_speaks_for_privacy() -> None:
    fine, bad = score("copies", 0.0, 0.0, 1.0), score("train_share", 0.7, 0.5, 0.9)
    found = told(fine, bad)["privacy"]
    assert (found.mark, found.score) == (Mark.POOR, pytest.approx(goodness(bad, 0.7)))
    assert found.threshold == pytest.approx(0.8)
    assert "Nearer to training rows 0.700 (threshold 0.600)" in found.sentence
    assert told(fine)["privacy"].mark is Mark.GOOD


def test_an_alarm_is_worth_a_look_and_is_told() -> None:
    found = told(score("train_share", 0.5, 0.5, 0.9, alarm="users: many are close"))["privacy"]
    assert found.mark is Mark.FAIR
    assert "users: many are close" in found.sentence


def test_a_light_that_is_not_green_says_why() -> None:
    found = told(score("validity", 0.5, 1.0, 1.0), score("shapes", 0.1, 0.9, 1.0))
    assert (found["validity"].mark, found["fidelity"].mark) == (Mark.POOR, Mark.POOR)
    assert "Weakest: Validity (0.500" in found["validity"].sentence
    assert "Weakest: Column shapes (0.100" in found["fidelity"].sentence


def test_the_worst_table_is_named() -> None:
    bad = score("c2st", 0.7, 0.5, 0.9, worst=("items", 0.99))
    assert "worst in items: 0.990" in told(bad)["fidelity"].sentence


def test_where_there_is_no_scale_nothing_is_called_good_that_cannot_be_told() -> None:
    near, unclear = score("shapes", 0.9, 0.88, 1.0), score("pair_trend", 0.6, 0.5, 0.65)
    found = told(near, unclear)["fidelity"]
    assert (found.mark, found.threshold) == (Mark.UNCLEAR, None)
    assert "too few rows" in found.sentence
    assert told(near)["fidelity"].mark is Mark.GOOD


def test_privacy_names_what_has_the_least_room() -> None:
    found = told(score("copies", 0.0, 0.0, 1.0), score("train_share", 0.52, 0.5, 0.9))["privacy"]
    assert found.mark is Mark.GOOD
    assert found.sentence.endswith("Nearer to training rows 0.520 (threshold 0.600).")


def test_nothing_measured_is_said() -> None:
    assert {verdict.mark for verdict in told().values()} == {Mark.NONE}


@pytest.mark.parametrize(
    ("name", "value", "good"),
    [("shapes", 0.7, 0.7), ("c2st", 0.75, 0.5), ("train_share", 0.4, 1), ("copies", 1, 0)],
)
def test_goodness_is_one_at_the_goal_and_zero_at_the_worst(name: str, value: float, good: float) -> None:
    assert goodness(score(name, value, None, None), value) == pytest.approx(good)
