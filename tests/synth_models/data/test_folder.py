"""Folders of files: there and back without a change, and all that is wrong at once."""

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from synth_models.data.folder import read_folder
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.errors import DataError, SchemaError, SettingError
from synth_models.testing import shop, shop_schema

SHOP = {
    "tables": {
        "users": {
            "file": "people.csv",
            "primary_key": "id",
            "columns": {"id": "id", "name": "text", "age": "integer", "born": "date", "member": "boolean"},
        },
        "visits": {
            "primary_key": ["user", "number"],
            "foreign_keys": [{"column": "user", "parent": "users"}],
            "columns": {"user": "id", "number": "id", "paid": "numeric"},
        },
    }
}
USERS = "id,name,age,born,member,password\n1,NA,30,31.12.1990,yes,x\n2,,,01.01.1991,no,y\n"
VISITS = "user,number,paid\n1,01,2.5\n1,02,\n2,01,7\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schema.json").write_text(json.dumps(SHOP))
    (tmp_path / "people.csv").write_text(USERS)
    (tmp_path / "visits.csv.gz").write_bytes(gzip.compress(VISITS.encode()))
    return tmp_path


def error_of(folder: Path, schema: Schema | None = None) -> str:
    with pytest.raises(DataError) as caught:
        RelationalData.from_dir(folder, schema)
    return str(caught.value)


def assert_same(left: RelationalData, right: RelationalData) -> None:
    assert list(left) == list(right)
    for name in left:
        pd.testing.assert_frame_equal(left[name], right[name])


def test_reads_by_declared_type(folder: Path) -> None:
    data = RelationalData.from_dir(folder)
    users, visits = data["users"], data["visits"]
    assert dict(users.dtypes.astype(str)) == {
        "id": "int64", "name": "object", "age": "Int64", "born": "datetime64[ns]", "member": "object"
    }  # fmt: skip
    assert users["name"].tolist() == ["NA", None]
    assert dict(visits.dtypes.astype(str)) == {"user": "int64", "number": "object", "paid": "float64"}
    assert visits["number"].tolist() == ["01", "02", "01"]


def test_written_in_the_form_it_came_in(folder: Path, tmp_path: Path) -> None:
    RelationalData.from_dir(folder).to_dir(tmp_path / "out")
    assert (tmp_path / "out" / "users.csv").read_text() == USERS.replace(",password", "").replace(
        ",x\n", "\n"
    ).replace(",y\n", "\n")
    assert (tmp_path / "out" / "visits.csv").read_text() == VISITS.replace(",7\n", ",7.0\n")
    written = json.loads((tmp_path / "out" / "schema.json").read_text())
    assert written["tables"]["users"]["file"] == "users.csv"
    assert written["tables"]["users"]["rows"] == 2
    assert written["tables"]["users"]["columns"]["born"] == {"type": "date", "format": "%d.%m.%Y"}


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_there_and_back(format: str, folder: Path, tmp_path: Path) -> None:
    for source in (RelationalData.from_dir(folder), shop(rows=40)):
        source.to_dir(tmp_path / "out", format=format)
        again = RelationalData.from_dir(tmp_path / "out")
        assert_same(again, source)
        assert again.schema == source.schema


def test_a_schema_may_be_given(tmp_path: Path) -> None:
    shop(rows=40).to_dir(tmp_path)
    (tmp_path / "schema.json").unlink()
    assert_same(RelationalData.from_dir(tmp_path, shop_schema()), shop(rows=40))


def test_a_given_schema_is_used_as_it_is(folder: Path) -> None:
    schema = Schema({"users": Table({"id": "key", "born": "date"}, "id")})
    frames, used = read_folder(folder, schema)
    assert used is schema
    assert frames["users"].columns.tolist() == ["id", "born"]


def test_foreign_keys_are_read_like_the_key_they_refer_to(tmp_path: Path) -> None:
    schema = Schema(
        {
            "a": Table({"id": "key"}, "id"),
            "b": Table({"id": "key"}, "id", {"id": "a"}),
            "c": Table({"b": "key"}, None, {"b": "b"}),
        }
    )
    (tmp_path / "a.csv").write_text("id\n01\n2\n")
    (tmp_path / "b.csv").write_text("id\n2\n")
    (tmp_path / "c.csv").write_text("b\n2\n")
    data = RelationalData.from_dir(tmp_path, schema)
    assert data["c"]["b"].tolist() == ["2"]
    assert data.links["c", "b"].tolist() == [0]


def test_only_the_wrong_key_is_an_orphan(folder: Path) -> None:
    (folder / "visits.csv.gz").write_bytes(gzip.compress(VISITS.replace("2,01", "x,01").encode()))
    assert "Table 'visits': 1 of 3 rows have a 'user' that is not a 'id' of 'users'" in error_of(folder)


def test_wrong_values_reach_the_validation_and_stay_untold(folder: Path) -> None:
    wrong = USERS.replace("30", "secret").replace("31.12.1990", "secret")
    (folder / "people.csv").write_text(wrong)
    (folder / "visits.csv.gz").write_bytes(gzip.compress(VISITS.replace("2.5", "secret").encode()))
    message = error_of(folder)
    for column, count in (("age", "1 of 1"), ("born", "1 of 2"), ("paid", "1 of 2")):
        assert f"'{column}' is declared" in message
        assert count in message
    assert "secret" not in message


