"""The parent's side: a real child process, its lines, its failures, its end."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from synth_dagster.compute.base import Job
from synth_dagster.compute.local import LocalCompute
from synth_dagster.failure import ComputeError
from synth_models.errors import CheckpointError
from synth_models.testing import shop

LOCAL = LocalCompute(device="cpu", threads=1)


def sampling(folder: Path) -> Job:
    return Job(task="sample", folder=folder, params={"n_samples": {}, "mode": "sample_fks", "seed": 0})


def children() -> list[int]:
    """The workers this process has started, that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            is_worker = b"compute.worker" in path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z" and is_worker:
            found.append(int(path.parent.name))
    return found


def test_an_error_of_the_library_arrives_as_itself(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"model\.pt"):
        LOCAL.run(sampling(tmp_path), print)
    assert children() == []


@pytest.mark.parametrize(
    ("ended_by", "memory_gib", "said"),
    [
        (signal.SIGKILL, None, r"SIGKILL \(most often .* not enough memory\)\. Nothing half-done was kept"),
        (signal.SIGABRT, 8.0, r"SIGABRT \(most often .* not enough memory: it may have 8 GiB\)\. Nothing"),
        (signal.SIGABRT, None, r"SIGABRT\. Nothing half-done was kept"),
    ],
)
def test_a_child_that_is_killed_is_told_with_what_to_do(
    tmp_path: Path, ended_by: signal.Signals, memory_gib: float | None, said: str
) -> None:
    def kill() -> None:
        while not children():
            time.sleep(0.01)
        os.kill(children()[0], ended_by)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(ComputeError, match=f"ended by {said}"):
        LocalCompute(device="cpu", threads=1, memory_gib=memory_gib).run(sampling(tmp_path), print)
    killer.join()


def test_a_child_that_cannot_start_its_job_is_told(tmp_path: Path) -> None:
    with pytest.raises(ComputeError, match="KeyError"):
        LOCAL.run(Job(task="dance", folder=tmp_path, params={}), print)
    assert "KeyError" in (tmp_path / "worker.log").read_text()


def test_an_interruption_ends_the_child(tmp_path: Path) -> None:
    class Interrupt(BaseException):
        pass

    def stop(signum: int, frame: object) -> None:
        raise Interrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(Interrupt):
            LOCAL.run(sampling(tmp_path), print)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert children() == []


STEP = """
import multiprocessing, os, sys
from pathlib import Path

def step(folder):
    from synth_dagster.compute.base import Job
    from synth_dagster.compute.local import LocalCompute
    from synth_dagster.settings import ModelSettings, TrainingSettings
    training = TrainingSettings(n_epochs=5000).model_dump()
    params = {"model": ModelSettings().to_dict(), "training": training, "lineage": {}}
    LocalCompute(device="cpu", threads=1).run(Job(task="train", folder=Path(folder), params=params), say)

def say(line):
    if "epoch 1/" in line:
        print(os.getpid(), flush=True)

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=step, args=sys.argv[1:])
    child.start()
    child.join()
"""


def test_a_step_whose_run_was_killed_ends_its_worker(tmp_path: Path) -> None:
    shop(30).to_dir(tmp_path / "source")
    (tmp_path / "run.py").write_text(STEP)
    run = subprocess.Popen([sys.executable, str(tmp_path / "run.py"), str(tmp_path)], stdout=subprocess.PIPE)
    assert run.stdout is not None
    step = int(run.stdout.readline())
    assert len(at_work(tmp_path)) == 1
    run.kill()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and (at_work(tmp_path) or Path(f"/proc/{step}").exists()):
        time.sleep(0.1)
    assert at_work(tmp_path) == []
    assert not Path(f"/proc/{step}").exists()
    run.communicate()


def at_work(folder: Path) -> list[str]:
    """The workers on jobs of this folder."""
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return [line.decode() for line in lines if b"compute.worker" in line and str(folder).encode() in line]
