"""The policy: skip when nothing changed, cold when anything did, and a reason in words."""

from dataclasses import replace

import pytest

from synth_dagster.retraining import COLD, SKIP, Inputs, decide, digest

BASE = Inputs(
    source={"a": "v1", "b": "v1"},
    tables={"a": {"columns": {"x": {"type": "integer"}}}, "b": {"columns": {}}},
    model={"d_latent": 8},
    training={"lr": 0.001, "n_epochs": None},
    code="0.1.0",
)


def test_without_a_model_there_is_training() -> None:
    assert decide(BASE, None).kind == COLD
    assert "no model yet" in decide(BASE, None).reason


def test_the_same_inputs_are_skipped() -> None:
    decision = decide(BASE, BASE.to_dict())
    assert decision.kind == SKIP
    assert "rows, schema, settings and code" in decision.reason


def test_force_trains_all_the_same() -> None:
    decision = decide(BASE, BASE.to_dict(), force=True)
    assert (decision.kind, decision.reason) == (COLD, "nothing has changed, but training was forced")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source": {"a": "v2", "b": "v1"}}, "rows changed in a"),
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
    decision = decide(new, BASE.to_dict())
    assert decision.kind == COLD
    assert reason in decision.reason
    assert new.version != BASE.version


def test_several_changes_are_all_told() -> None:
    decision = decide(replace(BASE, source={"a": "v2", "b": "v2"}, code="2"), BASE.to_dict())
    assert decision.reason == "rows changed in a, b; the library changed from 0.1.0 to 2"


def test_a_lineage_of_another_kind_trains() -> None:
    assert decide(BASE, {}).kind == COLD


def test_a_digest_does_not_depend_on_the_order() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})