def test_all_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    names = ["gone", "empty", "ragged", "latin", "broken", "twice", "squeezed"]
    tables = {name: Table({"id": "key", "text": "text"}, "id") for name in names}
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "ragged.csv").write_text("id,text\n1,secret,2\n2\n3,ok\n")
    (tmp_path / "latin.csv").write_bytes("id,text\n1,sécret\n".encode("latin-1"))
    (tmp_path / "broken.parquet").write_bytes(b"secret")
    (tmp_path / "twice.csv").write_text("id,text,text\n1,secret,b\n")
    (tmp_path / "squeezed.csv.gz").write_bytes(b"secret")
    message = error_of(tmp_path, Schema(tables))
    for part in [
        "7 faults",
        "Table 'gone': the folder has no file 'gone.csv or gone.csv.gz or gone.parquet'. Add it, or",
        "Table 'empty': the file 'empty.csv' is empty.",
        "Table 'ragged': the file 'ragged.csv' has 2 rows with more or fewer cells than the header.",
        "Table 'latin': the file 'latin.csv' is not UTF-8 text.",
        "Table 'broken': the file 'broken.parquet' cannot be read",
        "Table 'twice': the file 'twice.csv' has the column ['text'] more than once.",
        "Table 'squeezed': the file 'squeezed.csv.gz' cannot be read",
    ]:
        assert part in message
    assert "cret" not in message


def test_a_column_the_file_lacks_is_named(folder: Path) -> None:
    (folder / "people.csv").write_text("id,name\n1,a\n2,b\n")
    message = error_of(folder)
    assert "Table 'users': column 'age' is in the schema but not in the data." in message
    assert "3 faults" in message


def test_no_rows_is_an_error(folder: Path) -> None:
    (folder / "people.csv").write_text(USERS.splitlines()[0] + "\n")
    assert "Table 'users': it has no rows" in error_of(folder)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (None, r"has no 'schema\.json'"),
        ("{", r"not valid JSON \(line 1, column 2\)"),
        ("[]", "is not a JSON object"),
    ],
)
def test_the_schema_file_must_be_there_and_be_json(folder: Path, text: str | None, pattern: str) -> None:
    if text is None:
        (folder / "schema.json").unlink()
    else:
        (folder / "schema.json").write_text(text)
    with pytest.raises(DataError, match=pattern):
        RelationalData.from_dir(folder)


def test_the_schema_file_must_be_consistent(folder: Path) -> None:
    (folder / "schema.json").write_text(json.dumps({"tables": {"a": {"columns": {"x": "picture"}}}}))
    with pytest.raises(SchemaError, match="Table 'a': column 'x' is declared 'picture'"):
        RelationalData.from_dir(folder)


def test_the_folder_must_exist(tmp_path: Path) -> None:
    assert "does not exist" in error_of(tmp_path / "nowhere")
    assert "does not exist" in error_of(tmp_path / "nowhere", shop_schema())


def test_writing_over_an_earlier_data_set(tmp_path: Path) -> None:
    out = tmp_path / "out"
    shop(rows=40).to_dir(out)
    (out / "notes.txt").write_text("mine")
    small = RelationalData(
        {"users": pd.DataFrame({"id": [1]})}, Schema({"users": Table({"id": "key"}, "id")})
    )
    small.to_dir(out, format="parquet")
    assert {file.name for file in out.iterdir()} == {"users.parquet", "schema.json", "notes.txt"}
    assert_same(RelationalData.from_dir(out), small)


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    mixed = pd.DataFrame({"id": ["a", "b"], "what": pd.Series([1, "secret"], dtype=object)})
    data = RelationalData({"t": mixed}, Schema({"t": Table({"id": "key", "what": "categorical"}, "id")}))
    with pytest.raises(
        DataError, match="Table 't': column 'what' holds values of more than one type"
    ) as caught:
        data.to_dir(tmp_path / "out", format="parquet")
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_only_known_formats_and_folders(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="'xlsx' is not one of csv, parquet"):
        shop(rows=40).to_dir(tmp_path / "out", format="xlsx")
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="is a file, not a folder"):
        shop(rows=40).to_dir(tmp_path / "file")


def test_public_data_sets_there_and_back(data_set: Path, tmp_path: Path) -> None:
    source = RelationalData.from_dir(data_set)
    assert not [c.options for t in source.schema.tables.values() for c in t.columns.values() if c.options]
    for format in ("csv", "parquet"):
        source.to_dir(tmp_path / format, format=format)
        again = RelationalData.from_dir(tmp_path / format)
        assert_same(again, source)
        assert again.schema == source.schema
    entries = json.loads((data_set / "schema.json").read_text())["tables"]
    for name, frame in source.items():
        before = pd.read_csv(data_set / entries[name]["file"], dtype=str, keep_default_na=False)
        after = pd.read_csv(tmp_path / "csv" / f"{name}.csv", dtype=str, keep_default_na=False)
        same = [column for column in frame if not pd.api.types.is_float_dtype(frame[column])]
        pd.testing.assert_frame_equal(after[same], before[same])
        assert len(frame) == entries[name]["rows"]
