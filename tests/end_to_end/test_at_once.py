"""Two runs of the source at once, each in a process of its own: neither takes from the other."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from synth_dagster import Store
from synth_dagster.facts import TableFacts
from synth_models.testing import shop

pytestmark = pytest.mark.slow
PARTS = ["fair", "web"]
RUN = """
import sys, time
from pathlib import Path
import dagster as dg
from synth_dagster import DuckDBWarehouse, PartitionSettings, build_synth_defs
from synth_dagster.assets import source

home, folder, part = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
take = source.take_snapshot

def take_and_wait(*arguments):
    # both have read the store before either of them writes to it
    taken = take(*arguments)
    (folder / f"{part}.read").touch()
    deadline = time.monotonic() + 120
    while len(list(folder.glob("*.read"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return taken

source.take_snapshot = take_and_wait
defs = build_synth_defs(
    "shop",
    DuckDBWarehouse(database=str(folder / "shop.duckdb")),
    DuckDBWarehouse(database=str(folder / "out.duckdb")),
    store=str(folder / "store"),
    tables=["users", "orders"],
    partitions=PartitionSettings(by="names", tables={"orders": "channel"}),
)
keys = [dg.AssetKey(["shop", "source", table]) for table in ("users", "orders")]
with dg.DagsterInstance.from_config(str(home)) as instance:
    job = defs.resolve_implicit_global_asset_job_def()
    job.execute_in_process(instance=instance, asset_selection=keys, partition_key=part)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An instance that knows both partitions, beside a shop that has them."""
    data = shop(40)
    data["orders"]["channel"] = [PARTS[row % 2] for row in range(len(data["orders"]))]
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        for table in ("users", "orders"):
            connection.register("frame", data[table])
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM frame")
            connection.unregister("frame")
            connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.add_dynamic_partitions("shop__partitions", PARTS)
    return home


def test_two_runs_at_once_for_two_partitions_stage_both(home: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, str(home), str(tmp_path)]
    runs = [
        subprocess.Popen([*command, part], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for part in PARTS
    ]
    said = [run.communicate(timeout=240)[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    frame = Store(root=str(tmp_path / "store")).frame("source", "orders")
    assert list(TableFacts.of(frame).parts) == PARTS
    assert frame["channel"].tolist() == sorted(frame["channel"])
    assert len(frame) == len(shop(40)["orders"])
    key = dg.AssetKey(["shop", "source", "orders"])
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert instance.get_materialized_partitions(key) == set(PARTS)
