"""The child process: does one job and speaks in JSON lines on its standard output.

A line is ``{"say": text}``, and the last one ``{"done": result}`` or ``{"failed": {...}}``. All other output
(of libraries, warnings) goes to ``worker.log`` in the job's folder, for it may quote rows.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, final

from synth_dagster.compute.memory import limit_memory, near_limit, peak_mib

LOG_FILE = "worker.log"
ORPHANED = 17
"""Exit code of a worker whose parent is gone."""
_QUIET_S = 20.0


@final
class Speaker:
    """Writes the lines; while the job says nothing for long, says that it is still there.

    Args:
        out: Where the lines go.
        task: What is being done.
        quiet_s: Seconds of silence before it speaks up.
    """

    def __init__(self, out: IO[str], task: str, quiet_s: float = _QUIET_S) -> None:
        self._out, self._task, self._quiet_s = out, task, quiet_s
        self._lock = threading.Lock()
        self._began = self._last = time.monotonic()

    def say(self, text: str) -> None:
        """A line for the log."""
        self._write({"say": text})

    def close(self, line: Mapping[str, Any]) -> None:
        """The last line."""
        self._write(line)

    def keep_speaking(self) -> None:
        """Watch for silence, in a thread of its own."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(min(1.0, self._quiet_s / 4))
            if time.monotonic() - self._last > self._quiet_s:
                self.say(
                    f"{self._task}: still at work, {time.monotonic() - self._began:.0f} s, {peak_mib()} MiB"
                )

    def _write(self, line: Mapping[str, Any]) -> None:
        with self._lock:
            self._last = time.monotonic()
            self._out.write(json.dumps(line) + "\n")
            self._out.flush()


def die_with_parent() -> None:
    """End this process when its standard input closes: the parent holds the other end, whatever kills it."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os._exit(ORPHANED)

    threading.Thread(target=watch, daemon=True).start()


def work(path: Path, out: IO[str]) -> int:
    """Do the job described in ``path``; returns the exit code."""
    job = json.loads(path.read_text(encoding="utf-8"))
    speaker = Speaker(out, job["task"])
    speaker.keep_speaking()
    began = time.monotonic()
    try:
        # Here and not above: these imports take seconds, and the speaker covers them.
        from synth_dagster.compute.tasks import TASKS
        from synth_models.errors import SynthError
        from synth_models.training.recovery import ran_out_of_memory
    except ImportError as error:
        speaker.close(
            {"failed": {"kind": "ImportError", "message": f"The worker cannot be imported: {error}"}}
        )
        return 1
    memory_gib = job["compute"].get("memory_gib")
    limit_memory(memory_gib)
    try:
        result = TASKS[job["task"]](Path(job["folder"]), job["params"], job["compute"], speaker.say)
    except SynthError as error:
        speaker.close({"failed": {"kind": type(error).__name__, "message": str(error)}})
        return 1
    except BaseException as error:
        _print_places(error)
        speaker.close({"failed": _unforeseen(error, memory_gib, memory=ran_out_of_memory(error))})
        return 1
    speaker.close({"done": {**result, "seconds": time.monotonic() - began, "peak_mib": peak_mib()}})
    return 0


def _print_places(error: BaseException | None) -> None:
    """The traceback without its messages, which may quote rows: of the error and of what it came from."""
    while error is not None:
        print(type(error).__name__, file=sys.stderr)  # noqa: T201 - into the log of this process
        traceback.print_tb(error.__traceback__)
        error = error.__cause__ or error.__context__


def _unforeseen(error: BaseException, memory_gib: float | None, *, memory: bool) -> dict[str, Any]:
    from synth_dagster.failure import unforeseen

    message = unforeseen(error)
    if memory:
        message = (
            f"There was not enough memory ({type(error).__name__} after {peak_mib()} MiB). Lower "
            f"batch_size or the rows to sample, or give it more memory."
        )
    elif near_limit(memory_gib):  # what cannot allocate may break in any way
        message += (
            f" Most likely there was not enough memory: it has had {peak_mib()} MiB and may have "
            f"{memory_gib:g} GiB."
        )
    return {"kind": "ComputeError", "message": message}


def main(arguments: list[str], exit: Callable[[int], None] = os._exit) -> None:
    """Run as ``python -m synth_dagster.compute.worker JOB.json``."""
    path = Path(arguments[0])
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with (path.parent / LOG_FILE).open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        die_with_parent()
        code = work(path, out)
        sys.stdout.flush()
        sys.stderr.flush()
    # Not sys.exit: threads of numerical libraries must not hold up the end of a finished job.
    exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
