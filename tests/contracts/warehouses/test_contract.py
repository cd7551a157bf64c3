"""What every warehouse promises, whichever it is."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from synth_dagster.failure import StaleError, WarehouseError
from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.arrow import ARROW_TYPES
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseKey, WarehouseTable

ODD = 'select "x";'
SECRET = "very-secret-value"


def column(kind: str, nullable: bool = True) -> WarehouseColumn:
    """A column of a type that no database has: its kind decides."""
    return WarehouseColumn("somebody else's", kind, nullable)


USERS = WarehouseTable({"id": column("integer", False), "name": column("categorical")}, ("id",))
ORDERS = WarehouseTable(
    {"id": column("integer", False), "user": column("integer")},
    ("id",),
    (WarehouseKey(("user",), "users", ()),),
)
EVERY_KIND = {
    "i": pd.array([1, None, -(2**40)], dtype="Int64"),
    "n": [1.5, None, -2.25],
    "b": pd.array([True, None, False], dtype="boolean"),
    "d": pd.to_datetime(["2020-01-31", None, "1999-12-31"]).as_unit("us"),
    "t": pd.to_datetime(["2020-01-31 10:20:30.123456", None, "1969-07-20 00:00:00.5"]).astype(
        "datetime64[us]"
    ),
    "h": [dt.time(10, 20, 30, 400000), None, dt.time(0, 0)],
    "l": pd.to_timedelta(["3 days 00:00:01.5", None, "-1 hour"]).as_unit("us"),
    "c": ["zoë", None, 'it\'s, "so"'],
}
KINDS = {
    "i": "integer", "n": "numeric", "b": "boolean", "d": "date", "t": "datetime", "h": "time",
    "l": "duration", "c": "categorical",
}  # fmt: skip


def publication(name: str, frame: pd.DataFrame, table: WarehouseTable) -> Publication:
    return Publication(name, table, lambda: frame)


def two_tables(rows: int, name: str = "n") -> list[Publication]:
    users = pd.DataFrame({"id": range(rows), "name": name})
    orders = pd.DataFrame({"id": range(rows), "user": range(rows)})
    # The child first: the order of publishing is the warehouse's business.
    return [publication("orders", orders, ORDERS), publication("users", users, USERS)]


def table_of(warehouse: Warehouse, name: str) -> WarehouseTable:
    with warehouse.reading() as reader:
        return reader.tables()[name]


def frame_of(warehouse: Warehouse, name: str, order: str = "id") -> pd.DataFrame:
    with warehouse.reading() as reader:
        frame = reader.read(name, reader.tables()[name].columns)
    return frame.sort_values(order, ignore_index=True)


def counts(warehouse: Warehouse) -> tuple[int, int]:
    return len(frame_of(warehouse, "users")), len(frame_of(warehouse, "orders"))


# ---- types


def test_every_kind_comes_back_as_it_was(backend: Any) -> None:
    warehouse = backend.warehouse()
    frame = pd.DataFrame({"id": [1, 2, 3], **EVERY_KIND})
    table = WarehouseTable({"id": column("integer")} | {name: column(kind) for name, kind in KINDS.items()})
    warehouse.publish([publication("a", frame, table)])
    found = table_of(warehouse, "a").columns
    read = frame_of(warehouse, "a")
    if not backend.durations:
        assert found["l"].kind == "integer"
        read["l"] = pd.to_timedelta(read["l"].astype("Int64"), unit="us").astype("timedelta64[us]")
    assert {n: c.kind for n, c in found.items()} | {"l": "duration"} == {"id": "integer", **KINDS}
    pd.testing.assert_frame_equal(read, frame)


def test_batches_are_small_and_typed_by_kind(backend: Any) -> None:
    warehouse = backend.warehouse()
    rows = 2_500
    frame = pd.DataFrame({"id": range(rows), "x": 0.5, "w": "word", "t": pd.Timestamp("2020-01-01")})
    kinds = {"id": "integer", "x": "numeric", "w": "categorical", "t": "datetime"}
    table = WarehouseTable({name: column(kind) for name, kind in kinds.items()})
    warehouse.publish([publication("a", frame, table)])
    with warehouse.reading() as reader:
        columns = reader.tables()["a"].columns
        batches = list(reader.batches("a", columns, rows=1_000))
    assert max(batch.num_rows for batch in batches) <= 1_000
    types = [ARROW_TYPES.get(kind, pa.string()) for kind in kinds.values()]
    assert {tuple(batch.schema.types) for batch in batches} == {tuple(types)}
    ids = pa.concat_arrays([batch.column(0) for batch in batches]).to_pylist()
    assert sorted(ids) == list(range(rows))


def test_a_stream_may_be_left_early_and_another_begun(backend: Any) -> None:
    warehouse = backend.warehouse()
    warehouse.publish(two_tables(5_000))
    with warehouse.reading() as reader:
        columns = reader.tables()["users"].columns
        stream = reader.batches("users", columns, rows=100)
        assert next(stream).num_rows == 100
        stream.close()
        assert len(reader.read("users", columns)) == 5_000


def test_rows_may_come_as_a_stream_of_batches(backend: Any) -> None:
    warehouse = backend.warehouse()
    schema = pa.schema(
        {"id": pa.int32(), "name": pa.dictionary(pa.int8(), pa.large_string()), "extra": pa.int8()}
    )

    def batches() -> Iterator[pa.RecordBatch]:
        for start in (0, 3):
            frame = pd.DataFrame({"id": range(start, start + 3), "name": ["a", None, "b"], "extra": 0})
            yield pa.RecordBatch.from_pandas(frame, schema)

    stream = Publication("users", USERS, lambda: pa.RecordBatchReader.from_batches(schema, batches()))
    warehouse.publish([stream])
    read = frame_of(warehouse, "users")
    assert read["id"].tolist() == list(range(6))
    assert read["name"].tolist() == ["a", None, "b", "a", None, "b"]


def test_tables_without_rows_are_published_and_read(backend: Any) -> None:
    warehouse = backend.warehouse()
    frame = pd.DataFrame({"id": pd.Series(dtype="int64"), "name": pd.Series(dtype="object")})
    warehouse.publish([publication("users", frame, USERS)])
    assert len(frame_of(warehouse, "users")) == 0
    with warehouse.reading() as reader:
        assert reader.contents("users", ["id", "name"]).rows == 0


def test_empty_texts_are_not_missing_ones(backend: Any) -> None:
    warehouse = backend.warehouse()
    warehouse.publish([publication("users", pd.DataFrame({"id": [1, 2], "name": ["", None]}), USERS)])
    name = frame_of(warehouse, "users")["name"]
    assert name.isna().tolist() == [not backend.empty_texts, True]


# ---- versions


def test_the_version_tells_the_rows_in_any_order(backend: Any) -> None:
    def version(ids: list[int], names: list[str | None], r: float = 0.5) -> tuple[int, str]:
        warehouse = backend.warehouse()
        table = WarehouseTable(
            {"id": column("integer"), "r": column("numeric"), "name": column("categorical")}
        )
        warehouse.publish([publication("a", pd.DataFrame({"id": ids, "r": r, "name": names}), table)])
        with warehouse.reading() as reader:
            reader.tables()
            found = reader.contents("a", ["id", "r", "name"])
        return found.rows, found.version

    base = version([1, 2, 2], ["a", None, None])
    assert version([2, 1, 2], [None, "a", None]) == base
    others = [
        version([1, 2], ["a", None]),
        version([1, 1, 2], ["a", "a", None]),
        version([1, 2, 2], ["a", "NULL", None]),
        version([1, 2, 2], ["a", None, None], r=0.25),
    ]
    assert len({base, *others}) == 5
    assert base[0] == 3


# ---- keys and names


def test_keys_are_declared_and_told(backend: Any) -> None:
    warehouse = backend.warehouse()
    lines = WarehouseTable(
        {"order": column("integer", False), "line": column("integer", False)},
        ("order", "line"),
        (WarehouseKey(("order",), "orders", ()),),
    )
    notes = WarehouseTable(
        {"id": column("integer", False), "o": column("integer"), "l": column("integer")},
        ("id",),
        (WarehouseKey(("o", "l"), "lines", ()),),
    )
    warehouse.publish(
        [
            publication("notes", pd.DataFrame({"id": [1], "o": [1], "l": [0]}), notes),
            publication("lines", pd.DataFrame({"order": [1, 1], "line": [0, 1]}), lines),
            *two_tables(3),
        ]
    )
    with warehouse.reading() as reader:
        tables = reader.tables()
    assert set(tables) == {"users", "orders", "lines", "notes"}
    assert {name: table.primary_key for name, table in tables.items()} == {
        "users": ("id",), "orders": ("id",), "lines": ("order", "line"), "notes": ("id",),
    }  # fmt: skip
    assert [(key.columns, key.parent) for key in tables["orders"].foreign_keys] == [(("user",), "users")]
    assert [(key.columns, key.parent) for key in tables["notes"].foreign_keys] == [(("o", "l"), "lines")]
    assert not tables["orders"].columns["id"].nullable
    assert tables["orders"].columns["user"].nullable


def test_circles_of_keys_are_published_again_and_again(backend: Any) -> None:
    warehouse = backend.warehouse()
    nodes = {"id": column("integer", False), "other": column("integer")}
    hens = WarehouseTable(nodes, ("id",), (WarehouseKey(("other",), "eggs", ()),))
    eggs = WarehouseTable(nodes, ("id",), (WarehouseKey(("other",), "hens", ()),))
    frame = pd.DataFrame({"id": [1, 2], "other": [2, 1]})
    for _ in range(2):
        warehouse.publish([publication("hens", frame, hens), publication("eggs", frame, eggs)])
    with warehouse.reading() as reader:
        tables = reader.tables()
    declared = {name for name in ("hens", "eggs") if tables[name].foreign_keys}
    assert len(declared) == (2 if backend.circles else 1)


def test_odd_names_and_keys_to_itself_are_published(backend: Any) -> None:
    warehouse = backend.warehouse()
    columns = {
        'the "key"': column("integer", False),
        "select": column("integer"),
        "100 % {of} %(x)s": column("categorical"),
        "año.mes": column("numeric"),
        "r": column("numeric"),
    }
    table = WarehouseTable(columns, ('the "key"',), (WarehouseKey(("select",), ODD, ()),))
    frame = pd.DataFrame(
        {
            'the "key"': [1, 2],
            "select": pd.array([None, 1], dtype="Int64"),
            "100 % {of} %(x)s": ["a", "b"],
            "año.mes": [0.5, 1.5],
            "r": [1.0, 2.0],
        }
    )
    for _ in range(2):
        warehouse.publish([publication(ODD, frame, table)])
    with warehouse.reading() as reader:
        found = reader.tables()[ODD]
        assert reader.contents(ODD, list(columns)).rows == 2
    assert found.primary_key == ('the "key"',)
    assert [key.columns for key in found.foreign_keys if key.parent == ODD] in ([("select",)], [])
    assert bool(found.foreign_keys) == backend.circles
    pd.testing.assert_frame_equal(frame_of(warehouse, ODD, 'the "key"'), frame)


# ---- all or nothing


def test_published_tables_are_replaced_as_a_whole(backend: Any) -> None:
    warehouse = backend.warehouse()
    for rows in (5, 2, 4):
        warehouse.publish(two_tables(rows))
        assert counts(warehouse) == (rows, rows)
    with warehouse.reading() as reader:
        assert set(reader.tables()) == {"users", "orders"}  # nothing is left of what was before


@pytest.mark.parametrize(
    ("table", "frame"),
    [
        ("orders", {"id": [1, 2], "user": [1, 123456]}),  # an orphan
        ("orders", {"id": [123456, 123456], "user": [1, 1]}),  # a primary key twice
        ("orders", {"id": pd.array([123456, None], dtype="Int64"), "user": [1, 1]}),  # a key that is missing
    ],
)
def test_a_publication_that_breaks_a_rule_changes_nothing(
    backend: Any, table: str, frame: dict[str, Any]
) -> None:
    warehouse = backend.warehouse()
    warehouse.publish(two_tables(3))
    orders, users = two_tables(6)
    with pytest.raises(WarehouseError, match=f"Table '{table}': its rows break a key") as caught:
        warehouse.publish([users, publication(table, pd.DataFrame(frame), ORDERS)])
    assert "123456" not in str(caught.value)
    assert caught.value.__cause__ is None  # a cause would be shown with its message
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert counts(warehouse) == (3, 3)
    warehouse.publish([users, orders])
    assert counts(warehouse) == (6, 6)


def test_rows_that_do_not_fit_their_types_are_told_without_a_value(backend: Any) -> None:
    warehouse = backend.warehouse()
    warehouse.publish(two_tables(3))
    users = WarehouseTable(
        {"id": WarehouseColumn("INTEGER", None, False), "name": WarehouseColumn("VARCHAR", None)}, ("id",)
    )
    frame = pd.DataFrame({"id": ["1", SECRET], "name": ["a", "b"]})
    with pytest.raises(
        WarehouseError, match="Table 'users': its rows cannot be written with the types"
    ) as caught:
        warehouse.publish([publication("users", frame, users), two_tables(4)[0]])
    assert SECRET not in str(caught.value)
    assert counts(warehouse) == (3, 3)


def test_rows_that_cannot_be_loaded_change_nothing(backend: Any) -> None:
    def gone() -> pd.DataFrame:
        raise StaleError("It is no longer staged.")

    warehouse = backend.warehouse()
    warehouse.publish(two_tables(3))
    _, users = two_tables(6)
    with pytest.raises(StaleError, match="no longer staged"):
        warehouse.publish([users, Publication("orders", ORDERS, gone)])
    assert counts(warehouse) == (3, 3)


def test_readers_see_the_old_tables_until_all_new_ones_are_there(backend: Any) -> None:
    warehouse = backend.warehouse()
    warehouse.publish(two_tables(3))
    orders, users = two_tables(6)
    seen = []

    def look() -> pd.DataFrame:
        try:
            seen.append(counts(backend.warehouse()))
        except WarehouseError as error:
            seen.append(str(error))
        return orders.load()

    warehouse.publish([users, Publication("orders", ORDERS, look)])
    assert counts(warehouse) == (6, 6)
    assert seen[0] == (3, 3) if backend.shares else "locked by another process" in seen[0]


KILLED = """
import json, sys, time
import pandas as pd
from synth_dagster.warehouse import WAREHOUSES
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseTable

