"""What is SQLAlchemy's own: URLs, dialects, and what SQLite leaves to the reader."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy.exc import OperationalError

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseTable
from synth_dagster.warehouse.sqlalchemy import SQLAlchemyWarehouse
from synth_dagster.warehouse.sqlalchemy_reader import SQLAlchemyReader

SECRET = "very-secret-value"
USERS = WarehouseTable(
    {"id": WarehouseColumn("INTEGER", None, False), "name": WarehouseColumn("VARCHAR(20)", None)}, ("id",)
)


def executed(path: Path, *statements: str) -> SQLAlchemyWarehouse:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return SQLAlchemyWarehouse(url=f"sqlite:///{path}")


def users(rows: int) -> Publication:
    frame = pd.DataFrame({"id": range(rows), "name": "n"})
    return Publication("users", USERS, lambda: frame)


def test_types_keys_and_views_are_told(tmp_path: Path) -> None:
    warehouse = executed(
        tmp_path / "w.db",
        "CREATE TABLE u (id INTEGER PRIMARY KEY, n NUMERIC(10, 0), x FLOAT, w VARCHAR(9), t DATETIME, "
        "b BLOB)",
        "CREATE TABLE o (id INTEGER PRIMARY KEY, u INTEGER NOT NULL REFERENCES u (id))",
        "CREATE VIEW v AS SELECT id FROM u",
        "INSERT INTO u VALUES (1, 2, 0.5, 'a', '2020-01-31 10:20:30.5', x'00')",
        "INSERT INTO u (id) VALUES (2)",
    )
    with warehouse.reading() as reader:
        tables = reader.tables()
        supported = {n: c for n, c in tables["u"].columns.items() if c.kind}
        frame = reader.read("u", supported)
        assert len(reader.read("v", tables["v"].columns)) == 2
    assert {name: column.kind for name, column in tables["u"].columns.items()} == {
        "id": "integer", "n": "integer", "x": "numeric", "w": "categorical", "t": "datetime", "b": None,
    }  # fmt: skip
    assert tables["u"].columns["w"].sql == "VARCHAR(9)"
    assert not tables["o"].columns["u"].nullable
    assert tables["o"].foreign_keys[0].parent == "u"
    assert frame["t"].tolist() == [pd.Timestamp("2020-01-31 10:20:30.5"), pd.NaT]


def test_a_reading_cannot_write(tmp_path: Path) -> None:
    warehouse = executed(tmp_path / "w.db", "CREATE TABLE a (x INTEGER)")
    with warehouse.reading() as reader:
        assert isinstance(reader, SQLAlchemyReader)
        with pytest.raises(OperationalError, match="readonly"):
            reader._connection.exec_driver_sql("INSERT INTO a VALUES (1)")


def test_values_that_do_not_convert_are_told_without_them(tmp_path: Path) -> None:
    warehouse = executed(
        tmp_path / "w.db", "CREATE TABLE a (t DATETIME)", f"INSERT INTO a VALUES ('{SECRET}')"
    )
    with warehouse.reading() as reader:
        columns = reader.tables()["a"].columns
        with pytest.raises(WarehouseError, match="table 'a' cannot be read") as caught:
            reader.read("a", columns)
    assert SECRET not in str(caught.value)


def test_a_foreign_key_of_somebody_elses_table_stops_the_publication(tmp_path: Path) -> None:
    warehouse = executed(tmp_path / "w.db")
    warehouse.publish([users(3)])
    executed(tmp_path / "w.db", "CREATE TABLE theirs (u INTEGER REFERENCES users (id))")
    with pytest.raises(WarehouseError, match=r"because \['theirs'\] refer to them"):
        warehouse.publish([users(4)])


def test_a_locked_database_is_told(tmp_path: Path) -> None:
    warehouse = executed(tmp_path / "w.db")
    warehouse.publish([users(3)])
    writer = sqlite3.connect(tmp_path / "w.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    impatient = SQLAlchemyWarehouse(url=f"{warehouse.url}?timeout=0.1")
    with pytest.raises(WarehouseError, match="cannot be replaced"):
        impatient.publish([users(4)])
    writer.close()
    impatient.publish([users(4)])


@pytest.mark.parametrize(
    "url",
    ["nodialect://host/db", f"{SECRET}", "postgresql+psycopg://me@127.0.0.1:1/db", "sqlite:////no/where.db"],
)
def test_a_database_that_cannot_be_opened_is_told(url: str) -> None:
    with (
        pytest.raises(WarehouseError, match=r"cannot be opened|does not exist") as caught,
        SQLAlchemyWarehouse(url=url, password=SECRET).reading(),
    ):
        pass
    assert SECRET not in str(caught.value)


def test_a_password_is_not_shown_wherever_it_is() -> None:
    warehouse = SQLAlchemyWarehouse(url=f"postgresql://me:{SECRET}@host/db", password=SECRET)
    assert SECRET not in warehouse.place("a")
