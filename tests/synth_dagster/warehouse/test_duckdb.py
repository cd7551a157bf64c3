"""DuckDB as a warehouse: what it says of tables, what it reads, and that publishing is all or nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import duckdb
import pandas as pd
import pytest

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseKey, WarehouseTable
from synth_dagster.warehouse.duckdb import DuckDBWarehouse
from synth_dagster.warehouse.duckdb_reader import DuckDBReader
from synth_models.errors import SchemaError

ODD = 'a "quoted", spaced; table'
SECRET = "very-secret-value"


def executed(path: Path, *statements: str) -> DuckDBWarehouse:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return DuckDBWarehouse(database=str(path), wait_s=1)


def rows_of(warehouse: DuckDBWarehouse, table: str) -> list[tuple]:
    with duckdb.connect(warehouse.database, read_only=True) as connection:
        return connection.execute(f'SELECT * FROM "{warehouse.schema_name}"."{table}" ORDER BY 1').fetchall()


def publication(name: str, frame: pd.DataFrame, table: WarehouseTable) -> Publication:
    return Publication(name, table, lambda: frame)


USERS = WarehouseTable(
    {"id": WarehouseColumn("INTEGER", None, False), "name": WarehouseColumn("VARCHAR", None)}, ("id",)
)
ORDERS = WarehouseTable(
    {"id": WarehouseColumn("INTEGER", None, False), "user": WarehouseColumn("INTEGER", None)},
    ("id",),
    (WarehouseKey(("user",), "users", ()),),
)


def two_tables(rows: int) -> list[Publication]:
    users = pd.DataFrame({"id": range(rows), "name": [f"n{row}" for row in range(rows)]})
    orders = pd.DataFrame({"id": range(rows), "user": range(rows)})
    # The child first: the order of publishing is the warehouse's business.
    return [publication("orders", orders, ORDERS), publication("users", users, USERS)]


def test_the_catalogue_has_columns_types_and_keys(shop_file: Path) -> None:
    with DuckDBWarehouse(database=str(shop_file)).reading() as reader:
        tables = reader.tables()
    assert set(tables) == {"users", "products", "orders", "items"}
    users, items = tables["users"], tables["items"]
    assert {name: column.kind for name, column in users.columns.items()} == {
        "id": "integer",
        "country": "categorical",
        "age": "integer",
        "premium": "boolean",
        "income": "numeric",
        "joined": "date",
    }
    assert (users.columns["premium"].nullable, users.columns["age"].nullable) == (False, True)
    assert tables["products"].columns["price"] == WarehouseColumn("DECIMAL(10,2)", "numeric")
    assert items.primary_key == ("id",)
    assert items.foreign_keys == (
        WarehouseKey(("order",), "orders", ("id",)),
        WarehouseKey(("product",), "products", ("code",)),
    )


def test_only_the_schema_asked_for_is_seen(tmp_path: Path) -> None:
    executed(tmp_path / "w.duckdb", "CREATE TABLE a(x INT)", "CREATE SCHEMA s", "CREATE TABLE s.b(x INT)")
    with DuckDBWarehouse(database=str(tmp_path / "w.duckdb"), schema_name="s").reading() as reader:
        assert set(reader.tables()) == {"b"}


def test_several_schemas_are_one_warehouse(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    executed(file, "CREATE SCHEMA s", "CREATE TABLE s.a(x INT PRIMARY KEY)", "INSERT INTO s.a VALUES (1)")
    executed(file, "CREATE SCHEMA u", "CREATE TABLE u.a(x INT)", "CREATE VIEW u.v AS SELECT * FROM s.a")
    with DuckDBWarehouse(database=str(file), schemas=["s", "u"]).reading() as reader:
        tables = reader.tables()
        frames = {name: reader.read(name, table.columns) for name, table in tables.items()}
    assert {name: len(frame) for name, frame in frames.items()} == {"s.a": 1, "u.a": 0, "u.v": 1}
    other = DuckDBWarehouse(database=str(tmp_path / "o.duckdb"), schemas=["s", "u"])
    assert other.place("u.a") == f"{other.database}: u.a"
    for _ in range(2):
        other.publish([publication(name, frames[name], tables[name]) for name in tables])
    with other.reading() as reader:
        assert reader.tables() == tables
    with pytest.raises(SchemaError, match=r"Table 'a': its name does not begin with one of the schemas s, u"):
        other.publish([publication("a", frames["s.a"], tables["s.a"])])


def test_a_column_called_as_anything_counts_for_the_version(tmp_path: Path) -> None:
    create = "CREATE TABLE a(r INT, t INT, x INT, y INT)"
    one = executed(tmp_path / "1", create, "INSERT INTO a VALUES (1, 1, 1, 1)")
    two = executed(tmp_path / "2", create, "INSERT INTO a VALUES (1, 1, 1, 2)")
    assert contents(one, "r", "t", "y") != contents(two, "r", "t", "y")


def test_every_type_arrives_as_one_that_pandas_can_hold(tmp_path: Path) -> None:
    columns = {
        "i": "INTEGER", "b": "BOOLEAN", "d": "DATE", "t": "TIMESTAMP", "z": "TIMESTAMPTZ",
        "n": "DECIMAL(10, 2)",
        "h": "HUGEINT", "u": "UUID", "e": "ENUM('x', 'y')", "s": "VARCHAR", "whole": "INTEGER",
    }  # fmt: skip
    warehouse = executed(
        tmp_path / "w.duckdb",
        "SET TimeZone = 'Europe/Rome'",
        f"CREATE TABLE a({', '.join(f'{name} {kind}' for name, kind in columns.items())})",
        "INSERT INTO a VALUES (1, true, '2020-01-31', '9999-12-31', '2020-07-01 12:00:00+02', 1.25, 12, "
        "uuid(), 'x', 'word', 1), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2)",
    )
    with warehouse.reading() as reader:
        frame = reader.read("a", reader.tables()["a"].columns)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "i": "Int64", "b": "boolean", "d": "datetime64[us]", "t": "datetime64[us]", "z": "datetime64[us]",
        "n": "float64", "h": "Int64", "u": "object", "e": "object", "s": "object", "whole": "int64",
    }  # fmt: skip
    assert frame["z"][0] == pd.Timestamp("2020-07-01 10:00")  # UTC
    assert frame["i"].isna().tolist() == [False, True]


def test_types_that_are_not_supported_have_no_kind(tmp_path: Path) -> None:
    warehouse = executed(
        tmp_path / "w.duckdb", "CREATE TABLE a(l INTEGER[], b BLOB, j JSON, s STRUCT(x INT))"
    )
    with warehouse.reading() as reader:
        assert {column.kind for column in reader.tables()["a"].columns.values()} == {None}


def test_the_label_of_a_type_holds_no_value() -> None:
    assert WarehouseColumn(f"ENUM('{SECRET}')", "categorical").label == "ENUM"


def contents(warehouse: DuckDBWarehouse, *columns: str) -> tuple[int, str]:
    with warehouse.reading() as reader:
        found = reader.contents("a", columns or ("x", "y"))
    return found.rows, found.version


def test_the_version_tells_the_rows_in_any_order(tmp_path: Path) -> None:
    def version(name: str, values: str) -> tuple[int, str]:
        create = ("CREATE TABLE a(x INT, y VARCHAR)", f"INSERT INTO a VALUES {values}")
        return contents(executed(tmp_path / name, *create))

    base = version("1", "(1, 'a'), (2, NULL), (2, NULL)")
    assert version("2", "(2, NULL), (1, 'a'), (2, NULL)") == base
    others = ["(1, 'a'), (2, NULL)", "(1, 'a'), (1, 'a'), (2, NULL)", "(1, 'a'), (2, 'NULL'), (2, NULL)"]
    found = [version(str(number), values) for number, values in enumerate(others, 3)]
    assert len({base, *found}) == 4
    assert base[0] == 3


def test_the_version_of_an_empty_table_can_be_told(tmp_path: Path) -> None:
    warehouse = executed(tmp_path / "w.duckdb", "CREATE TABLE a(x INT, y VARCHAR)")
    assert contents(warehouse)[0] == 0


def test_reading_leaves_the_file_untouched(shop_file: Path) -> None:
    before = (shop_file.read_bytes(), sorted(shop_file.parent.iterdir()))
    with DuckDBWarehouse(database=str(shop_file)).reading() as reader:
        reader.read("users", reader.tables()["users"].columns)
        with pytest.raises(duckdb.Error):
            cast("DuckDBReader", reader)._connection.execute("DELETE FROM items")
    assert (shop_file.read_bytes(), sorted(shop_file.parent.iterdir())) == before


def test_a_warehouse_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(WarehouseError, match=r"nowhere.duckdb' does not exist"),
        DuckDBWarehouse(database=str(tmp_path / "nowhere.duckdb")).reading(),
    ):
        pass


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.duckdb"
    file.write_text(SECRET * 1000)
    with (
        pytest.raises(WarehouseError, match=r"notes.duckdb' cannot be opened as a DuckDB file") as caught,
        DuckDBWarehouse(database=str(file)).reading(),
    ):
        pass
    assert SECRET not in str(caught.value)


def test_a_locked_file_is_waited_for_and_then_named(shop_file: Path) -> None:
    hold = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", hold, str(shop_file)], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        began = time.monotonic()
        with (
            pytest.raises(WarehouseError, match="locked by another process"),
            DuckDBWarehouse(database=str(shop_file), wait_s=0.5).reading(),
        ):
            pass
        assert time.monotonic() - began >= 0.5
    finally:
        child.kill()
        child.communicate()
    with DuckDBWarehouse(
        database=str(shop_file), wait_s=5
    ).reading() as reader:  # a dead process holds no lock
        assert reader.tables()


def test_tables_are_published_with_their_types_and_keys(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "new" / "out.duckdb"), schema_name="syn")
    warehouse.publish(two_tables(3))
    assert rows_of(warehouse, "users") == [(0, "n0"), (1, "n1"), (2, "n2")]
    with warehouse.reading() as reader:
        tables = reader.tables()
    assert set(tables) == {"users", "orders"}
    assert tables["users"].primary_key == ("id",)
    assert tables["orders"].foreign_keys == (WarehouseKey(("user",), "users", ("id",)),)


def test_published_tables_are_replaced_as_a_whole(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "out.duckdb"), schema_name="syn")
    for rows in (5, 2, 4):
        warehouse.publish(two_tables(rows))
        assert (len(rows_of(warehouse, "users")), len(rows_of(warehouse, "orders"))) == (rows, rows)
    with duckdb.connect(warehouse.database, read_only=True) as connection:
        schemas = connection.execute("SELECT schema_name FROM duckdb_schemas() WHERE NOT internal").fetchall()
    assert {name for (name,) in schemas} == {"syn"}  # nothing is left of the staging


def test_a_schema_may_be_called_as_its_file(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "syn.duckdb"), schema_name="syn")
    for rows in (3, 4):
        warehouse.publish(two_tables(rows))
    with warehouse.reading() as reader:
        tables = reader.tables()
        assert reader.contents("users", ["id"]).rows == 4
        assert len(reader.read("orders", tables["orders"].columns)) == 4
    assert tables["orders"].foreign_keys


def test_a_publication_that_breaks_a_key_changes_nothing(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "out.duckdb"), schema_name="syn")
    warehouse.publish(two_tables(3))
    orders, users = two_tables(6)
    broken = pd.DataFrame({"id": [1, 2], "user": [1, 123456]})
    with pytest.raises(WarehouseError, match="Table 'orders': its rows break a key") as caught:
        warehouse.publish([users, publication("orders", broken, ORDERS)])
    assert "123456" not in str(caught.value)
    assert caught.value.__cause__ is None  # a cause would be shown with its message
    assert caught.value.__suppress_context__
    assert (len(rows_of(warehouse, "users")), len(rows_of(warehouse, "orders"))) == (3, 3)
    warehouse.publish([users, orders])
    assert len(rows_of(warehouse, "orders")) == 6


def test_rows_that_do_not_fit_their_types_are_told_without_a_value(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "out.duckdb"))
    users = pd.DataFrame({"id": ["1", SECRET], "name": ["a", "b"]})
    with pytest.raises(
        WarehouseError, match="Table 'users': its rows cannot be written with the types"
    ) as caught:
        warehouse.publish([publication("users", users, USERS)])
    assert SECRET not in str(caught.value)


def test_a_foreign_key_of_somebody_elses_table_stops_the_publication(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "out.duckdb"))
    warehouse.publish(two_tables(3))
    executed(tmp_path / "out.duckdb", "CREATE TABLE theirs(u INTEGER REFERENCES users (id))")
    with pytest.raises(WarehouseError, match=r"because \['theirs'\] refer to them"):
        warehouse.publish(two_tables(4))
    assert len(rows_of(warehouse, "users")) == 3


def test_a_view_in_the_way_is_told(tmp_path: Path) -> None:
    warehouse = executed(tmp_path / "out.duckdb", "CREATE VIEW users AS SELECT 1 AS id")
    with pytest.raises(WarehouseError, match="none of them is a view"):
        warehouse.publish(two_tables(1))


def test_odd_names_and_keys_to_itself_are_published(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "out.duckdb"), schema_name='an "odd" schema')
    columns = {
        'the "key"': WarehouseColumn("INTEGER", None, False),
        "select": WarehouseColumn("INTEGER", None),
    }
    table = WarehouseTable(columns, ('the "key"',), (WarehouseKey(("select",), ODD, ()),))
    frame = pd.DataFrame({'the "key"': [1, 2], "select": pd.array([None, 1], dtype="Int64")})
    for _ in range(2):
        warehouse.publish([publication(ODD, frame, table)])
    with warehouse.reading() as reader:
        found = reader.tables()[ODD]
        assert found.primary_key == ('the "key"',)
        assert reader.read(ODD, found.columns)["select"].isna().tolist() == [True, False]


def test_zoned_times_come_back_as_they_were(tmp_path: Path) -> None:
    source = executed(
        tmp_path / "in.duckdb",
        "CREATE TABLE a(t TIMESTAMPTZ)",
        "INSERT INTO a VALUES ('2020-07-01 12:00:00+02')",
    )
    with source.reading() as reader:
        table = reader.tables()["a"]
        frame = reader.read("a", table.columns)
    target = DuckDBWarehouse(database=str(tmp_path / "out.duckdb"))
    target.publish([publication("a", frame, table)])
    with target.reading() as reader:
        assert reader.read("a", reader.tables()["a"].columns).equals(frame)


KILLED = """
import sys, time
import pandas as pd
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseTable
from synth_dagster.warehouse.duckdb import DuckDBWarehouse

def slow():
    print("loading", flush=True)
    time.sleep(60)

columns = {"id": WarehouseColumn("INTEGER", None), "name": WarehouseColumn("VARCHAR", None)}
users = WarehouseTable(columns, ("id",))
frame = pd.DataFrame({"id": range(9), "name": "new"})
DuckDBWarehouse(database=sys.argv[1], schema_name="syn").publish(
    [Publication("users", users, lambda: frame), Publication("more", users, slow)]
)
"""


def test_a_killed_publication_leaves_the_old_tables(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(database=str(tmp_path / "out.duckdb"), schema_name="syn", wait_s=5)
    warehouse.publish(two_tables(3))
    child = subprocess.Popen([sys.executable, "-c", KILLED, warehouse.database], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"loading\n"
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert len(rows_of(warehouse, "users")) == 3
    warehouse.publish(two_tables(4))
    assert len(rows_of(warehouse, "orders")) == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WarehouseError, match="cannot be"):
        DuckDBWarehouse(database=str(tmp_path / "x" / "out.duckdb")).publish(two_tables(1))
