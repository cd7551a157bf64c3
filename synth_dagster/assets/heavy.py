"""How an op hands its heavy work to the compute resource."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from synth_dagster.compute.base import Job
from synth_dagster.compute.worker import LOG_FILE
from synth_dagster.failure import ComputeError
from synth_dagster.synthesis import Resources


def run_job(
    context: dg.AssetExecutionContext,
    resources: Resources,
    task: str,
    folder: Path,
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """Do the job and let its lines into the log; of a process that failed in an unforeseen way keep the log.

    Raises:
        SynthError: What the job raised; see ``Compute.run``.
    """
    try:
        result = resources.compute.run(Job(task=task, folder=folder, params=params), context.log.info)
    except ComputeError as error:
        if not (folder / LOG_FILE).is_file() or not (folder / LOG_FILE).stat().st_size:
            raise
        place = resources.store.keep(f"{task}.log", folder / LOG_FILE)
        raise ComputeError(f"{error} What it wrote (which may quote rows) is in '{place}'.") from None
    context.log.info(f"{task} took {result['seconds']:.0f} s and {result['peak_mib']} MiB of memory")
    return result


def cost_metadata(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a job cost."""
    return {"seconds": round(float(result["seconds"]), 1), "peak memory (MiB)": int(result["peak_mib"])}
