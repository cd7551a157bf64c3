"""Tables that fall into parts by a time or a value, their own or that of a row they refer to."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.base import (
    Contents,
    Publication,
    WarehouseColumn,
    WarehouseKey,
    WarehouseReader,
    WarehouseTable,
)
from synth_dagster.warehouse.division import Division, Link
from synth_models.errors import SettingError

ORDERS = WarehouseTable(
    {
        "id": WarehouseColumn("x", "integer", False),
        "placed": WarehouseColumn("x", "datetime"),
        "shop": WarehouseColumn("x", "categorical"),
    },
    ("id",),
)
ITEMS = WarehouseTable(
    {"id": WarehouseColumn("x", "integer", False), "order": WarehouseColumn("x", "integer")},
    ("id",),
    (WarehouseKey(("order",), "orders", ()),),
)
TIMES = ["2026-01-01 00:00", "2026-01-01 23:59:59.5", "2026-01-02 00:00", "2026-02-03 12:00", None]
DAY, MONTH = Division("placed", "day"), Division("placed", "month")
SHOP = Division("shop", None)
OF_ITEMS = Division("placed", "day", (Link("order", "orders", "id"),))


def orders() -> pd.DataFrame:
    shops = ["north", "it's", "north", "south", None]
    times = pd.to_datetime(TIMES, format="ISO8601").astype("datetime64[us]")
    return pd.DataFrame({"id": range(5), "placed": times, "shop": shops})


def items() -> pd.DataFrame:
    return pd.DataFrame({"id": range(10), "order": [n // 2 for n in range(10)]})


def publish(warehouse: Warehouse, orders: pd.DataFrame, items: pd.DataFrame) -> None:
    warehouse.publish(
        [Publication("orders", ORDERS, lambda: orders), Publication("items", ITEMS, lambda: items)]
    )


def parts(reader: WarehouseReader, table: str, division: Division) -> dict[str, Contents]:
    return reader.parts(table, list(reader.tables()[table].columns), division)


@pytest.fixture
def divisible(backend: Any) -> Warehouse:
    """A warehouse with parts."""
    warehouse = backend.warehouse()
    publish(warehouse, orders(), items())
    if backend.type == "sqlalchemy":
        with warehouse.reading() as reader, pytest.raises(SettingError, match="cannot divide its tables"):
            parts(reader, "orders", DAY)
        pytest.skip("this backend says that it cannot divide its tables")
    return warehouse


def test_every_row_with_a_time_is_in_one_part(divisible: Warehouse) -> None:
    with divisible.reading() as reader:
        found = {
            name: {part: contents.rows for part, contents in parts(reader, table, division).items()}
            for name, table, division in (
                ("day", "orders", DAY),
                ("month", "orders", MONTH),
                ("shop", "orders", SHOP),
                ("items", "items", OF_ITEMS),
            )
        }
    assert found == {
        "day": {"2026-01-01": 2, "2026-01-02": 1, "2026-02-03": 1},
        "month": {"2026-01-01": 3, "2026-02-01": 1},
        "shop": {"north": 2, "it's": 1, "south": 1},
        "items": {"2026-01-01": 4, "2026-01-02": 2, "2026-02-03": 2},
    }


def test_the_rows_of_a_part_are_read_alone(divisible: Warehouse) -> None:
    with divisible.reading() as reader:
        tables = reader.tables()

        def ids(table: str, division: Division, part: str) -> list[int]:
            batches = reader.batches(table, tables[table].columns, part=(division, part))
            return sorted(i for batch in batches for i in batch.column("id").to_pylist())

        assert ids("orders", DAY, "2026-01-01") == [0, 1]
        assert ids("orders", MONTH, "2026-01-01") == [0, 1, 2]
        assert ids("orders", SHOP, "it's") == [1]
        assert ids("items", OF_ITEMS, "2026-02-03") == [6, 7]
        assert ids("items", OF_ITEMS, "2027-01-01") == []


def test_only_the_part_that_changed_has_another_version(divisible: Warehouse) -> None:
    with divisible.reading() as reader:
        before = parts(reader, "orders", DAY), parts(reader, "items", OF_ITEMS)
    changed = orders().iloc[::-1]
    changed.loc[2, "shop"] = "east"
    publish(divisible, changed, items().iloc[1:])
    with divisible.reading() as reader:
        after = parts(reader, "orders", DAY), parts(reader, "items", OF_ITEMS)
    moved = [{part for part in old if old[part] != new[part]} for old, new in zip(before, after, strict=True)]
    assert moved == [{"2026-01-02"}, {"2026-01-01"}]


def test_days_are_those_of_utc(backend: Any) -> None:
    if backend.name not in ("duckdb", "postgres"):
        pytest.skip("this backend has no times with zones")
    warehouse = backend.warehouse()
    late = dt.datetime(2026, 1, 1, 23, 30)
    frame = pd.DataFrame({"id": [1], "placed": pd.Series([late]).astype("datetime64[us]")})
    zoned = {"duckdb": "TIMESTAMP WITH TIME ZONE", "postgres": "timestamp with time zone"}[backend.name]
    table = WarehouseTable(
        {"id": WarehouseColumn("x", "integer"), "placed": WarehouseColumn(zoned, "datetime")}
    )
    warehouse.publish([Publication("orders", table, lambda: frame)])
    with warehouse.reading() as reader:
        assert set(parts(reader, "orders", DAY)) == {"2026-01-01"}
