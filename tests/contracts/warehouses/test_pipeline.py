"""A synthesis from PostgreSQL to PostgreSQL: schemas, keys across them, and a name that has to be quoted."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from postgres_server import PASSWORD, PostgresServer

from synth_dagster import CheckSettings, LocalCompute, TrainingSettings, build_synth_defs
from synth_dagster.warehouse.postgres import PostgresWarehouse

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]

ODD = 'select "x";'
QUOTED = 'sales."select ""x"";"'
SOURCE = (
    "CREATE SCHEMA sales",
    "CREATE SCHEMA staff",
    "CREATE TABLE staff.people (id integer PRIMARY KEY, name character varying(20), hired date)",
    f"CREATE TABLE {QUOTED} "
    "(id character(8) PRIMARY KEY, clerk integer NOT NULL REFERENCES staff.people,"
    ' "order" numeric(10,2), at timestamptz)',
    "INSERT INTO staff.people SELECT i, 'name ' || i % 7, date '2020-01-01' + i "
    "FROM generate_series(1, 60) i",
    f'INSERT INTO {QUOTED} (id, clerk, "order", at) '
    "SELECT 'o' || lpad(i::text, 7, '0'), 1 + i % 60, i / 4.0, "
    "timestamptz '2021-01-01' + i * interval '1 hour' "
    "FROM generate_series(1, 240) i",
)


def test_a_synthesis_goes_from_postgres_to_postgres(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PG_PASSWORD", PASSWORD)
    source, destination = (postgres.new_database() for _ in range(2))
    postgres.execute(*SOURCE, database=source)

    def warehouse(database: str) -> PostgresWarehouse:
        hidden: dict[str, Any] = {"password": dg.EnvVar("TEST_PG_PASSWORD")}
        return PostgresWarehouse(**(postgres.settings(database) | hidden), schemas=["sales", "staff"])

    defs = build_synth_defs(
        "twin",
        warehouse(source),
        warehouse(destination),
        store=str(tmp_path / "store"),
        tables=["staff.people", f"sales.{ODD}"],
        training=TrainingSettings(n_epochs=1),
        checks=CheckSettings(max_train_share=None, max_excess_copies=None),
        compute=LocalCompute(device="cpu", threads=1),
    )
    job = defs.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        logged = "".join(str(entry) for entry in instance.all_logs(result.run_id))
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert result.success, failures
    assert PASSWORD not in logged
    ready = warehouse(destination).process_config_and_initialize()
    with ready.reading() as reader, warehouse(source).process_config_and_initialize().reading() as before:
        tables = reader.tables()
        assert tables == before.tables()
        assert reader.contents("staff.people", ["id"]).rows > 0
    assert ready.place(f"sales.{ODD}") == f"127.0.0.1:{postgres.port}/{destination}: sales.{ODD}"
