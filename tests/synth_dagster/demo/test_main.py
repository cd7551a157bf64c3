"""The demo's history: what a killed run leaves in it, and what is said at the end."""

import subprocess
import sys
from pathlib import Path

import dagster as dg

from synth_dagster.demo.__main__ import end_dead_runs
from synth_dagster.demo.summary import _aligned


def started(instance: dg.DagsterInstance, pid: int | None) -> str:
    @dg.op
    def nothing() -> None: ...

    @dg.job(name="demo")
    def job() -> None:
        nothing()

    tags = {} if pid is None else {"synth/pid": str(pid)}
    run = instance.create_run_for_job(job, tags=tags)
    instance.report_dagster_event(
        dg.DagsterEvent(dg.DagsterEventType.PIPELINE_START.value, "demo", message="on its way"), run.run_id
    )
    return run.run_id


def test_runs_of_dead_processes_are_marked_as_failed(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        dead, alive, other = (started(instance, pid) for pid in (child.pid, 1, None))
        end_dead_runs(instance)
        found = {run: instance.get_run_by_id(run) for run in (dead, alive, other)}
        status = {run: record.status for run, record in found.items() if record}
    assert status[dead] == dg.DagsterRunStatus.FAILURE
    assert status[alive] == status[other] == dg.DagsterRunStatus.STARTED


def test_scores_are_aligned_for_a_terminal() -> None:
    table = "| score | value | |\n|---|---|---|\n| Column shapes | 0.961 | good |"
    first, second = _aligned(table)
    assert first.index("value") + len("value") == second.index("0.961") + len("0.961")
    assert "|" not in first + second
