"""Whose rows are made."""

import pytest

from synth_models.errors import DataError, SettingError
from synth_models.sampling.plan import make_plan
from synth_models.testing import shop

DATA = shop(20)
ROWS = DATA.n_rows


def test_all_tables_anew_by_default() -> None:
    plan = make_plan(DATA.schema, ROWS, None, None, "sample_fks")
    assert plan.n_samples == ROWS
    assert not any(plan.kept(name) for name in ROWS)


def test_a_kept_table_needs_its_parents_and_all_faults_are_told() -> None:
    with pytest.raises(SettingError) as error:
        make_plan(
            DATA.schema, ROWS, DATA, {"orders": 3, "products": -1, "shops": 2, "users": 5}, "sample_fks"
        )
    message = str(error.value)
    assert "'shops' is not in the schema" in message
    assert "'products' has -1 rows" in message
    assert "'items' is kept" in message


def test_kept_rows_and_given_keys_need_the_original() -> None:
    with pytest.raises(DataError, match="products"):
        make_plan(DATA.schema, ROWS, None, {"users": 5, "orders": 5, "items": 5}, "sample_fks")
    with pytest.raises(DataError, match="original_data"):
        make_plan(DATA.schema, ROWS, None, None, "original_fks")


def test_an_unknown_mode_is_told() -> None:
    with pytest.raises(SettingError, match="original_fks"):
        make_plan(DATA.schema, ROWS, DATA, None, "orignal_fks")
