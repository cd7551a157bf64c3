"""The parent's side: a real child process, its lines, its failures, its end."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from synth_dagster.compute.base import Job
from synth_dagster.compute.local import LocalCompute
from synth_dagster.failure import ComputeError
from synth_models.errors import CheckpointError

LOCAL = LocalCompute(device="cpu", threads=1)


def sampling(folder: Path) -> Job:
    return Job(task="sample", folder=folder, params={"n_samples": {}, "mode": "sample_fks", "seed": 0})


def children() -> list[int]:
    """The processes this one has started, that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def test_an_error_of_the_library_arrives_as_itself(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"model\.pt"):
        LOCAL.run(sampling(tmp_path), print)
    assert children() == []


def test_a_child_that_is_killed_is_told_with_what_to_do(tmp_path: Path) -> None:
    def kill() -> None:
        while not children():
            time.sleep(0.01)
        os.kill(children()[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(ComputeError, match="ended by SIGKILL .*memory ran out.* Nothing half-done was kept"):
        LOCAL.run(sampling(tmp_path), print)
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
