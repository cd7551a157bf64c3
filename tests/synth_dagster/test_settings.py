"""The settings: the library's own, with a word on each, and defaults that come from YAML."""

import inspect
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from synth_dagster.settings import (
    CheckSettings,
    ModelSettings,
    ReportSettings,
    SamplingSettings,
    TrainingSettings,
    check_sampling,
    with_defaults,
)
from synth_models import MultiLevelSynth
from synth_models.errors import SettingError
from synth_models.load import MODELS

ALL = [ModelSettings, TrainingSettings, SamplingSettings, ReportSettings, CheckSettings]


def defaults_of(function: Callable[..., object]) -> dict[str, object]:
    return {name: given.default for name, given in inspect.signature(function).parameters.items()}


@pytest.mark.parametrize("kind", MODELS.names())
def test_the_model_settings_are_those_of_every_model(kind: str) -> None:
    theirs = defaults_of(MODELS.get(kind).__init__)
    del theirs["self"], theirs["schema"]
    assert set(theirs) <= set(ModelSettings.model_fields)
    for name, value in ModelSettings(kind=kind).to_dict().items():  # type: ignore[arg-type]
        if name != "kind":
            assert (tuple(value) if isinstance(value, list) else value) == theirs[name], name
    strange = {"messenger", "updater", "n_graph_layers", "d"} - set(theirs)
    for name in strange:
        with pytest.raises(ValidationError, match=f"the kind '{kind}' has no such parameter"):
            ModelSettings(kind=kind, **{name: 1 if name.startswith(("n", "d")) else "copy"})  # type: ignore[arg-type]


def test_no_setting_is_of_no_model() -> None:
    known = {name for kind in MODELS.names() for name in defaults_of(MODELS.get(kind).__init__)}
    assert set(ModelSettings.model_fields) - {"kind"} == known - {"self", "schema"}
    with pytest.raises(ValidationError):
        ModelSettings(kind="grpah")  # type: ignore[arg-type]


def test_the_training_settings_are_those_of_train() -> None:
    theirs = defaults_of(MultiLevelSynth.train)
    ours = TrainingSettings().model_dump()
    here = {
        "self",
        "train_data",
        "valid_data",
        "tensorboard_dir",
        "device",
        "progress",
        "on_epoch",
        "reset",
        "unfinished",
        "precision",
    }
    ours_alone = {"holdout", "force", "beta_of"}
    assert set(ours) - ours_alone == set(theirs) - here
    assert all((ours[name] or None) == (theirs[name] or None) for name in set(ours) - ours_alone)


def test_the_sampling_modes_are_those_of_the_library() -> None:
    from synth_models import SynthMode

    assert {SamplingSettings(mode=mode.value).mode for mode in SynthMode} == {
        mode.value for mode in SynthMode
    }


@pytest.mark.parametrize("settings", ALL)
def test_every_setting_has_a_description(settings: type) -> None:
    assert all(field.description for field in settings.model_fields.values())
    assert settings.__doc__


@pytest.mark.parametrize(
    "wrong", [{"batch_size": 0}, {"lr": 0}, {"holdout": 1}, {"n_epochs": 0}, {"beta": -1}, {"epochs": 3}]
)
def test_settings_out_of_range_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        TrainingSettings(**wrong)


def test_what_is_set_becomes_the_default_of_the_op() -> None:
    fields = with_defaults(TrainingSettings(n_epochs=3, lr=0.5))
    assert fields["lr"].default_value == 0.5
    assert fields["n_epochs"].default_value == 3
    assert fields["batch_size"].default_value == 1024
    assert fields["lr"].description == TrainingSettings.model_fields["lr"].description


def test_sampling_is_checked_against_the_tables() -> None:
    check_sampling(SamplingSettings(n_samples={"a": 5}), ["a"], ["b"])
    with pytest.raises(SettingError) as caught:
        check_sampling(SamplingSettings(n_samples={"b": 5, "a": 0}, mode="original_fks"), ["a"], ["b"])
    assert "'b' is not one of the tables to synthesize (a)" in str(caught.value)
    assert "'a' has 0 rows" in str(caught.value)
    assert "original_fks makes every table anew, but b are to be kept" in str(caught.value)
