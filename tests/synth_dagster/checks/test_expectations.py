"""The range of the source: kept or broken, and never told."""

from typing import Any

import pandas as pd

from synth_dagster.checks.expectations import broken, range_expectations


def test_rows_within_the_range_pass(shelf: Any) -> None:
    users = shelf.frames["users"]
    assert len(range_expectations(users)) == 3
    assert broken(users, range_expectations(users)) == []


def test_rows_out_of_the_range_are_told_by_column(shelf: Any) -> None:
    users = shelf.frames["users"]
    suite = range_expectations(users)
    old = users.assign(joined=users["joined"] - pd.Timedelta(days=9999), age=users["age"] + 100)
    assert sorted(broken(old, suite)) == [
        "'age' is within the range of the source",
        "'joined' is within the range of the source",
    ]


def test_a_column_without_values_has_no_range(shelf: Any) -> None:
    users = shelf.frames["users"]
    assert len(range_expectations(users.assign(income=None))) == 2
