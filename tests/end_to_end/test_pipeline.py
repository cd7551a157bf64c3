"""The whole graph on a small shop, with a real model: what it makes, skips, gates and survives.

The tests share one shop and go on from one another's state, as a platform does from one day to the next.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from synth_dagster import (
    CheckSettings,
    DuckDBWarehouse,
    LocalCompute,
    PublishSettings,
    Store,
    TrainingSettings,
    build_synth_defs,
)
from synth_dagster.warehouse.versions import restore
from synth_models.testing import shop

DDL = """
CREATE TABLE users (
    id BIGINT PRIMARY KEY, country VARCHAR, age INTEGER, premium BOOLEAN NOT NULL, income DOUBLE, joined DATE
);
CREATE TABLE products (code VARCHAR PRIMARY KEY, category VARCHAR, price DECIMAL(10, 2));
CREATE TABLE orders (
    id BIGINT PRIMARY KEY, "user" BIGINT NOT NULL REFERENCES users (id), placed TIMESTAMP, channel VARCHAR,
    total DOUBLE
);
CREATE TABLE items (
    id BIGINT PRIMARY KEY, "order" BIGINT NOT NULL REFERENCES orders (id),
    product VARCHAR REFERENCES products (code), quantity INTEGER, unit_price DOUBLE, gift BOOLEAN
);
"""
TABLES = ["users", "products", "orders", "items"]
ROWS = 300
LIMITS = CheckSettings(max_train_share=0.9, max_excess_copies=0.5)


@dataclass
class Shop:
    """A shop's folder, and runs of its synthesis."""

    folder: Path
    instance: dg.DagsterInstance

    @property
    def store(self) -> Store:
        return Store(root=str(self.folder / "store"))

    def defs(self, **options: Any) -> dg.Definitions:
        given = {
            "store": self.store,
            "tables": TABLES,
            "keep": ["products"],
            "training": TrainingSettings(n_epochs=2),
            "checks": LIMITS,
            "compute": LocalCompute(device="cpu", threads=1),
        }
        source = DuckDBWarehouse(database=str(self.folder / "shop.duckdb"))
        destination = DuckDBWarehouse(database=str(self.folder / "out.duckdb"), schema_name="synthetic")
        return build_synth_defs("shop", source, destination, **(given | options))

    def run(self, select: str = "", config: Mapping[str, Any] | None = None, **options: Any) -> "Run":
        defs = self.defs(**options)
        keys = [
            s.key
            for s in defs.resolve_all_asset_specs()
            if s.key.to_user_string().startswith(f"shop/{select}")
        ]
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            asset_selection=keys,
            run_config={"ops": dict(config or {})},
        )
        return Run(result, "\n".join(entry.message for entry in self.instance.all_logs(result.run_id)))

    def published(self) -> dict[str, list[tuple]]:
        with duckdb.connect(str(self.folder / "out.duckdb"), read_only=True) as connection:
            return {
                t: connection.execute(f"SELECT * FROM synthetic.{t} ORDER BY 1").fetchall() for t in TABLES
            }


@dataclass
class Run:
    """What happened."""

    result: dg.ExecuteInProcessResult
    log: str

    def failure(self) -> tuple[str, str]:
        """The step that failed, and what it says."""
        (event,) = [event for event in self.result.all_events if event.is_step_failure]
        data = event.step_failure_data
        said = data.user_failure_data.description if data.user_failure_data else None
        return str(event.step_key), said or (data.error.message if data.error else "")

    def metadata(self, *path: str) -> Mapping[str, dg.MetadataValue]:
        key = dg.AssetKey(["shop", *path])
        (event,) = [e for e in self.result.get_asset_materialization_events() if e.asset_key == key]
        return event.step_materialization_data.materialization.metadata

    def versions(self) -> dict[str, str]:
        return {
            event.asset_key.to_user_string(): (event.step_materialization_data.materialization.tags or {})[
                "dagster/data_version"
            ]
            for event in self.result.get_asset_materialization_events()
            if event.asset_key
        }


@pytest.fixture(scope="module")
def shop_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    data = shop(ROWS)
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute(DDL)
        for table in TABLES:
            connection.register("frame", data[table])
            connection.execute(f"INSERT INTO {table} SELECT * FROM frame")
            connection.unregister("frame")
    with dg.DagsterInstance.ephemeral() as instance:
        yield Shop(folder, instance)


@pytest.fixture(scope="module")
def first(shop_twin: Shop) -> Run:
    return shop_twin.run()


def workers(shop_twin: Shop) -> list[int]:
    """The workers that are at work on this shop."""
    found, here = [], str(shop_twin.folder).encode()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"synth_dagster.compute.worker" in words and here in b" ".join(words):
            found.append(int(path.parent.name))
    return found


