"""The verdict on a table: real rows pass, each broken copy fails, and no value is told."""

import warnings
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from synth_dagster.checks.validity import source_verdict, synthetic_verdict
from synth_dagster.facts import TableFacts

SECRET = "very-secret-value"


@pytest.mark.parametrize("table", ["users", "products", "orders", "items"])
def test_real_rows_pass(shelf: Any, synthesis: Any, table: str) -> None:
    verdict = source_verdict(synthesis, shelf.store, table)
    assert verdict.faults == ()
    assert verdict.checked >= 5
    if table != "products":
        assert synthetic_verdict(synthesis, shelf.store, table).faults == ()


def repeated(frame: pd.DataFrame) -> pd.Series:
    return frame["id"].where(frame.index > 0, frame["id"].iloc[1])


BROKEN = [
    ("users", "id", repeated, "the primary key 'id' is unique"),
    ("users", "id", lambda f: f["id"].astype("Int64").where(f.index > 0), "'id' is never missing"),
    (
        "users",
        "premium",
        lambda f: f["premium"].astype("boolean").where(f.index > 0),
        "'premium' is never missing",
    ),
    ("users", "age", lambda f: [SECRET] * len(f), "'age' is integer"),
    ("users", "joined", lambda f: [SECRET] * len(f), "'joined' is date"),
    ("users", "premium", lambda f: [SECRET] * len(f), "'premium' is boolean"),
    ("users", "more", lambda f: 1, "its columns are those of the schema"),
    ("orders", "user", lambda f: 12345678, "rows have a 'user' that is not a 'id' of 'users'"),
    ("items", "product", lambda f: SECRET, "rows have a 'product' that is not a 'code' of 'products'"),
]


@pytest.mark.parametrize(("table", "column", "values", "says"), BROKEN)
def test_each_broken_copy_fails(
    shelf: Any, synthesis: Any, table: str, column: str, values: Any, says: str
) -> None:
    shelf.change(table, **{column: values(shelf.frames[table])})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = synthetic_verdict(synthesis, shelf.store, table)
    assert any(says in fault for fault in verdict.faults), verdict.faults
    result = verdict.result(dg.AssetKey(["shop", "synthetic", table]))
    assert not result.passed
    assert SECRET not in str(result)
    assert "12345678" not in str(result)


def test_a_table_without_rows_fails(shelf: Any, synthesis: Any) -> None:
    shelf.frames["items"] = shelf.frames["items"].iloc[:0]
    shelf.change("items")
    assert "it has rows" in synthetic_verdict(synthesis, shelf.store, "items").faults


def test_a_verdict_is_given_once_per_version(
    shelf: Any, synthesis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = synthetic_verdict(synthesis, shelf.store, "items")
    monkeypatch.setattr("synth_dagster.checks.validity.broken", lambda *_: pytest.fail("looked again"))
    assert synthetic_verdict(synthesis, shelf.store, "items") == first
    shelf.change("items", product=SECRET)
    with pytest.raises(pytest.fail.Exception):
        synthetic_verdict(synthesis, shelf.store, "items")


def test_a_table_alone_of_another_sample_does_not_fit(shelf: Any, synthesis: Any) -> None:
    good = {table: synthetic_verdict(synthesis, shelf.store, table) for table in synthesis.made}
    shelf.another_sample("orders")
    for table, parent in [("orders", "users"), ("items", "orders")]:
        (fault,) = synthetic_verdict(synthesis, shelf.store, table).faults
        assert f"its keys to '{parent}' do not fit, as that table comes from another sample" in fault
        assert "materialize all synthetic assets with the same settings" in fault
    assert synthetic_verdict(synthesis, shelf.store, "users") == good["users"]
    shelf.change()  # what did not fit is no verdict on a sample: all of one fits again
    assert all(not synthetic_verdict(synthesis, shelf.store, table).faults for table in synthesis.made)


def test_kept_tables_must_be_those_the_sample_was_drawn_to(shelf: Any, synthesis: Any) -> None:
    frame = shelf.frames["products"]
    facts = TableFacts.of(frame).to_dict() | {"version": "newer"}
    shelf.store.stage("source", TableFacts.from_dict(facts).attach(frame.copy()))
    (fault,) = synthetic_verdict(synthesis, shelf.store, "items").faults
    assert "its keys to 'products' do not fit, as that table is kept, and has changed since" in fault
