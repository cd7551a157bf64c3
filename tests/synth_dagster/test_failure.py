"""Errors become failures that say what to do, may be retried or not, and quote nothing."""

import traceback

import dagster as dg
import pandas as pd
import pytest

from synth_dagster.failure import ComputeError, StaleError, WarehouseError, as_failure
from synth_models.errors import DataError, SchemaError, SettingError

SECRET = "very-secret-value"


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (DataError, False),
        (SchemaError, False),
        (SettingError, False),
        (StaleError, False),
        (WarehouseError, True),
        (ComputeError, True),
    ],
)
def test_an_error_of_ours_keeps_its_message(error: type[Exception], retried: bool) -> None:
    with pytest.raises(dg.Failure) as caught, as_failure():
        raise error("Table 'a': 3 rows. Mend them.")
    assert caught.value.description == "Table 'a': 3 rows. Mend them."
    assert caught.value.allow_retries is retried


def test_any_other_error_tells_its_class_and_place_and_no_value() -> None:
    with pytest.raises(dg.Failure) as caught, as_failure():
        pd.to_numeric(pd.Series([SECRET]))
    assert "ValueError at" in (caught.value.description or "")
    assert "numeric.py" in (caught.value.description or "")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_the_chain_of_causes_is_cut() -> None:
    def fail() -> None:
        try:
            int(SECRET)
        except ValueError as error:
            raise DataError("Table 'a'.") from error

    with pytest.raises(dg.Failure) as caught, as_failure():
        fail()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("error", [dg.Failure("mine"), dg.DagsterInvariantViolationError("theirs")])
def test_dagsters_own_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, as_failure():
        raise error
    assert caught.value is error
