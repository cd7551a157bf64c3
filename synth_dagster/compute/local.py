"""A child process on this machine: its memory goes back when it ends, and a crash of it is survived."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, final

from pydantic import Field

from synth_dagster.compute.base import Compute, Job, Say
from synth_dagster.failure import ComputeError
from synth_models import errors

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_GRACE_S = 5.0
_GAVE_UP = (0, signal.SIGABRT, signal.SIGBUS, signal.SIGSEGV, signal.SIGTRAP)
"""How a process ends where native code cannot allocate, and no Python error is raised."""


@final
class LocalCompute(Compute):
    """A child process on this machine.

    Example:
        >>> LocalCompute(device="cpu", threads=2).threads
        2
    """

    device: str | None = Field(
        default="auto", description="auto: a GPU if there is one, else the CPU; or cpu, cuda, cuda:1, ..."
    )
    threads: int | None = Field(
        default=None, ge=1, description="CPU threads; none: as many as PyTorch sees fit."
    )
    precision: Literal["fp32", "tf32", "bf16"] = Field(
        default="fp32",
        description="What networks compute in: float32; its products rounded to TF32; or losses in bfloat16, "
        "weights in float32. The last two are faster on GPUs that have them, and slower elsewhere.",
    )
    memory_gib: float | None = Field(
        default=None,
        gt=0,
        description="Memory a job may have; one that needs more fails, with a message, instead of bringing "
        "the machine down. None: no limit.",
    )
    keep_every_s: float = Field(
        default=60.0,
        ge=0,
        description="Seconds between the states of a training that a retry goes on from.",
    )

    def run(self, job: Job, say: Say) -> dict[str, Any]:
        """See ``Compute``."""
        settings = self.model_dump()
        path = job.folder / "job.json"
        path.write_text(json.dumps({**job.to_dict(), "compute": settings}), encoding="utf-8")
        last: dict[str, Any] = {}
        with self._child(path) as child:
            for line in _lines(child):
                _check_run_lives(job)
                if "say" in line:
                    say(line["say"])
                else:
                    last = line
            code = child.wait()
        if "done" in last:
            return last["done"]
        raise _error(job, code, last.get("failed"), self.memory_gib)

    @contextmanager
    def _child(self, path: Path) -> Iterator[subprocess.Popen[bytes]]:
        """The process; whatever ends this block ends it too."""
        environment = dict(os.environ)
        if self.threads is not None:
            environment |= dict.fromkeys(_THREADS, str(self.threads))
        # A session of its own: Ctrl-C in a terminal reaches Dagster, which then ends the child here.
        child = subprocess.Popen(
            [sys.executable, "-m", "synth_dagster.compute.worker", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            _end(child)


def _lines(child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None
    for line in child.stdout:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:  # the last line of a process that was killed while it wrote
            continue


def _check_run_lives(job: Job) -> None:
    """Stop if the run is dead: Dagster's multiprocess executor leaves the steps of a killed run behind.

    The worker speaks up every 20 seconds at least, so this is noticed soon.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise ComputeError(f"The run that was to {job.task} was killed. {_kept(job)} Try again.")


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _error(
    job: Job, code: int, failed: Mapping[str, Any] | None, memory_gib: float | None
) -> errors.SynthError:
    if failed is not None:
        kind = getattr(errors, str(failed["kind"]), None)
        if isinstance(kind, type) and issubclass(kind, errors.SynthError):
            return kind(failed["message"])
        return ComputeError(f"The process that was to {job.task} failed. {failed['message']}")
    if code < 0:
        name = signal.Signals(-code).name
        return ComputeError(
            f"The process that was to {job.task} was ended by {name}{_hint(-code, memory_gib)}. {_kept(job)} "
            f"Try again; give it more memory, or lower batch_size, if it happens again."
        )
    return ComputeError(
        f"The process that was to {job.task} ended with code {code} and without a result"
        f"{_hint(0, memory_gib)}. {_kept(job)} "
        f"Try again."
    )


def _hint(signal_number: int, memory_gib: float | None) -> str:
    """What it means most often that a signal, or none (0), has ended a process without a result."""
    if signal_number == signal.SIGKILL:
        return " (most often the system's way of saying that there was not enough memory)"
    if memory_gib is not None and signal_number in _GAVE_UP:
        return f" (most often because there was not enough memory: it may have {memory_gib:g} GiB)"
    return ""


def _kept(job: Job) -> str:
    """What is left of a job that came to no end."""
    if job.task == "train":
        return "No half-done model was kept; the next attempt goes on from the last state that was written."
    return "Nothing half-done was kept."
