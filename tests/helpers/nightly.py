"""A code location for tests: a synthesis that is refreshed every minute, and one with daily partitions."""

import os
from pathlib import Path

import dagster as dg

from synth_dagster import (
    AutomationSettings,
    CheckSettings,
    DuckDBWarehouse,
    LocalCompute,
    PartitionSettings,
    TrainingSettings,
    build_synth_defs,
    recovery,
)

FOLDER, EPOCHS = "NIGHTLY_FOLDER", "NIGHTLY_EPOCHS"


@dg.definitions
def nightly() -> dg.Definitions:
    """Both syntheses."""
    folder = Path(os.environ[FOLDER])
    recovery._EVERY_S = 5  # a test does not wait for half a minute
    # kept at every step, before the epoch is told of: at a kill at most one epoch told is not kept whole
    compute = LocalCompute(device="cpu", threads=1, keep_every_s=0.0)
    checks = CheckSettings(max_train_share=None, max_excess_copies=None)
    refreshed = build_synth_defs(
        "shop",
        DuckDBWarehouse(database=str(folder / "shop.duckdb")),
        DuckDBWarehouse(database=str(folder / "out.duckdb"), schema_name="synthetic"),
        store=str(folder / "store" / "shop"),
        tables=["users"],
        training=TrainingSettings(n_epochs=1),
        checks=checks,
        compute=compute,
        automation=AutomationSettings(cron="* * * * *"),
    )
    divided = build_synth_defs(
        "days",
        DuckDBWarehouse(database=str(folder / "days.duckdb")),
        DuckDBWarehouse(database=str(folder / "out.duckdb"), schema_name="days"),
        store=str(folder / "store" / "days"),
        tables=["users", "orders"],
        training=TrainingSettings(n_epochs=int(os.environ[EPOCHS])),
        compute=compute,
        partitions=PartitionSettings(start="2026-01-01", tables={"orders": "placed"}),
    )
    return dg.Definitions.merge(refreshed, divided, dg.Definitions(executor=dg.in_process_executor))
