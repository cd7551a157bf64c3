"""Versions that were published before: kept, counted, removed, and brought back, whatever the warehouse."""

from typing import Any

import pandas as pd
import pytest

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.base import Contents, Publication, WarehouseColumn, WarehouseKey, WarehouseTable
from synth_dagster.warehouse.versions import restore
from synth_models.errors import SettingError

USERS = WarehouseTable(
    {
        "id": WarehouseColumn("x", "integer", False),
        "name": WarehouseColumn("x", "categorical"),
        "joined": WarehouseColumn("x", "datetime"),
    },
    ("id",),
)
ORDERS = WarehouseTable(
    {"id": WarehouseColumn("x", "integer", False), "user": WarehouseColumn("x", "integer")},
    ("id",),
    (WarehouseKey(("user",), "users", ()),),
)
Everything = dict[str, tuple[WarehouseTable, Contents]]


@pytest.fixture
def keeper(backend: Any) -> Any:
    """Each backend that keeps versions."""
    if not backend.warehouse().keeps:
        pytest.skip("it keeps no versions, and says so (below)")
    return backend


def tables(rows: int, *names: str) -> list[Publication]:
    frames = {
        "users": pd.DataFrame({"id": range(rows), "name": f"of {rows}", "joined": pd.Timestamp(2020, 1, 1)}),
        "orders": pd.DataFrame({"id": range(rows), "user": range(rows)}),
        'odd "name"': pd.DataFrame({"id": range(rows), "user": range(rows)}),
    }
    chosen = names or ("orders", "users")
    # The child first: the order of publishing is the warehouse's business.
    return [
        Publication(name, USERS if name == "users" else ORDERS, lambda name=name: frames[name])
        for name in chosen
    ]


def seen(reader: Any) -> Everything:
    return {
        name: (table, reader.contents(name, list(table.columns))) for name, table in reader.tables().items()
    }


def now(warehouse: Warehouse) -> Everything:
    with warehouse.reading() as reader:
        return seen(reader)


def then(warehouse: Warehouse, version: str) -> Everything:
    with warehouse.kept(version) as reader:
        return seen(reader)


def test_as_many_versions_are_kept_as_are_asked_for(keeper: Any) -> None:
    warehouse, before = keeper.warehouse(), []
    for rows in (1, 2, 3, 4):
        warehouse.publish(tables(rows), keep=2)
        before.append(now(warehouse))
    versions = warehouse.versions()
    assert versions == sorted(versions, reverse=True)
    assert [then(warehouse, version) for version in versions] == [before[2], before[1]]
    assert before[2]["orders"][0].foreign_keys[0].parent == "users"  # its keys are kept, to the kept table
    assert {contents.rows for _, contents in before[3].values()} == {4}
    warehouse.publish(tables(5))
    assert warehouse.versions() == []


def test_without_the_setting_nothing_is_kept(keeper: Any) -> None:
    warehouse = keeper.warehouse()
    for rows in (1, 2):
        warehouse.publish(tables(rows))
    assert warehouse.versions() == []


def test_a_version_comes_back_and_what_it_replaces_is_kept(keeper: Any) -> None:
    warehouse, before = keeper.warehouse(), []
    for rows in (3, 4, 5):
        warehouse.publish(tables(rows), keep=2)
        before.append(now(warehouse))
    newest, oldest = warehouse.versions()
    assert restore(warehouse, oldest) == ["orders", "users"]
    assert now(warehouse) == before[0]
    assert warehouse.versions()[1:] == [newest, oldest]
    restore(warehouse, "latest")  # and back
    assert now(warehouse) == before[2]
    warehouse.publish(tables(6), keep=1)
    assert [then(warehouse, version) for version in warehouse.versions()] == [before[2]]


def test_versions_of_other_tables_are_left_alone(keeper: Any) -> None:
    warehouse = keeper.warehouse()
    for rows in (1, 2):
        warehouse.publish(tables(rows), keep=1)
    (others,) = warehouse.versions()
    for rows in (1, 2, 3):
        warehouse.publish(tables(rows, 'odd "name"'), keep=1)
    newest, oldest = warehouse.versions()
    assert oldest == others
    assert set(then(warehouse, newest)) == {'odd "name"'}
    restore(warehouse, newest)
    assert now(warehouse)['odd "name"'][1].rows == 2
    assert now(warehouse)["users"][1].rows == 2


def test_a_publication_that_breaks_a_rule_leaves_all_versions(keeper: Any) -> None:
    warehouse = keeper.warehouse()
    for rows in (1, 2):
        warehouse.publish(tables(rows), keep=1)
    before = now(warehouse), {version: then(warehouse, version) for version in warehouse.versions()}
    orphans = Publication("orders", ORDERS, lambda: pd.DataFrame({"id": [1], "user": [123456]}))
    with pytest.raises(WarehouseError, match="break a key"):
        warehouse.publish([tables(3, "users")[0], orphans], keep=1)
    assert (now(warehouse), {v: then(warehouse, v) for v in warehouse.versions()}) == before


def test_a_version_that_is_not_there_is_told(keeper: Any) -> None:
    warehouse = keeper.warehouse()
    warehouse.publish(tables(1), keep=1)
    with pytest.raises(SettingError, match=r"no version 'latest' .*kept are: none"):
        restore(warehouse, "latest")
    warehouse.publish(tables(2), keep=1)
    with pytest.raises(SettingError, match=rf"no version 'x' .*kept are: {warehouse.versions()[0]}"):
        restore(warehouse, "x")


def test_who_keeps_nothing_says_so(backend: Any) -> None:
    warehouse = backend.warehouse()
    if warehouse.keeps:
        pytest.skip("it keeps versions")
    with pytest.raises(SettingError, match=r"publish\.keep: .* keeps no old versions"):
        warehouse.publish(tables(1), keep=1)
    warehouse.publish(tables(1), keep=0)
    assert warehouse.versions() == []
    with pytest.raises(SettingError, match="keeps no old versions"):
        warehouse.kept("x")


@pytest.mark.parametrize("name", ["duckdb", "postgres"])
def test_versions_of_several_schemas_belong_together(name: str, places: Any) -> None:
    schemas = ["a", 'b "c"']
    warehouse = places.new(name).warehouse(schemas=schemas)
    frame = pd.DataFrame({"id": [1], "user": [1]})
    child = WarehouseTable(ORDERS.columns, ("id",), (WarehouseKey(("user",), "a.parent", ()),))
    parent = WarehouseTable(ORDERS.columns, ("id",))
    names = ["a.parent", 'b "c".child']
    before = []
    for rows in (1, 2, 3):
        one = pd.concat([frame + n for n in range(rows)])
        warehouse.publish(
            [
                Publication(names[1], child, lambda one=one: one),
                Publication(names[0], parent, lambda one=one: one),
            ],
            keep=1,
        )
        before.append(now(warehouse))
    (version,) = warehouse.versions()
    assert set(then(warehouse, version)) == set(names)
    assert then(warehouse, version) == before[1]
    restore(warehouse, version)
    assert now(warehouse) == before[1]
