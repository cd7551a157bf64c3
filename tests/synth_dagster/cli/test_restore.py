"""``synth-dagster restore`` lists the versions that were published before, and publishes one again."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from synth_dagster import DuckDBWarehouse
from synth_dagster.cli import main
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseTable

TABLE = WarehouseTable({"id": WarehouseColumn("BIGINT", "integer", False)}, ("id",))


def publish(file: Path, rows: int) -> list[str]:
    """Publish so many rows, keep what was there; returns the versions."""
    warehouse = DuckDBWarehouse(database=str(file), schema_name="published")
    warehouse.publish([Publication("users", TABLE, lambda: pd.DataFrame({"id": range(rows)}))], keep=2)
    return warehouse.versions()


def rows_of(file: Path) -> int:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.sql("SELECT count(*) FROM published.users").fetchall()[0][0]


def test_versions_are_listed_and_come_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "twin.duckdb"
    command = ["restore", str(file), "--schema", "published"]
    publish(file, 1)
    assert main(command) == 0
    assert "No version is kept there" in capsys.readouterr().err
    publish(file, 2)
    newest, oldest = publish(file, 3)
    assert main(command) == 0
    assert capsys.readouterr().out == f"{newest}  users\n{oldest}  users\n"
    assert main([*command, "--to", oldest]) == 0
    assert "Published again: users." in capsys.readouterr().err
    assert rows_of(file) == 1
    assert main([*command, "--to", "latest"]) == 0
    assert rows_of(file) == 3


def test_what_cannot_be_restored_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "twin.duckdb"
    publish(file, 1)
    assert main(["restore", str(file), "--schema", "published", "--to", "yesterday"]) == 2
    assert "no version 'yesterday'" in capsys.readouterr().err
    assert main(["restore", "sqlite:///lite.db"]) == 2
    assert "keeps no old versions" in capsys.readouterr().err
