"""What the UI shows: columns without values, plain numbers, a picture of the loss."""

import base64

import dagster as dg
import pytest

from synth_dagster.facts import TableFacts
from synth_dagster.metadata import (
    column_lineage,
    column_schema,
    decision_metadata,
    loss_picture,
    table_metadata,
    training_metadata,
)

FACTS = TableFacts(
    name="flights",
    version="v1",
    rows=12,
    table={
        "primary_key": "id",
        "foreign_keys": [{"column": "plane", "parent": "planes"}],
        "columns": {"id": {"type": "key"}, "plane": {"type": "key"}, "kind": {"type": "categorical"}},
    },
    sql={"id": ("INTEGER", False), "plane": ("VARCHAR", True), "kind": ("ENUM('very-secret')", True)},
)
HISTORY = [
    {"epoch": epoch, "train_loss": 5.0 / epoch, "valid_loss": None if epoch % 2 else 6.0 / epoch}
    for epoch in range(1, 500)
]


def test_columns_have_types_keys_and_no_value() -> None:
    columns = {column.name: column for column in column_schema(FACTS).columns}
    assert (columns["id"].type, columns["kind"].type) == ("INTEGER", "ENUM")
    assert columns["id"].constraints.unique
    assert not columns["id"].constraints.nullable
    assert columns["plane"].description == "read as key, key of planes"
    assert "secret" not in str(columns)


def test_a_table_has_its_rows_and_version() -> None:
    shown = table_metadata(FACTS)
    assert (shown["dagster/row_count"], shown["data version"]) == (12, "v1")
    dg.AssetMaterialization("x", metadata=shown)


def test_every_column_comes_from_its_namesake() -> None:
    lineage = column_lineage(["a", "b"], dg.AssetKey(["demo", "source", "t"]))
    assert {name: deps[0].column_name for name, deps in lineage.deps_by_column.items()} == {
        "a": "a",
        "b": "b",
    }


def test_the_loss_is_a_picture() -> None:
    head, _, body = loss_picture(HISTORY).partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body).startswith(b"\x89PNG")


def test_training_is_told_in_plain_numbers() -> None:
    info = {"seconds": 12.34, "device": "cpu", "rows": {"a": 3, "b": 4}}
    shown = training_metadata({"info": info, "history": HISTORY})
    assert (shown["epochs"], shown["rows trained on"], shown["device"]) == (499, 7, "cpu")
    assert shown["train loss"] == 5.0 / 499
    assert shown["held-out loss"] == 6.0 / 498
    dg.AssetMaterialization("x", metadata=shown)
    assert training_metadata({"info": {}, "history": []}) == {"epochs": 0}


def test_how_far_rows_have_moved_is_shown_worst_first() -> None:
    drift = {"a": {"x": 0.0, "y": 0.3}, "b": {"z": 0.1}}
    shown = decision_metadata({"warm runs": 2, "drift": drift, "families": {"new": 4, "replayed": 36}})
    assert shown["mean drift"] == pytest.approx(0.4 / 3)
    assert shown["largest drift"] == 0.3
    lines = str(shown["drift by column"].value).splitlines()
    assert lines[2:] == ["| a.y | 0.300 |", "| b.z | 0.100 |", "| a.x | 0.000 |"]
    assert (shown["warm runs in a row"], shown["families new"], shown["families replayed"]) == (2, 4, 36)
    assert decision_metadata({"warm runs": 0}) == {"warm runs in a row": 0}
