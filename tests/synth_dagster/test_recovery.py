"""After a kill: the history ends, and the places in pools are free."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster_server import until

from synth_dagster import DuckDBWarehouse, Role, build_synth_defs
from synth_dagster.recovery import _LAUNCHED_HERE, _lives
from synth_dagster.synthesis import HOST, Results, Work

MODEL = dg.AssetKey(["shop", "model"])


def never_ends(context: dg.AssetExecutionContext, role: Role, work: Work) -> Results:
    time.sleep(600)
    yield from work(context)


def definitions(name: str = "shop") -> dg.Definitions:
    file = DuckDBWarehouse(database="shop.duckdb")
    return build_synth_defs(name, file, file, tables=["users"], execute=never_ends)


def run_for_ever(home: str) -> None:
    """What a run's process does, until it is killed."""
    job = definitions().resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.local_temp(home) as instance:
        job.execute_in_process(instance=instance, asset_selection=[MODEL], tags={_LAUNCHED_HERE: "{}"})


@contextmanager
def running(
    instance: dg.DagsterInstance, home: Path
) -> Iterator[tuple[str, multiprocessing.process.BaseProcess]]:
    """A run in the middle of an op that holds a place in the pool, and its process."""
    instance.event_log_storage.set_concurrency_slots("gpu", 1)
    process = multiprocessing.get_context("spawn").Process(target=run_for_ever, args=(str(home),))
    process.start()
    try:
        until(lambda: any(HOST in run.tags for run in instance.get_runs()), 60, "the op begins")
        (run,) = instance.get_runs()
        yield run.run_id, process
    finally:
        process.kill()
        process.join()


def look(instance: dg.DagsterInstance, name: str = "shop") -> str:
    """What the sensor of a synthesis says."""
    (sensor,) = definitions(name).sensors or []
    assert isinstance(sensor, dg.SensorDefinition)
    said = sensor(dg.build_sensor_context(instance=instance))
    assert isinstance(said, dg.SkipReason)
    return said.skip_message or ""


def status(instance: dg.DagsterInstance, run: str) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run)
    assert found is not None
    return found.status


def is_free(instance: dg.DagsterInstance) -> bool:
    return instance.event_log_storage.claim_concurrency_slot("gpu", "another", "train").is_claimed


def test_a_killed_run_ends_and_gives_back_its_place(tmp_path: Path) -> None:
    with (
        dg.DagsterInstance.local_temp(str(tmp_path)) as instance,
        running(instance, tmp_path) as (run, process),
    ):
        assert look(instance) == "No run has lost its processes."
        assert status(instance, run) == dg.DagsterRunStatus.STARTED
        assert not is_free(instance)
        process.kill()
        process.join()
        assert look(instance, "another") == "No run has lost its processes."  # it is not its run
        here = instance.get_runs()[0].tags[HOST]
        instance.add_run_tags(run, {HOST: "another machine"})
        assert look(instance) == "No run has lost its processes."
        assert not is_free(instance)
        instance.add_run_tags(run, {HOST: here})
        assert run in look(instance)
        assert status(instance, run) == dg.DagsterRunStatus.FAILURE
        assert is_free(instance)
        assert look(instance) == "No run has lost its processes."


def test_a_run_that_was_killed_while_it_was_cancelled_is_cancelled(tmp_path: Path) -> None:
    with (
        dg.DagsterInstance.local_temp(str(tmp_path)) as instance,
        running(instance, tmp_path) as (run, process),
    ):
        instance.report_run_canceling(instance.get_runs()[0])
        process.kill()
        process.join()
        assert run in look(instance)
        assert status(instance, run) == dg.DagsterRunStatus.CANCELED
        assert is_free(instance)


@pytest.mark.parametrize(("seconds", "lives"), [(0, True), (-3600, False)])
def test_a_process_that_began_later_is_another_with_the_same_number(seconds: float, lives: bool) -> None:
    began = psutil.Process().create_time()
    assert _lives(os.getpid(), began + seconds) is lives
