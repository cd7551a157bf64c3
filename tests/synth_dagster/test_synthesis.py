"""A synthesis that exists is valid."""

from typing import Any

import pytest

from synth_dagster import Role, SamplingSettings, SynthTranslator, TableSpec, TrainingSettings
from synth_dagster.synthesis import Synthesis
from synth_models.errors import SchemaError, SettingError


def synthesis(**options: Any) -> Synthesis:
    given = {
        "name": "demo",
        "tables": {"a b": TableSpec(), "a_b": TableSpec()},
        "translator": SynthTranslator("demo"),
    }
    return Synthesis(**(given | options))


def test_names_are_valid_and_apart() -> None:
    made = synthesis()
    assert made.op("source_a b") == "demo__source_a_b"
    assert made.out("a b") != made.out("a_b")
    assert made.out("a b").isidentifier()
    assert made.key(Role.SOURCE, "a b") != made.key(Role.SOURCE, "a_b")


def test_kept_tables_are_not_made() -> None:
    made = synthesis(keep=["a_b"])
    assert made.made == ["a b"]
    assert made.node(Role.PUBLISHED, "a_b").kept
    assert not made.node(Role.PUBLISHED, "a b").kept


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"name": "9 lives"}, SettingError, "name: '9 lives' must be letters"),
        ({"tables": {}}, SettingError, "tables: there are none"),
        ({"keep": ["ab"]}, SchemaError, "keep: 'ab' is not among the tables"),
        ({"sampling": SamplingSettings(n_samples={"x": 1})}, SettingError, "'x' is not one of the tables"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        synthesis(**options)


def test_the_code_version_tells_the_settings_of_the_role() -> None:
    def versions(**settings: Any) -> dict[Role, str | None]:
        made = synthesis(**settings)
        return {role: made.spec(role, "a_b").code_version for role in Role}

    plain, trained = versions(), versions(training=TrainingSettings(lr=0.5))
    assert {role for role in Role if plain[role] != trained[role]} == {Role.MODEL}
    sampled = versions(sampling=SamplingSettings(seed=3))
    assert {role for role in Role if plain[role] != sampled[role]} == {Role.SYNTHETIC}
