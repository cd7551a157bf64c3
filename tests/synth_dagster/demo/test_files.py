"""The packaged warehouse: all rows, with declared keys, whole or not there."""

from pathlib import Path

import pytest

from synth_dagster import DuckDBWarehouse
from synth_dagster.demo import files
from synth_dagster.demo.__main__ import main
from synth_models import RelationalData

DATA = Path(files.__file__).parent / "data"


def test_the_warehouse_is_built_once_with_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--prepare"]) == 0
    with DuckDBWarehouse(database=str(files.WAREHOUSE)).reading() as reader:
        tables = reader.tables()
        rows = {name: reader.contents(name, list(table.columns)).rows for name, table in tables.items()}
    assert rows == {"airlines": 16, "airports": 93, "planes": 2609, "weather": 2226, "flights": 27004}
    assert {(key.columns[0], key.parent) for key in tables["flights"].foreign_keys} == {
        ("carrier", "airlines"),
        ("tailnum", "planes"),
        ("origin", "airports"),
        ("dest", "airports"),
        ("weather_id", "weather"),
    }
    assert all(len(table.primary_key) == 1 for table in tables.values())
    before = files.WAREHOUSE.stat().st_mtime_ns
    files.prepare()
    assert files.WAREHOUSE.stat().st_mtime_ns == before
    assert {path.name for path in files.FOLDER.iterdir()} == {"warehouse.duckdb", "dagster_home"}
    assert "enabled: false" in (files.HOME / "dagster.yaml").read_text()


def test_an_unfinished_warehouse_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "TABLES", ("airlines", "no such table"))
    with pytest.raises(Exception, match=r"no such table|syntax error"):
        files.prepare()
    assert {path.name for path in files.FOLDER.iterdir()} == {"dagster_home"}


def test_the_data_are_a_folder_the_library_reads_and_carry_their_licence() -> None:
    assert RelationalData.from_dir(DATA).n_rows["flights"] == 27004
    assert "CC0" in (DATA / "LICENCE").read_text()
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 0.8e6
