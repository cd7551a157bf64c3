"""The code location of the demo: the component of ``defs/``, a job, and a readable log."""

import logging
import sys
from pathlib import Path

import dagster as dg

JOB = "demo"


class _Line(logging.Formatter):
    """Time, step and message; of errors the first line (the whole is in the UI)."""

    def format(self, record: logging.LogRecord) -> str:
        said = getattr(record, "dagster_meta", {})
        step = (said.get("step_key") or "").partition("__")[2]
        message = str(said.get("orig_message") or record.getMessage()).partition("\n")[0]
        return f"{self.formatTime(record, '%H:%M:%S')}  {step:<19} {message}"


@dg.logger({}, description="One short line per message, on standard output.")
def terminal(context: dg.InitLoggerContext) -> logging.Logger:
    """Messages from INFO upwards; Dagster's own events are DEBUG and stay in the event log."""
    logger = logging.Logger("synth_dagster.demo", logging.INFO)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Line())
    logger.addHandler(handler)
    return logger


@dg.definitions
def demo() -> dg.Definitions:
    """The demo's assets, checks and job."""
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=Path(__file__).parent),
        dg.Definitions(
            jobs=[
                dg.define_asset_job(
                    JOB,
                    selection=dg.AssetSelection.all(),
                    config={"loggers": {"terminal": {}}},
                    description="Everything, in order.",
                )
            ],
            loggers={"terminal": terminal},
            # One process, so that killing it ends the run; the heavy work has a process of its own.
            executor=dg.in_process_executor,
        ),
    )
