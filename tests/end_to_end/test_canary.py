"""No value of the source is told: planted ones are searched for in everything that runs leave behind."""

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from pypdf import PdfReader

from synth_dagster import CheckSettings, DuckDBWarehouse, LocalCompute, TableSpec, TrainingSettings
from synth_dagster import build_synth_defs as build

PEOPLE = 120
PLANTED: dict[str, Any] = {
    "id": "KEY-canary-77",
    "plan": "canaryplan",
    "level": "canarylevel",
    "n": 8675309421,
    "x": 73919.40625,
    "born": dt.date(1907, 3, 14),
    "seen": dt.datetime(2031, 5, 17, 3, 33, 44, 123000),
    "clock": dt.time(3, 14, 15, 926000),
    "span": dt.timedelta(days=77, seconds=4321),
    "place": "POINT (12.34567 -65.43219)",
    "note": "Zephyrine Quackenbush of Canarywobbleton",
    "amount": "91827.5625",
}
"""A value that one person has, per column; ``amount`` is text that is declared a number."""
TEXTS = [
    "KEY-canary-77", "canaryplan", "canarylevel", "8675309421", "73919.40625", "1907-03-14",
    "2031-05-17 03:33", "2031-05-17T03:33", "03:14:15", "77 days", "12.34567", "65.43219", "Quackenbush",
    "Canarywobbleton", "91827.5625",
]  # fmt: skip
DDL = """
CREATE TYPE levels AS ENUM ('low', 'high', 'canarylevel');
CREATE TABLE person (
    id VARCHAR, plan VARCHAR, level levels, n BIGINT, x DOUBLE, born DATE, seen TIMESTAMP, clock TIME,
    span INTERVAL, place VARCHAR, note VARCHAR, amount VARCHAR, ok BOOLEAN
);
CREATE TABLE visit (id BIGINT, person VARCHAR, what VARCHAR);
"""
SPECS = {
    "person": TableSpec(
        primary_key="id",
        columns={"place": "coordinates", "note": "text", "amount": "numeric", "plan": "categorical"},
    ),
    "visit": TableSpec(primary_key="id", foreign_keys=[{"column": "person", "parent": "person"}]),  # type: ignore[list-item]
}
LOOSE = CheckSettings(max_train_share=None, max_excess_copies=None, min_fidelity=None)


