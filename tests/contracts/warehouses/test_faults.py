"""A publication that breaks at any of its statements leaves the tables that were published, whole."""

import importlib
from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import pytest

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.base import (
    Publication,
    WarehouseColumn,
    WarehouseKey,
    WarehouseReader,
    WarehouseTable,
)

USERS = WarehouseTable(
    {"id": WarehouseColumn("x", "integer", False), "name": WarehouseColumn("x", "categorical")}, ("id",)
)
ORDERS = WarehouseTable(
    {"id": WarehouseColumn("x", "integer", False), "user": WarehouseColumn("x", "integer")},
    ("id",),
    (WarehouseKey(("user",), "users", ()),),
)
STATEMENTS = ("execute", "adbc_ingest", "commit")


class Breaking:
    """A connection, or a cursor of it, that breaks before one of the statements that change something.

    Args:
        real: It does all the work.
        break_at: Which statement; they are counted through.
        error: What is raised.
        done: The statements that were executed; shared with its cursors.
    """

    def __init__(self, real: Any, break_at: int, error: BaseException, done: list[str]) -> None:
        self._real, self._break_at, self._error, self._done = real, break_at, error, done

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._real, name)
        if name == "cursor":
            return lambda: Breaking(attribute(), self._break_at, self._error, self._done)
        return self._counted(attribute) if name in STATEMENTS else attribute

    def __enter__(self) -> "Breaking":
        self._real.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._real.__exit__(*error)

    def _counted(self, statement: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            self._done.append(str(arguments[0]) if arguments else "COMMIT")
            if len(self._done) == self._break_at:
                raise self._error
            return statement(*arguments, **named)

        return run


def publish(warehouse: Warehouse, rows: int, keep: int = 0) -> None:
    users = pd.DataFrame({"id": range(rows), "name": f"of {rows}"})
    orders = pd.DataFrame({"id": range(rows), "user": range(rows)})
    warehouse.publish(
        [Publication("orders", ORDERS, lambda: orders), Publication("users", USERS, lambda: users)],
        keep,
    )


def content(warehouse: Warehouse) -> dict[str, Any]:
    """Every table, with its keys and its version; and those of the versions that are kept."""

    def seen(reader: WarehouseReader) -> dict[str, Any]:
        return {n: (t, reader.contents(n, list(t.columns))) for n, t in reader.tables().items()}

    with warehouse.reading() as reader:
        found = seen(reader)
    for version in warehouse.versions():
        with warehouse.kept(version) as reader:
            found |= {f"{version}.{name}": said for name, said in seen(reader).items()}
    return found


class Killed(BaseException):
    """The process is interrupted."""


@pytest.mark.parametrize(
    ("how", "keep"),
    [("an error of the database", 0), ("an error of the database", 1), ("an interruption", 1)],
)
@pytest.mark.parametrize("name", ["duckdb", "postgres"])
def test_whichever_statement_breaks_the_old_tables_stay(
    name: str, how: str, keep: int, places: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = places.new(name).warehouse()
    for rows in (2, 3):
        publish(warehouse, rows, keep)
    before = content(warehouse)
    assert len(before) == 2 + 2 * keep
    home = importlib.import_module(f"synth_dagster.warehouse.{name}")
    real = home.publish_all
    if how == "an interruption":
        error, seen = Killed(), Killed
    elif name == "duckdb":
        error, seen = duckdb.IOException("broken"), WarehouseError
    else:
        from adbc_driver_manager import AdbcStatusCode, OperationalError

        error = OperationalError("broken", status_code=AdbcStatusCode.IO, sqlstate="08006")
        seen = WarehouseError
    broken = []
    for number in range(1, 100):
        done: list[str] = []
        monkeypatch.setattr(
            home, "publish_all", lambda c, *rest, at=number, d=done: real(Breaking(c, at, error, d), *rest)
        )
        try:
            publish(warehouse, 5, keep)
            break
        except seen:
            broken.append(done[number - 1])
            assert content(warehouse) == before, broken[-1]
    else:
        pytest.fail("it never came to an end")
    assert len(broken) >= 10
    assert "COMMIT" in broken
    assert sorted({contents.rows for _, contents in content(warehouse).values()}) == [3, 5][1 - keep :]
