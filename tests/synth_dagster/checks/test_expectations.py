"""The range of the source: kept or broken, and never told."""

import datetime as dt
from typing import Any

import pandas as pd

from synth_dagster.checks.expectations import broken, ill_typed, range_expectations
from synth_dagster.facts import TableFacts


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


def test_any_type_with_an_order_has_a_range_and_any_type_is_asked() -> None:
    columns = {"opens": "time", "took": "duration", "place": "coordinates", "name": "text"}
    facts = TableFacts(
        name="visits",
        version="v1",
        rows=2,
        table={
            "primary_key": None,
            "foreign_keys": [],
            "columns": {c: {"type": t} for c, t in columns.items()},
        },
        sql=dict.fromkeys(columns, ("VARCHAR", True)),
    )
    frame = pd.DataFrame(
        {
            "opens": [dt.time(8), dt.time(9, 30)],
            "took": ["PT1H", "PT3H"],
            "place": ["45.07, 7.69", "41.9, 12.5"],
            "name": ["a", "b"],
        }
    )
    suite = range_expectations(facts.attach(frame))
    assert len(suite) == 2
    assert broken(frame, suite) == []
    assert ill_typed(frame) == []
    other = facts.attach(frame.assign(opens=dt.time(7), took="25:00:00", place="here"))
    assert broken(other, suite) == [
        "'opens' is within the range of the source",
        "'took' is within the range of the source",
    ]
    assert ill_typed(other) == ["'place' is coordinates"]
