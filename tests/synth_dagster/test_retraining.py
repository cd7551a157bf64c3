"""The policy: skip when nothing changed, warm when few rows did, cold when anything else did; and why."""

from dataclasses import replace

import pytest

from synth_dagster.retraining import COLD, SKIP, WARM, Inputs, Policy, decide, digest, judge

BASE = Inputs(
    source={"a": "v1", "b": "v1"},
    tables={"a": {"columns": {"x": {"type": "integer"}}}, "b": {"columns": {}}},
    model={"d_latent": 8},
    training={"lr": 0.001, "n_epochs": None},
    code="0.1.0",
)

AUTO = Policy()
MOVED = replace(BASE, source={"a": "v2", "b": "v1"})


def test_without_a_model_there_is_training() -> None:
    assert decide(BASE, None, AUTO).kind == COLD
    assert "no model yet" in decide(BASE, None, AUTO).reason


def test_the_same_inputs_are_skipped() -> None:
    decision = decide(BASE, BASE.to_dict(), AUTO)
    assert decision.kind == SKIP
    assert "rows, schema, settings and code" in decision.reason


def test_force_trains_all_the_same() -> None:
    decision = decide(BASE, BASE.to_dict(), AUTO, force=True)
    assert (decision.kind, decision.reason) == (COLD, "nothing has changed, but training was forced")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tables": {**BASE.tables, "b": {"columns": {"y": {}}}}}, "columns, types or keys changed in b"),
        ({"tables": {"a": BASE.tables["a"]}}, "tables came or went: b"),
        ({"model": {"d_latent": 4}}, "model.d_latent changed from 8 to 4"),
        (
            {"training": {"lr": 0.01, "n_epochs": 3}},
            "training.lr changed from 0.001 to 0.01; training.n_epochs",
        ),
        ({"training": {"lr": 0.001, "n_epochs": None, "beta": 1}}, "training.beta changed from unset to 1"),
        ({"code": "0.2.0"}, "the library changed from 0.1.0 to 0.2.0"),
    ],
)
def test_every_change_trains_and_is_told(change: dict, reason: str) -> None:
    new = replace(BASE, **change)
    decision = decide(new, BASE.to_dict(), AUTO)
    assert decision.kind == COLD
    assert reason in decision.reason
    assert new.version != BASE.version


def test_several_changes_are_all_told() -> None:
    decision = decide(replace(BASE, source={"a": "v2", "b": "v2"}, code="2"), BASE.to_dict(), AUTO)
    assert decision.kind == COLD
    assert decision.reason == "the library changed from 0.1.0 to 2; rows changed in a, b"


def test_a_lineage_of_another_kind_trains() -> None:
    assert decide(BASE, {}, AUTO).kind == COLD


def test_a_digest_does_not_depend_on_the_order() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})


def test_rows_alone_leave_it_to_the_drift() -> None:
    decision = decide(MOVED, BASE.to_dict(), AUTO)
    assert (decision.kind, decision.reason) == (WARM, "rows changed in a")
    assert decide(MOVED, BASE.to_dict(), Policy(mode="cold")).kind == COLD
    assert (
        decide(MOVED, BASE.to_dict(), AUTO, force=True).reason == "rows changed in a, but training was forced"
    )


def test_a_model_does_not_go_on_for_ever() -> None:
    known = {**BASE.to_dict(), "warm runs": 3}
    assert decide(MOVED, known, Policy(max_warm=4)).kind == WARM
    decision = decide(MOVED, known, Policy(max_warm=3))
    assert decision.kind == COLD
    assert "gone on 3 times in a row" in decision.reason


@pytest.mark.parametrize(
    ("drift", "kind"),
    [
        ({"a": {"x": 0.0, "y": 0.0}}, WARM),
        ({"a": {"x": 0.1, "y": 0.1}}, WARM),
        ({"a": {"x": 0.2, "y": 0.1}}, COLD),
        ({"a": {"x": 0.0, **{f"y{i}": 0.0 for i in range(8)}}, "b": {"z": 0.6}}, COLD),
    ],
)
def test_the_drift_decides(drift: dict, kind: str) -> None:
    assert judge(drift, Policy(max_mean_drift=0.1, max_column_drift=0.5)).kind == kind


def test_the_drift_is_told_with_the_limits() -> None:
    said = judge({"a": {"x": 0.0}, "b": {"z": 0.4}}, Policy()).reason
    assert said == "mean drift 0.200 (limit 0.1), most in b.z: 0.400 (limit 0.5)"
