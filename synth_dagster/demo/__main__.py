"""``python -m synth_dagster.demo``: the whole asset graph, materialized by Dagster."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from synth_dagster.demo.files import DESTINATION, HOME, prepare
from synth_dagster.demo.summary import summary
from synth_dagster.recovery import active_runs, end_dead_runs


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m synth_dagster.demo", description=__doc__)
    parser.add_argument(
        "--prepare", action="store_true", help="only make the warehouse and the Dagster instance"
    )
    options = parser.parse_args(arguments)
    began = time.monotonic()
    prepare()
    if options.prepare:
        print(f"The demo is prepared in '{HOME.parent}'.")
        return 0
    os.environ["DAGSTER_HOME"] = str(HOME.absolute())
    print("Loading the definitions ...", flush=True)
    from synth_dagster.demo.definitions import JOB, demo

    job = demo().resolve_job_def(JOB)
    with dg.DagsterInstance.get() as instance:
        end_dead_runs(instance, active_runs(instance))
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    if not result.success:
        print("\nThe demo did not finish:", *failures(result), sep="\n- ", file=sys.stderr)
        return 1
    print(summary(result, Path(DESTINATION), time.monotonic() - began))
    return 0


def failures(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """What every failed step says."""
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            said = data.user_failure_data.description if data.user_failure_data else None
            said = said or (data.error.message if data.error else "no reason given")
            yield f"{event.step_key}: {said}".strip()


if __name__ == "__main__":
    sys.exit(main())
