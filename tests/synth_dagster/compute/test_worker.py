"""The worker's side: lines, silence, results and failures; and that it dies with its parent."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import synth_dagster
from synth_dagster.compute import worker
from synth_dagster.compute.tasks import TASKS
from synth_models.errors import DataError

SECRET = "very-secret-value"


def lines_of(out: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def run(tmp_path: Path, task: object, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[dict]]:
    monkeypatch.setitem(TASKS, "try", task)
    job = tmp_path / "job.json"
    job.write_text(
        json.dumps({"task": "try", "folder": str(tmp_path), "params": {"x": 1}, "compute": {"threads": 1}})
    )
    out = io.StringIO()
    code = worker.work(job, out)
    return code, lines_of(out)


def test_a_job_is_told_everything_and_its_result_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def task(folder: Path, params: dict, compute: dict, say: worker.Callable) -> dict:
        say(f"{folder == tmp_path} {params} {compute}")
        return {"rows": 3}

    code, (said, done) = run(tmp_path, task, monkeypatch)
    assert code == 0
    assert said == {"say": "True {'x': 1} {'threads': 1}"}
    assert done["done"]["rows"] == 3
    assert done["done"]["seconds"] >= 0
    assert done["done"]["peak_mib"] > 10


def failing(error: BaseException) -> object:
    def task(*_: object) -> dict:
        raise error

    return task


def test_an_error_of_the_library_keeps_its_class_and_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, (failed,) = run(tmp_path, failing(DataError("Table 'a': 3 rows.")), monkeypatch)
    assert (code, failed) == (1, {"failed": {"kind": "DataError", "message": "Table 'a': 3 rows."}})


def test_any_other_error_quotes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, (failed,) = run(tmp_path, failing(ValueError(SECRET)), monkeypatch)
    assert code == 1
    assert "ValueError at" in failed["failed"]["message"]
    assert SECRET not in json.dumps(failed)


def test_a_lack_of_memory_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (failed,) = run(tmp_path, failing(MemoryError()), monkeypatch)
    assert "not enough memory" in failed["failed"]["message"]
    assert "batch_size" in failed["failed"]["message"]


def test_silence_is_broken() -> None:
    out = io.StringIO()
    speaker = worker.Speaker(out, "train", quiet_s=0.2)
    speaker.keep_speaking()
    time.sleep(1)
    assert any("train: still at work" in line["say"] for line in lines_of(out))


CHILD = """
import os, subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-c", "import time; from synth_dagster.compute.worker import die_with_parent; "
     "die_with_parent(); print('up', flush=True); time.sleep(600)"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_worker_dies_with_its_parent_whatever_kills_that() -> None:
    parent = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(child, 0)
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    assert gone(child)


def gone(pid: int) -> bool:
    for _ in range(100):
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "\nState:\tZ" in status.read_text():
            return True
        time.sleep(0.05)
    return False


def test_the_process_that_does_the_work_does_not_load_dagster() -> None:
    look = (
        "import sys, synth_dagster.compute.worker, synth_dagster.compute.tasks\n"
        "print([name for name in ('dagster', 'duckdb', 'sqlalchemy') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout
    assert said.strip() == "[]"


def test_all_names_of_the_plugin_are_there_and_no_others() -> None:
    assert all(getattr(synth_dagster, name).__name__ == name for name in synth_dagster.__all__)
    assert set(synth_dagster.__all__) <= set(dir(synth_dagster))
    with pytest.raises(AttributeError, match="no attribute 'SynthComponet'"):
        _ = synth_dagster.SynthComponet
