"""What a piece of work costs: time, processor time, memory."""

import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

_STATUS = Path("/proc/self/status")


@final
@dataclass
class Cost:
    """Seconds by the clock and of the processors (child processes that ended included)."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """A ``Cost`` that is filled in when the block ends.

    Example:
        >>> with measured() as cost:
        ...     _ = sum(range(1000))
        >>> cost.seconds > 0
        True
    """
    cost = Cost()
    start, cpu = time.perf_counter(), _cpu_seconds()
    yield cost
    cost.seconds, cost.cpu_seconds = time.perf_counter() - start, _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_mib() -> float:
    """The most memory this process, or one of its children that ended, ever held resident, in MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    if _STATUS.exists():  # getrusage counts what the parent held when it started this process
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return max(int(line.split()[1]) / 2**10, children)
    return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, children)
