"""The packaged demo with its source and destination in PostgreSQL: the same ``defs.yaml``, other places."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml
from adbc_driver_postgresql import dbapi
from postgres_server import PASSWORD, PostgresServer

from synth_dagster.demo import files as demo
from synth_dagster.warehouse.postgres import PostgresWarehouse

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]

SOME = {
    "flights": "WHERE flight_id % 40 = 0",
    "planes": "SEMI JOIN (FROM flights WHERE flight_id % 40 = 0) USING (tailnum)",
    "weather": "SEMI JOIN (FROM flights WHERE flight_id % 40 = 0) USING (weather_id)",
}
"""Which rows: the whole demo takes minutes."""
PROJECT = "[tool.dg]\ndirectory_type = 'project'\n[tool.dg.project]\nroot_module = 'demo_pg'\n"


@pytest.fixture
def source(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The demo's warehouse with types and keys and some of the flights, as a database of the server."""
    monkeypatch.chdir(tmp_path)
    demo.prepare()
    database = postgres.new_database()
    ddl = (files("synth_dagster.demo") / "data" / "schema.sql").read_text(encoding="utf-8")
    postgres.execute(*_statements(ddl), database=database)
    with duckdb.connect(str(demo.WAREHOUSE), read_only=True) as connection:
        for table in demo.TABLES:
            rows = connection.sql(f"FROM {table} {SOME.get(table, '')}").to_arrow_table()
            with dbapi.connect(postgres.dsn(database)) as other, other.cursor() as cursor:
                cursor.adbc_ingest(table, rows, mode="append")
                other.commit()
    return database


def _statements(ddl: str) -> Iterator[str]:
    for statement in ddl.split(";"):
        if statement.strip():
            yield re.sub(r"\bDOUBLE\b", "DOUBLE PRECISION", statement)


def test_the_demo_runs_from_postgres_to_postgres(
    postgres: PostgresServer, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_PG_PASSWORD", PASSWORD)
    destination = postgres.new_database()
    said = yaml.safe_load((files("synth_dagster.demo") / "defs" / "flights" / "defs.yaml").read_text())
    places = {
        name: {**postgres.settings(database), "type": "postgres", "password": {"env": "DEMO_PG_PASSWORD"}}
        for name, database in (("source", source), ("destination", destination))
    }
    quick = {"training": {"n_epochs": 1, "holdout": 0.3}, "compute": {"device": "cpu"}}
    said["attributes"] |= {**places, **quick, "store": str(tmp_path / "store")}
    package = tmp_path / "demo_pg"
    (package / "defs" / "flights").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (package / "defs" / "flights" / "defs.yaml").write_text(yaml.safe_dump(said))
    monkeypatch.syspath_prepend(tmp_path)
    defs = dg.load_from_defs_folder(path_within_project=package)

    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        logged = "".join(str(entry) for entry in instance.all_logs(result.run_id))
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert result.success, failures
    assert PASSWORD not in logged

    def warehouse(database: str) -> PostgresWarehouse:
        return PostgresWarehouse(**postgres.settings(database))

    with warehouse(destination).reading() as made, warehouse(source).reading() as real:
        tables = real.tables()
        assert made.tables() == tables  # columns, types and keys
        columns = {name: list(table.columns) for name, table in tables.items()}
        twin, there = ({n: reader.contents(n, columns[n]) for n in tables} for reader in (made, real))
    assert {n: found.rows for n, found in twin.items()} == {n: found.rows for n, found in there.items()}
    same = {name for name in tables if twin[name].version == there[name].version}
    assert same == {"airlines", "airports"}  # the kept ones
