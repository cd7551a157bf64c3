"""One error for all faults, with a class for who can mend it."""

import pytest

from synth_models import errors


@pytest.mark.parametrize("name", ["SchemaError", "DataError", "SettingError", "UnknownNameError"])
def test_wrong_input_is_also_a_value_error(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.SynthError)
    assert issubclass(getattr(errors, name), ValueError)


@pytest.mark.parametrize("name", ["NotTrainedError", "CheckpointError", "TrainingError"])
def test_wrong_state_is_also_a_runtime_error(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.SynthError)
    assert issubclass(getattr(errors, name), RuntimeError)


def test_no_fault_is_no_error() -> None:
    errors.report_all(errors.DataError, "The data", [])


def test_one_fault_is_the_message() -> None:
    with pytest.raises(errors.DataError) as caught:
        errors.report_all(errors.DataError, "The data", ["Table 'a': it is empty."])
    assert str(caught.value) == "Table 'a': it is empty."


def test_several_faults_are_counted_and_numbered() -> None:
    with pytest.raises(errors.SchemaError) as caught:
        errors.report_all(errors.SchemaError, "The schema", ["first", "second"])
    assert str(caught.value) == "The schema: 2 faults.\n  1. first\n  2. second"
