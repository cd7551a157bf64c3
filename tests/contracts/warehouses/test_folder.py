"""What is a folder's own: files as they come, ``schema.json``, and versions side by side."""

import gzip
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseKey, WarehouseTable
from synth_dagster.warehouse.folder import FolderWarehouse
from synth_models import RelationalData

SECRET = "very-secret-value"
USERS = WarehouseTable(
    {"id": WarehouseColumn("INTEGER", None, False), "zip": WarehouseColumn("VARCHAR", None)}, ("id",)
)
ORDERS = WarehouseTable(
    {"id": WarehouseColumn("INTEGER", None, False), "user": WarehouseColumn("INTEGER", None)},
    ("id",),
    (WarehouseKey(("user",), "users", ()),),
)


def two_tables(rows: int) -> list[Publication]:
    users = pd.DataFrame({"id": range(rows), "zip": [f"{row:05}" for row in range(rows)]})
    orders = pd.DataFrame({"id": range(rows), "user": range(rows)})
    return [Publication("users", USERS, lambda: users), Publication("orders", ORDERS, lambda: orders)]


def test_every_file_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_text("id,when,x\n1,2020-01-31,1.5\n2,,\n")
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(b"id,word\n1,a\n"))
    pq.write_table(pa.table({"id": [1, 2], "ok": [True, None]}), tmp_path / "binary.parquet")
    (tmp_path / "empty.csv").write_text("a,b\n")
    (tmp_path / "notes.txt").write_text("not a table")
    with FolderWarehouse(path=str(tmp_path)).reading() as reader:
        tables = reader.tables()
        frame = reader.read("plain", tables["plain"].columns)
        assert len(reader.read("empty", tables["empty"].columns)) == 0
    kinds = {name: [column.kind for column in table.columns.values()] for name, table in tables.items()}
    assert kinds == {
        "plain": ["integer", "date", "numeric"],
        "packed": ["integer", "categorical"],
        "binary": ["integer", "boolean"],
        "empty": ["categorical", "categorical"],
    }
    assert frame["when"].tolist() == [pd.Timestamp("2020-01-31"), pd.NaT]


def test_types_are_guessed_from_all_rows(tmp_path: Path) -> None:
    rows = "\n".join(map(str, range(50_000)))
    (tmp_path / "a.csv").write_text(f"x\n{rows}\n{SECRET}\n")
    with FolderWarehouse(path=str(tmp_path)).reading() as reader:
        columns = reader.tables()["a"].columns
        assert columns["x"].kind == "categorical"
        assert reader.contents("a", ["x"]).rows == 50_001


def test_the_schema_file_tells_files_keys_and_texts(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("id,zip\n1,00501\n")
    (tmp_path / "orders.csv").write_text("id,user\n1,1\n")
    said = {
        "users": {"file": "u.csv", "primary_key": "id", "columns": {"id": "key", "zip": {"type": "text"}}},
        "orders": {
            "primary_key": ["id"],
            "columns": {"id": "key", "user": "key"},
            "foreign_keys": [{"column": "user", "parent": "users"}],
        },
    }
    (tmp_path / "schema.json").write_text(json.dumps({"tables": said}))
    with FolderWarehouse(path=str(tmp_path)).reading() as reader:
        tables = reader.tables()
        assert reader.read("users", tables["users"].columns)["zip"].tolist() == ["00501"]
    assert tables["users"].primary_key == tables["orders"].primary_key == ("id",)
    assert tables["orders"].foreign_keys == (WarehouseKey(("user",), "users", ()),)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_library_reads_what_is_published(tmp_path: Path, form: str) -> None:
    FolderWarehouse.model_validate({"path": str(tmp_path), "format": form}).publish(two_tables(3))
    data = RelationalData.from_dir(tmp_path)
    assert data["users"]["zip"].tolist() == ["00000", "00001", "00002"]
    assert [key.parent for key in data.schema.tables["orders"].foreign_keys] == ["users"]


def test_who_reads_keeps_the_old_version_and_older_ones_go(tmp_path: Path) -> None:
    warehouse = FolderWarehouse(path=str(tmp_path))
    warehouse.publish(two_tables(3))
    with warehouse.reading() as reader:
        columns = reader.tables()["users"].columns
        warehouse.publish(two_tables(4))
        assert len(reader.read("users", columns)) == 3
    for rows in (5, 6, 7):
        warehouse.publish(two_tables(rows))
    assert len([path for path in tmp_path.iterdir() if path.name.startswith("version-")]) == 2
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["schema.json"]


def test_a_publication_that_cannot_end_leaves_the_tables_and_the_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = FolderWarehouse(path=str(tmp_path))
    for rows in (3, 4):
        warehouse.publish(two_tables(rows), keep=1)
    before = (tmp_path / "schema.json").read_text()

    def broken(*_: object) -> None:
        raise OSError("no")

    with monkeypatch.context() as patch:
        patch.setattr("synth_dagster.location.Location.write", broken)
        with pytest.raises(WarehouseError, match="cannot be replaced"):
            warehouse.publish(two_tables(5), keep=1)
    assert (tmp_path / "schema.json").read_text() == before
    with warehouse.kept(warehouse.versions()[0]) as reader:
        assert reader.contents("users", ["id"]).rows == 3
    for rows in (5, 6, 7):
        warehouse.publish(two_tables(rows), keep=1)
    with warehouse.kept(warehouse.versions()[0]) as reader:
        assert reader.contents("users", ["id"]).rows == 6
    # what is there, what is kept, and what somebody may be reading
    assert len([path for path in tmp_path.iterdir() if path.name.startswith("version-")]) <= 3


def test_tables_that_are_not_published_now_stay(tmp_path: Path) -> None:
    warehouse = FolderWarehouse(path=str(tmp_path))
    users, orders = two_tables(3)
    warehouse.publish([users])
    for rows in (4, 5, 6):
        warehouse.publish([Publication("more", USERS, two_tables(rows)[0].load)])
    warehouse.publish([users, orders])
    with warehouse.reading() as reader:
        assert {name: reader.contents(name, ["id"]).rows for name in reader.tables()} == {
            "users": 3, "more": 6, "orders": 3,
        }  # fmt: skip


@pytest.mark.parametrize("text", ["{", "[]", '{"tables": 3}', '{"tables": {"a": 3}}', '{"other": 1}'])
def test_a_schema_file_that_makes_no_sense_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "schema.json").write_text(text)
    with (
        pytest.raises(WarehouseError, match=r"'schema.json' of the warehouse .* cannot be understood"),
        FolderWarehouse(path=str(tmp_path)).reading(),
    ):
        pass


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz"])
def test_a_file_that_is_broken_is_told_without_its_content(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SECRET * 100)
    with (
        pytest.raises(WarehouseError, match="the file of table 'a' cannot be read") as caught,
        FolderWarehouse(path=str(tmp_path)).reading(),
    ):
        pass
    assert SECRET not in str(caught.value)


def test_a_file_that_vanishes_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    with FolderWarehouse(path=str(tmp_path)).reading() as reader:
        columns = reader.tables()["a"].columns
        (tmp_path / "a.csv").unlink()
        with pytest.raises(WarehouseError, match="the table 'a' vanished"):
            list(reader.batches("a", columns))


def test_a_url_nobody_knows_is_told() -> None:
    with (
        pytest.raises(WarehouseError, match=r"cannot be listed|does not exist"),
        FolderWarehouse(path="nobody-knows://bucket/tables").reading(),
    ):
        pass
