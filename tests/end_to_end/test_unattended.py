"""Runs as a deployment has them, a process per step: cancelled, killed, and waiting for each other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import unattended_job
import yaml

from synth_models.testing import shop

pytestmark = pytest.mark.slow
PATIENCE_S = 240.0
EPOCHS = 400
"""Enough that a training can be interrupted twice; it ends when it improves no more."""


class Deployment:
    """An instance with a pool of one place, and run processes in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        settings = {
            "telemetry": {"enabled": False},
            "concurrency": {"pools": {"default_limit": 1, "granularity": "op"}},
        }
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(settings))
        for name in ("a", "b"):
            with duckdb.connect(str(folder / f"{name}.duckdb")) as connection:
                data = shop(60)
                for table in ("users", "orders"):
                    connection.register("frame", data[table])
                    connection.execute(f"CREATE TABLE {table} AS SELECT * FROM frame")
                    connection.unregister("frame")
                connection.execute("ALTER TABLE users ADD PRIMARY KEY (id)")
                connection.execute("ALTER TABLE orders ADD PRIMARY KEY (id)")

    def start(self, names: str, epochs: int, *, staged: bool = False) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "DAGSTER_HOME": str(self.home),
            "OMP_NUM_THREADS": "1",
            unattended_job.FOLDER: str(self.folder),
            unattended_job.EPOCHS: str(epochs),
            unattended_job.NAMES: names,
            unattended_job.STAGED: "yes" if staged else "",
        }
        # as a run launcher does: whoever started these tests may have told its children to ignore Ctrl-C
        return subprocess.Popen(
            [sys.executable, str(Path(unattended_job.__file__))],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def log(self) -> str:
        """What the newest run has said."""
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            (run,) = instance.get_runs(limit=1)
            return "\n".join(entry.message for entry in instance.all_logs(run.run_id))

    def status(self) -> dg.DagsterRunStatus:
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            (run,) = instance.get_runs(limit=1)
            return run.status

    def cancel(self, process: subprocess.Popen[bytes]) -> None:
        """What the button in the UI does: it says so in the instance, and the launcher interrupts the run."""
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            (run,) = instance.get_runs(limit=1)
            instance.report_run_canceling(run)
        process.send_signal(signal.SIGINT)

    def processes(self, word: str) -> list[int]:
        """The processes of this deployment with that word on their command line."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                mine = str(self.home).encode() in path.read_bytes()
                if mine and word.encode() in path.with_name("cmdline").read_bytes():
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found


def until(what: Callable[[], bool], seconds: float = PATIENCE_S) -> float:
    """Wait for something; returns how long it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "it did not happen"
        time.sleep(0.1)
    return time.monotonic() - began


def kept(folder: Path) -> bool:
    """Whether something of an unfinished training is kept."""
    return any((folder / "store" / "a" / "unfinished").glob("*"))


def test_cancelled_and_killed_trainings_leave_no_orphan_and_are_gone_on_with(tmp_path: Path) -> None:
    here = Deployment(tmp_path)
    # ---- cancelled
    run = here.start("a", EPOCHS)
    try:
        until(lambda: kept(tmp_path) or run.poll() is not None)
        assert run.poll() is None, here.log()
        here.cancel(run)
        took = until(lambda: not here.processes("compute.worker"), 10)
        run.wait(60)
    finally:
        run.kill()
    assert took < 10
    assert here.status() == dg.DagsterRunStatus.CANCELED
    assert kept(tmp_path)
    assert list((tmp_path / "store" / "a" / "model").glob("*")) == []
    # ---- the next run goes on; its step is killed
    run = here.start("a", EPOCHS, staged=True)
    try:
        until(lambda: bool(here.processes("compute.worker")))
        (worker,) = here.processes("compute.worker")
        until(lambda: "goes on from what an interrupted training has kept" in here.log())
        parent = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(parent, signal.SIGKILL)
        until(lambda: not here.processes("compute.worker"), 10)
        assert run.wait(PATIENCE_S) == 0, here.log()  # Dagster tries it again, as the retry policy says
    finally:
        run.kill()
    assert here.log().count("goes on from what an interrupted training has kept") == 2
    assert f"epoch 1/{EPOCHS}:" not in here.log()
    assert not kept(tmp_path)


def test_two_syntheses_of_one_pool_never_train_at_once(tmp_path: Path) -> None:
    here = Deployment(tmp_path)
    assert here.start("a,b", 3).wait(PATIENCE_S) == 0, here.log()
    with dg.DagsterInstance.from_config(str(here.home)) as instance:
        (run,) = instance.get_runs(limit=1)
        stats = {s.step_key: s for s in instance.get_run_step_stats(run.run_id)}
    first, second = sorted((stats["a__model"], stats["b__model"]), key=lambda s: s.start_time or 0)
    assert first.end_time is not None
    assert second.start_time is not None
    assert first.end_time <= second.start_time
