"""A deployment with its daemon: refreshed by the clock, backfilled in order, cancelled, and killed."""

import json
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import nightly
import pytest
from dagster_server import ENDED, DagsterServer, until

from synth_models.checkpoint import read_checkpoint
from synth_models.testing import shop

pytestmark = pytest.mark.slow
DAYS = ["2026-01-01", "2026-01-02"]
EPOCHS = 150
"""At most: enough that a training can be killed in between; it ends when it improves no more."""
BACKFILL = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess {backfillId} ... on PythonError {message stack}
  }
}"""
STATUS = (
    "query ($id: String!) {partitionBackfillOrError(backfillId: $id) {... on PartitionBackfill {status}}}"
)
MATERIALIZATIONS = """
query ($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {assetMaterializations {partition timestamp metadataEntries {
      label ... on TextMetadataEntry {text} ... on JsonMetadataEntry {jsonString}
    }}}
  }
}"""
TRAINING = "store/days"
"""On the command line of the processes that work for the synthesis with partitions."""
TERMINATE = "mutation ($id: String!) {terminateRun(runId: $id) {__typename}}"


def fill(file: Path) -> None:
    """A shop whose orders are of three days."""
    data = shop(40)
    with duckdb.connect(str(file)) as connection:
        for table in ("users", "orders"):
            connection.register("frame", data[table])
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM frame")
            connection.unregister("frame")
            connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
        connection.execute(
            "UPDATE orders SET placed = TIMESTAMP '2026-01-01 08:00' "
            '+ to_days((CASE WHEN "user" % 8 = 0 THEN 1 WHEN "user" % 8 = 1 THEN 2 ELSE 0 END)::INT)'
        )


def backfill(server: DagsterServer, days: list[str]) -> str:
    """Ask for days of source and model, as the page does; returns the id."""
    paths = [["days", "model"], ["days", "source", "users"], ["days", "source", "orders"]]
    params = {"assetSelection": [{"path": path} for path in paths], "partitionNames": days}
    made = server.graphql(BACKFILL, params=params)["launchPartitionBackfill"]
    assert made["__typename"] == "LaunchBackfillSuccess", made
    return made["backfillId"]


def models(server: DagsterServer) -> list[dict[str, Any]]:
    """The materializations of the model with partitions, the oldest first."""
    found = server.graphql(MATERIALIZATIONS, key={"path": ["days", "model"]})["assetNodeOrError"]
    return sorted(found["assetMaterializations"], key=lambda made: float(made["timestamp"]))


def decision(made: dict[str, Any]) -> str:
    return next(entry["text"] for entry in made["metadataEntries"] if entry["label"] == "decision")


def partitions(made: dict[str, Any]) -> list[str]:
    (lineage,) = [e["jsonString"] for e in made["metadataEntries"] if e["label"] == "lineage"]
    return json.loads(lineage)["partitions"]


def ticked(server: DagsterServer) -> list[str]:
    """The status of every run that the schedule has asked for."""
    tag = {"key": "dagster/schedule_name", "value": "shop__schedule"}
    return [run["status"] for run in server.runs() if tag in run["tags"]]


LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename ... on LaunchRunSuccess {run {runId}} ... on PythonError {message}
  }
}"""


def launch(server: DagsterServer, **training: Any) -> str:
    """Launch a training of the model with partitions, as the launchpad does; returns the run's id."""
    params = {
        "selector": {
            "repositoryName": "__repository__",
            "repositoryLocationName": "nightly",
            "pipelineName": "__ASSET_JOB",
            "assetSelection": [{"path": ["days", "model"]}],
            "assetCheckSelection": [],
        },
        "runConfigData": {"ops": {"days__model": {"config": training}}},
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": DAYS[-1]}]},
    }
    made = server.graphql(LAUNCH, params=params)["launchPipelineExecution"]
    assert made["__typename"] == "LaunchRunSuccess", made
    return made["run"]["runId"]


def launch_long(server: DagsterServer, n_epochs: int, **training: Any) -> str:
    """Launch a training that lasts; returns the run's id when its first epoch is over and kept."""
    folder = server.folder / "store" / "days" / "unfinished"
    before = set(folder.glob("*"))
    run = launch(server, n_epochs=n_epochs, **training)
    until(lambda: server.processes(TRAINING) and set(folder.glob("*")) - before, what="a training")
    until(lambda: epochs(server, run), what="an epoch")
    told = time.time()
    until(lambda: kept_at(folder) > told, what="a later state")
    return run


def kept_at(folder: Path) -> float:
    """When anything in a folder was written last."""
    found = [0.0]
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # it was replaced
            found.append(path.stat().st_mtime)
    return max(found)


