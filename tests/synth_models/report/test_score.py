"""Scores are marked by where they stand between floor and ceiling."""

import pytest

from synth_models.report.metrics import METRICS
from synth_models.report.score import Mark, scored


def mark(metric: str, value: float | None, ceiling: float | None, floor: float | None) -> Mark:
    return scored(METRICS.get(metric)(), value, ceiling, floor).mark


@pytest.mark.parametrize(
    ("value", "position", "expected"),
    [
        (0.98, 1.0, Mark.GOOD),
        (1.0, 1.0, Mark.GOOD),
        (0.9, 0.8, Mark.GOOD),
        (0.78, 0.5, Mark.FAIR),
        (0.6, 0.05, Mark.POOR),
        (0.1, 0.0, Mark.POOR),
    ],
)
def test_more_is_better(value: float, position: float, expected: Mark) -> None:
    score = scored(METRICS.get("pair_trend")(), value, 0.98, 0.58)
    assert score.position == pytest.approx(position)
    assert score.mark is expected


@pytest.mark.parametrize(
    ("value", "position", "expected"),
    [(0.5, 1.0, Mark.GOOD), (0.55, 0.875, Mark.GOOD), (0.7, 0.5, Mark.FAIR), (0.95, 0.0, Mark.POOR)],
)
def test_less_is_better_for_detection(value: float, position: float, expected: Mark) -> None:
    score = scored(METRICS.get("c2st")(), value, 0.5, 0.9)
    assert score.position == pytest.approx(position)
    assert score.mark is expected


@pytest.mark.parametrize(
    ("name", "good", "poor"), [("copies", 0.005, 0.05), ("train_share", 0.52, 0.65), ("proximity", 0.95, 0.3)]
)
def test_privacy_is_strict(name: str, good: float, poor: float) -> None:
    goal = METRICS.get(name).goal
    copy = 0.05 if name == "proximity" else 1.0
    assert mark(name, good, goal, copy) is Mark.GOOD
    assert mark(name, poor, goal, copy) is Mark.POOR


def test_without_a_scale_the_distance_to_the_ceiling_counts_where_it_can() -> None:
    assert mark("validity", 1.0, 1.0, 1.0) is Mark.GOOD
    assert mark("validity", 0.99, 1.0, 1.0) is Mark.FAIR
    assert mark("shapes", 0.8, 0.97, 1.0) is Mark.POOR
    assert mark("pair_trend", 0.85, 0.86, 0.855) is Mark.UNCLEAR
    assert mark("pair_trend", 0.7, 0.86, 0.855) is Mark.POOR


def test_what_cannot_be_measured_is_not_marked() -> None:
    assert mark("shapes", None, 0.9, 0.5) is Mark.NONE
    assert mark("pair_trend", 0.9, None, 0.5) is Mark.UNCLEAR
    assert mark("copies", 0.3, None, 1.0) is Mark.POOR
    assert mark("pair_dependence", 0.9, None, 0.2) is Mark.GOOD


def test_what_chance_alone_may_have_done_is_marked_a_step_better() -> None:
    metric = METRICS.get("train_share")()
    marks = {error: scored(metric, 0.55, 0.5, 0.9, error=error).mark for error in (0.001, 0.05)}
    assert marks == {0.001: Mark.FAIR, 0.05: Mark.GOOD}
    assert scored(metric, 0.58, 0.5, 0.9, error=0.05).mark is Mark.FAIR
    assert scored(metric, 0.7, 0.5, 0.9, error=0.05).mark is Mark.POOR


def test_a_privacy_score_that_is_surely_worse_is_not_good() -> None:
    metric = METRICS.get("train_share")()
    assert scored(metric, 0.52, 0.5, 0.9, error=0.005).mark is Mark.FAIR
    assert scored(metric, 0.52, 0.5, 0.9, error=0.01).mark is Mark.GOOD


def test_a_scale_that_is_shorter_than_chance_tells_nothing() -> None:
    metric = METRICS.get("c2st_agg")()
    assert scored(metric, 0.524, 0.5, 0.523, error=0.001).mark is Mark.POOR
    found = scored(metric, 0.524, 0.5, 0.523, error=0.022)
    assert (found.position, found.mark) == (None, Mark.UNCLEAR)


def test_near_to_real_data_is_good_however_near_the_floor_is() -> None:
    assert mark("sibling_icc", 0.975, 0.999, 0.954) is Mark.GOOD
    assert mark("sibling_icc", 0.85, 0.999, 0.84) is Mark.POOR
    assert mark("proximity", 0.86, 1.0, 0.8) is Mark.POOR  # of privacy the scale alone counts


def test_a_score_is_plain_data() -> None:
    told = scored(METRICS.get("shapes")(), 0.9, 0.95, 1.0).to_dict()
    assert told["mark"] == "fair"
    assert {type(value) for value in told.values()} <= {str, float, int, bool, type(None)}