def test_the_whole_graph_is_materialized(shop_twin: Shop, first: Run) -> None:
    assert first.result.success, first.failure()
    assert set(first.versions()) == {
        spec.key.to_user_string() for spec in shop_twin.defs().resolve_all_asset_specs()
    }
    assert re.search(r"epoch 2/2: loss \d", first.log)
    passed = {
        (e.asset_key.path[1], e.check_name): e.passed for e in first.result.get_asset_check_evaluations()
    }
    assert set(passed) == {
        ("source", "validity"),
        ("synthetic", "validity"),
        ("synthetic", "ranges"),
        ("report", "privacy"),
        ("report", "fidelity"),
    }
    assert passed["synthetic", "validity"]
    assert passed["report", "privacy"]


def test_the_published_tables_are_a_whole_new_shop(shop_twin: Shop, first: Run) -> None:
    published, real = shop_twin.published(), shop(ROWS)
    assert {table: len(rows) for table, rows in published.items()} == real.n_rows
    assert {row[0] for row in published["products"]} == set(real["products"]["code"])  # kept
    real_users = {tuple(row) for row in real["users"][["age", "income"]].itertuples(index=False)}
    assert len({(row[2], row[4]) for row in published["users"]} & real_users) < ROWS / 2  # new
    with DuckDBWarehouse(
        database=str(shop_twin.folder / "out.duckdb"), schema_name="synthetic"
    ).reading() as reader:
        tables = reader.tables()
    with DuckDBWarehouse(database=str(shop_twin.folder / "shop.duckdb")).reading() as reader:
        assert tables == reader.tables()  # types, keys, all


def test_what_the_ui_shows(shop_twin: Shop, first: Run) -> None:
    model, report = first.metadata("model"), first.metadata("report")
    assert model["decision"].value == "cold"
    assert "data:image/png;base64," in str(model["loss curve"].value)
    assert Path(str(report["PDF"].value)).read_bytes().startswith(b"%PDF")
    told = json.loads(Path(str(report["JSON"].value)).read_text(encoding="utf-8"))["facts"]
    assert {"Synthesis", "Source", "Trained"} <= set(told)
    assert 0 < float(str(report["score/shapes"].value)) <= 1
    assert 0 < float(str(report["verdict/privacy"].value)) <= 1
    for picture in ("first page", "columns that fit worst"):
        assert "data:image/png;base64," in str(report[picture].value)
    published = first.metadata("published", "orders")
    assert published["dagster/row_count"].value == shop(ROWS).n_rows["orders"]
    lineage = published["dagster/column_lineage"].value.deps_by_column["total"][0]  # type: ignore[union-attr]
    assert lineage.asset_key.to_user_string() == "shop/synthetic/orders"
    assert set(model["lineage"].value["source data versions"]) == set(TABLES)  # type: ignore[index,call-overload]


def test_no_value_of_the_source_is_in_the_event_log(shop_twin: Shop, first: Run) -> None:
    everything = first.log + "".join(str(e) for e in first.result.all_events)
    incomes = shop(ROWS)["users"]["income"].dropna()
    assert [value for value in incomes if str(value) in everything] == []


def test_a_second_run_trains_nothing_and_says_so(shop_twin: Shop, first: Run) -> None:
    before = shop_twin.published()
    second = shop_twin.run()
    assert second.result.success
    assert "The model is not trained again: rows, schema, settings and code are those" in second.log
    assert "epoch" not in second.log
    assert second.metadata("model")["decision"].value == "skip"
    assert second.versions() == first.versions()
    assert shop_twin.published() == before


def test_one_synthetic_table_alone_is_the_same_sample(shop_twin: Shop, first: Run) -> None:
    again = shop_twin.run("synthetic/orders", {"shop__synthetic": {"config": {"force": True}}})
    assert again.result.success, again.failure()
    assert "Of this sample will be only" not in again.log
    assert again.versions() == {"shop/synthetic/orders": first.versions()["shop/synthetic/orders"]}
    assert shop_twin.run("published").result.success  # what is staged still fits together


def test_what_was_published_before_is_kept_and_comes_back(shop_twin: Shop, first: Run) -> None:
    before = shop_twin.published()
    destination = DuckDBWarehouse(database=str(shop_twin.folder / "out.duckdb"), schema_name="synthetic")
    with duckdb.connect(destination.database) as connection:
        connection.execute("UPDATE synthetic.items SET quantity = 12345")
    again = shop_twin.run("published", publish=PublishSettings(keep=1))
    assert again.metadata("published", "items")["versions kept"].value == destination.versions()
    assert shop_twin.published() == before
    restore(destination, "latest")
    assert {row[3] for row in shop_twin.published()["items"]} == {12345}
    assert shop_twin.run("published").result.success
    assert shop_twin.published() == before
    assert destination.versions() == []