def kept_epochs(folder: Path) -> int:
    """How many epochs the training that was kept last in a folder is through with."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    path = max(files, key=lambda path: path.stat().st_mtime)
    return read_checkpoint(path)["state"]["place"]["epoch"]


LOG = """
query ($id: ID!) {
  logsForRun(runId: $id) {... on EventConnection {events {... on MessageEvent {message}}}}
}"""


def said(server: DagsterServer, run: str) -> list[str]:
    """What a run has said."""
    return [event["message"] for event in server.graphql(LOG, id=run)["logsForRun"]["events"] if event]


def epochs(server: DagsterServer, run: str) -> list[int]:
    """The epochs that a run has told of, in this order."""
    return [int(found[1]) for line in said(server, run) if (found := re.match(r"epoch (\d+)/", line))]


SCHEDULE = {
    "repositoryName": "__repository__",
    "repositoryLocationName": "nightly",
    "scheduleName": "shop__schedule",
}
STATE = """
query ($of: ScheduleSelector!) {
  scheduleOrError(scheduleSelector: $of) {... on Schedule {scheduleState {id status}}}
}"""
STOP = "mutation ($id: String!) {stopRunningSchedule(id: $id) {__typename}}"
START = "mutation ($of: ScheduleSelector!) {startSchedule(scheduleSelector: $of) {__typename}}"


def stop_the_schedule(server: DagsterServer) -> None:
    """No further ticks, whose runs would only be in the way of what follows."""
    state = server.graphql(STATE, of=SCHEDULE)["scheduleOrError"]["scheduleState"]
    assert state["status"] == "RUNNING"
    stopped = server.graphql(STOP, id=state["id"])["stopRunningSchedule"]
    assert stopped["__typename"] == "ScheduleStateResult", stopped


def start_the_schedule(server: DagsterServer) -> None:
    """Ticks again."""
    started = server.graphql(START, of=SCHEDULE)["startSchedule"]
    assert started["__typename"] == "ScheduleStateResult", started


def status(server: DagsterServer, run: str) -> str:
    return next(one["status"] for one in server.runs() if one["runId"] == run)


def test_ticks_backfills_cancellation_and_kills(tmp_path: Path) -> None:
    for name in ("shop", "days"):
        fill(tmp_path / f"{name}.duckdb")
    variables = {nightly.FOLDER: str(tmp_path), nightly.EPOCHS: "2"}
    target = ["-m", "nightly"]
    with DagsterServer(tmp_path / "home", target, tmp_path, variables) as server:
        stop_the_schedule(server)  # it runs as soon as there is a daemon
        # ---- a backfill goes day by day, each from the checkpoint of the day before
        asked = backfill(server, DAYS)
        until(lambda: "COMPLETED" in server.graphql(STATUS, id=asked)["partitionBackfillOrError"]["status"])
        made = models(server)
        assert [one["partition"] for one in made] == DAYS
        assert decision(made[0]) == "cold"
        assert decision(made[1]) == "warm"
        assert partitions(made[-1]) == DAYS
        # ---- the daemon sees the clock strike, and the run it starts publishes
        start_the_schedule(server)
        until(lambda: "SUCCESS" in ticked(server) or "FAILURE" in ticked(server), what="a tick, a run")
        assert ticked(server)[-1] == "SUCCESS", server.log()
        stop_the_schedule(server)
        until(lambda: set(ticked(server)) <= ENDED, what="the last run")  # it publishes to the same file
        with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
            assert connection.execute("SELECT count(*) FROM synthetic.users").fetchone() == (40,)
        # ---- cancelled in the page: the process of the training is gone within ten seconds
        run = launch_long(server, 5000, force=True)
        server.graphql(TERMINATE, id=run)
        assert until(lambda: not server.processes(TRAINING), 10) < 10
        until(lambda: status(server, run) == "CANCELED", 30, "cancelled")
        # ---- the daemon is killed with all it has started, but for the training: that sees it, and ends
        run = launch_long(server, EPOCHS)
        server.kill(but="compute.worker")
        until(lambda: not server.processes("compute.worker"), 10, "no orphan")
        come_to = kept_epochs(server.folder / "store" / "days" / "unfinished")
        # ---- and comes back: the dead run ends and gives back its place, so that the next one trains:
        # it goes on from where the one that was killed has come to
        server.start()
        until(lambda: status(server, run) == "FAILURE", 90, "the dead run ends")
        after = launch(server, n_epochs=EPOCHS)
        until(lambda: status(server, after) in {"SUCCESS", "FAILURE"}, what="the next run")
        assert status(server, after) == "SUCCESS", server.log()
        assert "goes on from what an interrupted training has kept" in said(server, after)
        told = epochs(server, run)
        assert told[0] == 1
        # it outlived the daemon, and may have kept epochs it could not tell of
        assert come_to >= told[-1] - 1
        assert epochs(server, after)[0] == come_to + 1