@dataclass
class Twin:
    folder: Path
    instance: dg.DagsterInstance

    def sql(self, *statements: str) -> None:
        with duckdb.connect(str(self.folder / "source.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)

    def run(self, **options: Any) -> tuple[bool, str]:
        """Everything, once; whether it succeeded, and which step failed."""
        given: dict[str, Any] = {
            "store": str(self.folder / "store"),
            "tables": SPECS,
            "training": TrainingSettings(n_epochs=1),
            "checks": LOOSE,
            "compute": LocalCompute(device="cpu", threads=1),
        }
        defs = build(
            "twin",
            DuckDBWarehouse(database=str(self.folder / "source.duckdb")),
            DuckDBWarehouse(database=str(self.folder / "out" / "out.duckdb"), wait_s=1),
            **(given | options),
        )
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance, raise_on_error=False
        )
        failed = [str(event.step_key) for event in result.all_events if event.is_step_failure]
        return result.success, failed[0] if failed else ""

    def leaks(self) -> list[str]:
        """Where a planted value is to be found: in the instance, and in the store but for tables."""
        found, store = [], self.folder / "store"
        files = [p for p in (self.folder / "home").rglob("*") if p.is_file()]
        files += [p for p in store.rglob("*") if p.is_file() and not self._is_table(p)]
        for file in files:
            content = file.read_bytes()
            if file.suffix == ".pdf":
                content = "\n".join(page.extract_text() for page in PdfReader(file).pages).encode()
            told = [text for text in TEXTS if text.encode() in content or text.encode("utf-16-le") in content]
            found += [
                f"{text} in {file.relative_to(self.folder)}" for text in told if not _is_schema(text, file)
            ]
        return found

    def _is_table(self, file: Path) -> bool:
        role = file.relative_to(self.folder / "store").parts[0]
        return role in ("source", "synthetic") and file.suffix == ".parquet"


def _is_schema(text: str, file: Path) -> bool:
    """The labels of an ENUM belong to the type, which is published as it is; elsewhere they are values."""
    return text == PLANTED["level"] and file.name == "person.json"


def plant(twin: Twin) -> None:
    twin.sql("DROP TABLE IF EXISTS visit", "DROP TABLE IF EXISTS person", "DROP TYPE IF EXISTS levels", DDL)
    with duckdb.connect(str(twin.folder / "source.duckdb")) as connection:
        connection.execute(
            "INSERT INTO person SELECT 'K-' || i, CASE WHEN i % 2 = 0 THEN 'basic' ELSE 'plus' END, "
            "CASE WHEN i % 3 = 0 THEN 'low' ELSE 'high' END, i % 9, (i % 13) / 4, "
            "DATE '1990-01-01' + (i % 50)::INT, TIMESTAMP '2020-01-01' + to_hours(i::INT), "
            "TIME '08:00' + to_minutes((i % 60)::INT), to_hours((i % 5)::INT), "
            "'POINT (' || (i % 7) || '.5 ' || (i % 11) || '.25)', 'no remarks', (i % 4) || '.5', i % 2 = 0 "
            f"FROM range({PEOPLE}) AS r(i)"
        )
        connection.execute(
            f"INSERT INTO person VALUES ({', '.join('?' * len(PLANTED))}, true)", list(PLANTED.values())
        )
        connection.execute(
            "INSERT INTO visit SELECT i, 'K-' || (i % 100), CASE WHEN i % 2 = 0 THEN 'web' ELSE 'shop' END "
            "FROM range(300) AS r(i)"
        )
        connection.execute(
            "INSERT INTO visit SELECT 1000 + i, ?, 'canaryplan' FROM range(3) AS r(i)", [PLANTED["id"]]
        )


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    folder = tmp_path_factory.mktemp("canary")
    (folder / "home").mkdir()
    (folder / "out").mkdir()
    with dg.DagsterInstance.local_temp(str(folder / "home")) as instance:
        made = Twin(folder, instance)
        plant(made)
        yield made


@pytest.fixture(scope="module")
def succeeded(twin: Twin) -> Twin:
    success, failed = twin.run()
    assert success, failed
    return twin


def test_a_planted_value_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "store").mkdir()
    (tmp_path / "home" / "log").write_text("Quackenbush came at 03:14:15")
    with dg.DagsterInstance.ephemeral() as instance:
        assert Twin(tmp_path, instance).leaks() == ["03:14:15 in home/log", "Quackenbush in home/log"]


def test_a_run_that_succeeds_tells_nothing(succeeded: Twin) -> None:
    assert succeeded.leaks() == []


def two_of_a_key(twin: Twin) -> dict[str, Any]:
    twin.sql(f"INSERT INTO person SELECT * FROM person WHERE id = '{PLANTED['id']}'")
    return {}


def a_missing_key(twin: Twin) -> dict[str, Any]:
    twin.sql("UPDATE visit SET id = NULL WHERE what = 'canaryplan'")
    return {}


def an_orphan(twin: Twin) -> dict[str, Any]:
    twin.sql(f"DELETE FROM person WHERE id = '{PLANTED['id']}'")
    return {}


def words_declared_numbers(twin: Twin) -> dict[str, Any]:
    person = SPECS["person"].model_copy(update={"columns": {**SPECS["person"].columns, "plan": "integer"}})
    return {"tables": {**SPECS, "person": person}}


def points_that_are_none(twin: Twin) -> dict[str, Any]:
    person = SPECS["person"].model_copy(
        update={"columns": {**SPECS["person"].columns, "note": "coordinates"}}
    )
    return {"tables": {**SPECS, "person": person}}


