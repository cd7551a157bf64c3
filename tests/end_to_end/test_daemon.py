"""A deployment with its daemon: refreshed by the clock, backfilled in order, cancelled, and killed."""

import json
from pathlib import Path
from typing import Any

import duckdb
import nightly
import pytest
from dagster_server import DagsterServer, until

from synth_models.testing import shop

pytestmark = pytest.mark.slow
DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]
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


def test_ticks_backfills_cancellation_and_kills(tmp_path: Path) -> None:
    for name in ("shop", "days"):
        fill(tmp_path / f"{name}.duckdb")
    variables = {nightly.FOLDER: str(tmp_path), nightly.EPOCHS: "2"}
    target = ["-m", "nightly"]
    with DagsterServer(tmp_path / "home", target, tmp_path, variables) as server:
        # ---- a backfill goes day by day, each from the checkpoint of the day before
        asked = backfill(server, DAYS)
        until(lambda: "COMPLETED" in server.graphql(STATUS, id=asked)["partitionBackfillOrError"]["status"])
        made = models(server)
        assert [one["partition"] for one in made] == DAYS
        assert decision(made[0]) == "cold"
        assert "warm" in {decision(one) for one in made[1:]}
        assert partitions(made[-1]) == DAYS
        # ---- the daemon sees the clock strike, and the run it starts publishes
        until(lambda: "SUCCESS" in ticked(server) or "FAILURE" in ticked(server), what="a tick, a run")
        assert ticked(server)[-1] == "SUCCESS", server.log()
        with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
            assert connection.execute("SELECT count(*) FROM synthetic.users").fetchone() == (40,)