def slow():
    print("loading", flush=True)
    time.sleep(60)

columns = {"id": WarehouseColumn("", "integer"), "name": WarehouseColumn("", "categorical")}
users = WarehouseTable(columns, ("id",))
frame = pd.DataFrame({"id": range(9), "name": "new"})
WAREHOUSES.get(sys.argv[1])(**json.loads(sys.argv[2])).publish(
    [Publication("users", users, lambda: frame), Publication("more", users, slow)]
)
"""


def test_a_killed_publication_leaves_the_old_tables(backend: Any) -> None:
    if backend.name == "remote":
        pytest.skip("the memory of a process that is killed is gone")
    warehouse = backend.warehouse()
    warehouse.publish(two_tables(3))
    command = [sys.executable, "-c", KILLED, backend.type, json.dumps(backend.settings)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"loading\n"
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert counts(warehouse) == (3, 3)
    warehouse.publish(two_tables(4))
    assert counts(warehouse) == (4, 4)
    with warehouse.reading() as reader:
        assert set(reader.tables()) == {"users", "orders"}


# ---- what goes wrong


def test_a_table_that_is_not_there_is_told(backend: Any) -> None:
    warehouse = backend.warehouse()
    warehouse.publish(two_tables(3))
    with warehouse.reading() as reader:
        reader.tables()
        with pytest.raises(WarehouseError, match="'gone' vanished"):
            reader.contents("gone", ["id"])
    with warehouse.reading() as reader, pytest.raises(WarehouseError, match="'gone' vanished"):
        list(reader.batches("gone", {"id": column("integer")}))


NOWHERE: dict[str, Callable[[Path], dict[str, Any]]] = {
    "duckdb": lambda path: {"database": str(path / "nowhere.duckdb")},
    "postgres": lambda _: {"host": "127.0.0.1", "port": 1, "user": "me", "password": SECRET},
    "folder": lambda path: {"path": str(path / "nowhere")},
    "sqlalchemy": lambda path: {"url": f"sqlite:///{path}/nowhere.db", "password": ""},
}


def test_a_warehouse_that_cannot_be_reached_is_told(backend: Any, tmp_path: Path) -> None:
    settings = NOWHERE[backend.type](tmp_path)
    with (
        pytest.raises(WarehouseError, match=r"does not exist|cannot be reached") as caught,
        backend.warehouse(**settings).reading(),
    ):
        pass
    assert SECRET not in str(caught.value)
    assert not list(tmp_path.glob("nowhere*"))


def test_a_full_disk_is_told_and_changes_nothing(backend: Any, places: Any, small_disk: Path) -> None:
    if backend.name == "remote":
        pytest.skip("it is in memory")
    warehouse = places.new(backend.name, small_disk).warehouse()
    warehouse.publish(two_tables(3))
    rows = 1_500_000
    numbers = pd.DataFrame({"id": range(rows)})
    big = pd.DataFrame({"id": numbers["id"], "name": (numbers["id"] * 7919 % 1_000_003).astype(str) * 4})
    with pytest.raises(WarehouseError, match="no room left"):
        warehouse.publish([publication("users", big, USERS), two_tables(4)[0]])
    assert counts(warehouse) == (3, 3)


def test_secrets_are_not_shown(backend: Any) -> None:
    warehouse = backend.warehouse()
    for said in (repr(warehouse), str(warehouse), warehouse.place("orders")):
        for secret in filter(None, (warehouse.__dict__.get(name) for name in ("password", "dsn"))):
            assert secret not in said
    assert warehouse.place("orders").endswith("orders")


# ---- from one to another


@pytest.mark.parametrize("source", ["duckdb", "postgres", "parquet", "sqlite"])
def test_tables_move_between_warehouses(source: str, backend: Any, places: Any) -> None:
    first = places.new(source)
    frame = pd.DataFrame({"id": [1, 2, 3], **EVERY_KIND}).drop(columns="l" if not first.durations else [])
    kinds = {"id": "integer", **KINDS}
    table = WarehouseTable({name: column(kinds[name]) for name in frame}, ("id",))
    first.warehouse().publish([publication("a", frame, table)])
    with first.warehouse().reading() as reader:
        found = reader.tables()["a"]
        schema = pa.schema({n: ARROW_TYPES.get(c.kind or "", pa.string()) for n, c in found.columns.items()})
        stream = pa.RecordBatchReader.from_batches(schema, reader.batches("a", found.columns))
        second = backend.warehouse()
        second.publish([Publication("a", found, lambda: stream)])
    read = frame_of(second, "a")
    columns = [name for name in frame if name != "l"]
    pd.testing.assert_frame_equal(read[columns], frame[columns])
    assert table_of(second, "a").primary_key == ("id",)