def a_table_that_is_gone(twin: Twin) -> dict[str, Any]:
    twin.sql("DROP TABLE visit")
    return {}


def a_type_nobody_supports(twin: Twin) -> dict[str, Any]:
    twin.sql("ALTER TABLE person ADD COLUMN tags VARCHAR[]", "UPDATE person SET tags = [note]")
    return {}


def a_wrong_setting(twin: Twin) -> dict[str, Any]:
    return {"training": TrainingSettings(n_epochs=1, optimizer="Adamm")}


def a_loss_that_is_not_finite(twin: Twin) -> dict[str, Any]:
    return {"training": TrainingSettings(n_epochs=1, lr=1e30, optimizer="SGD")}


def too_little_memory(twin: Twin) -> dict[str, Any]:
    return {
        "training": TrainingSettings(n_epochs=1, seed=3),
        "compute": LocalCompute(device="cpu", threads=1, memory_gib=0.35),
    }


def a_killed_process(twin: Twin) -> dict[str, Any]:
    def kill() -> None:
        mine = [twin.folder.name.encode(), b"compute.worker"]
        while True:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                if all(word in line for word in mine):
                    os.kill(int(path.parent.name), signal.SIGKILL)
                    return
            time.sleep(0.1)

    threading.Thread(target=kill, daemon=True).start()
    return {"training": TrainingSettings(n_epochs=50, seed=4)}


def a_library_that_breaks(twin: Twin) -> dict[str, Any]:
    """An error that nobody foresaw, with a row in its message, from below the library."""
    note = twin.folder / "note"
    note.write_text(PLANTED["note"])
    (twin.folder / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'synth_dagster.compute.worker' in sys.orig_argv:\n"
        "    import pandas as pd\n"
        "    def broken(self, *rest, **named):\n"
        f"        raise ValueError(open({str(note)!r}).read())\n"
        "    pd.util.hash_pandas_object = broken\n"
    )
    os.environ["PYTHONPATH"] = os.pathsep.join([str(twin.folder), os.environ.get("PYTHONPATH", "")])
    return {"training": TrainingSettings(n_epochs=1, seed=5)}


def a_check_that_blocks(twin: Twin) -> dict[str, Any]:
    return {"checks": CheckSettings(max_train_share=None, min_fidelity=1.0, fidelity_blocks=True)}


def a_destination_that_cannot_be_written(twin: Twin) -> dict[str, Any]:
    with duckdb.connect(str(twin.folder / "out" / "out.duckdb")) as connection:
        connection.execute("CREATE TABLE diary (person VARCHAR REFERENCES person)")
    return {}


KINDS: list[tuple[Callable[[Twin], dict[str, Any]], str]] = [
    (two_of_a_key, "twin__source"),
    (a_missing_key, "twin__source"),
    (an_orphan, "twin__source"),
    (words_declared_numbers, "twin__source"),
    (points_that_are_none, "twin__source"),
    (a_table_that_is_gone, "twin__source"),
    (a_type_nobody_supports, "twin__source"),
    (a_wrong_setting, "twin__model"),
    (a_loss_that_is_not_finite, "twin__model"),
    (too_little_memory, "twin__model"),
    (a_killed_process, "twin__model"),
    (a_library_that_breaks, "twin__model"),
    (a_destination_that_cannot_be_written, "twin__published"),
    (a_check_that_blocks, "twin__fidelity"),
]


@pytest.mark.parametrize(("fail", "step"), KINDS, ids=[fail.__name__ for fail, _ in KINDS])
def test_a_run_that_fails_tells_nothing(
    succeeded: Twin, fail: Callable[[Twin], dict[str, Any]], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    options = fail(succeeded)
    try:
        assert succeeded.run(**options) == (False, step)
        assert succeeded.leaks() == []
    finally:
        plant(succeeded)
