"""Runs that were killed with the whole deployment: ended, so that what waits for their places can go on."""

import socket
from collections.abc import Iterable, Sequence

import dagster as dg
import psutil

from synth_dagster.synthesis import HOST, Synthesis

_EVERY_S = 30
_ACTIVE = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_LAUNCHED_HERE = ".dagster/grpc_info"
"""The tag of runs that Dagster's default launcher has started: as processes beside the code location's."""
_CLOCK_S = 60.0
"""How far the clock may have been set since a process began, before it is taken for another."""


def dead_runs(synthesis: Synthesis, keys: Iterable[dg.AssetKey]) -> dg.SensorDefinition:
    """A sensor that ends the runs of a synthesis whose processes are gone.

    Dagster's own monitoring asks the launchers that can tell (Kubernetes, Docker, ...); the default one
    cannot.

    Args:
        synthesis: It gives the sensor its name.
        keys: The assets of the synthesis; runs that make none of them are left alone.
    """
    own = frozenset(keys)

    @dg.sensor(
        name=synthesis.op("dead_runs"),
        minimum_interval_seconds=_EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Ends runs of the synthesis '{synthesis.name}' whose processes were killed.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        instance = context.instance
        launched = [run for run in active_runs(instance) if _LAUNCHED_HERE in run.tags]
        ended = end_dead_runs(instance, [run for run in launched if own & _planned(instance, run)])
        if not ended:
            return dg.SkipReason("No run has lost its processes.")
        return dg.SkipReason(f"Ended, because their processes are gone: {', '.join(ended)}.")

    return look


def active_runs(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    """The runs that have been started and have not ended, as far as Dagster knows."""
    return instance.get_runs(dg.RunsFilter(statuses=_ACTIVE))


def end_dead_runs(instance: dg.DagsterInstance, runs: Iterable[dg.DagsterRun]) -> list[str]:
    """End those of the runs whose processes are gone; returns their ids.

    A run is left alone as long as one of its processes lives, if it has not told any, and if it is known to
    be on another machine.
    """
    ended = []
    for run in runs:
        if run.tags.get(HOST, socket.gethostname()) != socket.gethostname() or not _is_dead(instance, run):
            continue
        # its places first: who is killed in between finds the run again
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        if run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "The processes of this run are gone.")
        else:
            instance.report_run_failed(run, "The processes of this run were killed.")
        ended.append(run.run_id)
    return ended


def _planned(instance: dg.DagsterInstance, run: dg.DagsterRun) -> set[dg.AssetKey]:
    """The assets that a run is to make or to check."""
    made = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    keys = {entry.dagster_event.asset_key for entry in made if entry.dagster_event}
    checked = {key.asset_key for key in run.asset_check_selection or ()}
    return {key for key in keys | checked if key is not None}


def _is_dead(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether all processes that a run has told of (its own, and those of its steps) are gone."""
    told = instance.all_logs(
        run.run_id, of_type={dg.DagsterEventType.ENGINE_EVENT, dg.DagsterEventType.STEP_WORKER_STARTED}
    )
    processes = {
        int(str(event.engine_event_data.metadata["pid"].value)): entry.timestamp
        for entry in told
        if (event := entry.dagster_event) and "pid" in event.engine_event_data.metadata
    }
    return bool(processes) and not any(_lives(pid, when) for pid, when in processes.items())


def _lives(pid: int, when: float) -> bool:
    """Whether the process that had this number then is still there, and not another with its number."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= when + _CLOCK_S
    except psutil.NoSuchProcess:
        return False