def test_a_blocking_check_stops_the_publishing(shop_twin: Shop, first: Run) -> None:
    before = (shop_twin.folder / "out.duckdb").stat().st_mtime_ns
    strict = CheckSettings(
        max_train_share=None, max_excess_copies=None, min_fidelity=1.0, fidelity_blocks=True
    )
    stopped = shop_twin.run(checks=strict)
    assert not stopped.result.success
    assert stopped.failure()[0] == "shop__fidelity"
    assert "shop__published" not in {
        e.step_key for e in stopped.result.all_events if e.event_type_value == "STEP_START"
    }
    step, said = shop_twin.run("published", checks=strict).failure()  # nor in a run of its own
    assert step == "shop__published"
    assert "Fidelity: fidelity is" in said
    assert (shop_twin.folder / "out.duckdb").stat().st_mtime_ns == before


def test_another_sample_needs_its_own_report(shop_twin: Shop, first: Run) -> None:
    before = shop_twin.published()
    config = {"shop__synthetic": {"config": {"seed": 5}}}
    alone = shop_twin.run("synthetic/orders", config)
    assert alone.failure()[0] == "shop__synthetic_validity"
    assert "Of this sample will be only orders. Materialize" in alone.log
    assert "its keys to 'users' do not fit, as that table comes from another sample" in alone.log
    _, said = shop_twin.run("published").failure()
    assert "come from 2 different samples" in said
    assert shop_twin.run("synthetic", config).result.success
    _, said = shop_twin.run("published").failure()
    assert "There is no report on the staged synthetic tables" in said
    assert shop_twin.published() == before


def test_a_killed_worker_leaves_nothing_half_done(shop_twin: Shop, first: Run) -> None:
    before = (shop_twin.store.current("model"), shop_twin.published())

    def kill() -> None:
        while not workers(shop_twin):
            time.sleep(0.05)
        time.sleep(4)  # into the training, or its imports
        for pid in workers(shop_twin):
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    run = shop_twin.run(training=TrainingSettings(n_epochs=50, seed=1))
    killer.join()
    step, said = run.failure()
    assert step == "shop__model"
    assert "ended by SIGKILL" in said
    assert "goes on from the last state that was written" in said
    assert (shop_twin.store.current("model"), shop_twin.published()) == before
    assert list((shop_twin.folder / "store" / ".scratch").iterdir()) == []


ORPHANING = """
import sys, dagster as dg
from synth_dagster import *
folder = sys.argv[1]
defs = build_synth_defs(
    "shop", DuckDBWarehouse(database=folder + "/shop.duckdb"),
    DuckDBWarehouse(database=folder + "/out.duckdb", schema_name="synthetic"), store=folder + "/store",
    tables=["users", "products", "orders", "items"], keep=["products"],
    training=TrainingSettings(n_epochs=50, seed=2), compute=LocalCompute(device="cpu", threads=1),
)
defs.resolve_implicit_global_asset_job_def().execute_in_process()
"""


def test_dagster_killed_in_mid_training_leaves_no_orphan_and_the_next_run_ends_well(
    shop_twin: Shop, first: Run
) -> None:
    before = (shop_twin.store.current("model"), shop_twin.published())
    child = subprocess.Popen(
        [sys.executable, "-u", "-c", ORPHANING, str(shop_twin.folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    for line in child.stderr:
        if "epoch 1/50" in line:
            break
    assert len(workers(shop_twin)) == 1
    child.kill()
    child.communicate()
    for _ in range(100):
        if not workers(shop_twin):
            break
        time.sleep(0.05)
    assert workers(shop_twin) == []
    assert (shop_twin.store.current("model"), shop_twin.published()) == before
    after = shop_twin.run(training=TrainingSettings(n_epochs=1, seed=2))
    assert after.result.success, after.failure()
    assert "training.n_epochs changed from 2 to 1; training.seed changed from 0 to 2" in after.log
    assert list((shop_twin.folder / "store" / ".scratch").iterdir()) == []
    assert shop_twin.published() != before[1]


def test_changed_rows_are_trained_on_again(shop_twin: Shop, first: Run) -> None:
    with duckdb.connect(str(shop_twin.folder / "shop.duckdb")) as connection:
        connection.execute("UPDATE items SET gift = NOT gift WHERE id % 2 = 0")
    refreshed = shop_twin.run("source")
    assert refreshed.result.success
    _, said = shop_twin.run("synthetic").failure()
    assert "The model was trained on other rows of items than are staged now. Materialize the model" in said
    _, said = shop_twin.run("published").failure()
    assert "other rows of items" in said
    trained = shop_twin.run("model", training=TrainingSettings(n_epochs=1, seed=2))
    assert trained.result.success
    assert re.search(r"(warm|cold): rows changed in items; mean drift 0\.\d+ \(limit 0\.1\)", trained.log)
