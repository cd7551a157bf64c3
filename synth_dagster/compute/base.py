"""What a compute resource does: run one job away from Dagster's process, and let its log through."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

import dagster as dg

Say = Callable[[str], None]
"""Takes a line for the log."""


@final
@dataclass(frozen=True, kw_only=True)
class Job:
    """A piece of heavy work, as plain data.

    Args:
        task: ``train``, ``sample`` or ``report``.
        folder: A local folder that the job has for itself; inputs and results are files in it.
        params: What the task is told, JSON only.
    """

    task: str
    folder: Path
    params: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {**asdict(self), "folder": str(self.folder), "params": dict(self.params)}


class Compute(dg.ConfigurableResource, ABC):
    """Where the heavy work of an op runs."""

    @abstractmethod
    def run(self, job: Job, say: Say) -> dict[str, Any]:
        """Do the job.

        Args:
            job: What to do.
            say: Takes every line the job has to say, as soon as it is said.

        Returns:
            What the task returned, with ``seconds`` and ``peak_mib`` added.

        Raises:
            SynthError: What the task raised, with its message.
            ComputeError: If the process died, or failed in a way nobody foresaw.
        """
