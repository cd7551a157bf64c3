"""Two syntheses of two copies of a shop, as a job for Dagster's multiprocess executor.

Run as a script it executes the job like a run process of a deployment; environment variables tell of what.
"""

import os
import sys
from pathlib import Path

import dagster as dg

from synth_dagster import DuckDBWarehouse, LocalCompute, TrainingSettings, build_synth_defs

FOLDER, EPOCHS, NAMES = "UNATTENDED_FOLDER", "UNATTENDED_EPOCHS", "UNATTENDED_NAMES"
STAGED = "UNATTENDED_STAGED"
"""Set if the source is staged, so that the job has the models alone."""


def unattended() -> dg.JobDefinition:
    """Source and model of every synthesis that the environment names."""
    folder, names = Path(os.environ[FOLDER]), os.environ[NAMES].split(",")
    parts = [
        build_synth_defs(
            name,
            DuckDBWarehouse(database=str(folder / f"{name}.duckdb")),
            DuckDBWarehouse(database=str(folder / "out.duckdb"), schema_name=name),
            store=str(folder / "store" / name),
            tables=["users", "orders"],
            training=TrainingSettings(n_epochs=int(os.environ[EPOCHS])),
            compute=LocalCompute(device="cpu", threads=1, keep_every_s=0.2),
            retry_policy=dg.RetryPolicy(max_retries=1),
        )
        for name in names
    ]
    models = dg.AssetSelection.assets(*(dg.AssetKey([name, "model"]) for name in names))
    job = dg.define_asset_job(
        "unattended",
        selection=models if os.environ.get(STAGED) else models.upstream(),
        executor_def=dg.multiprocess_executor.configured({"max_concurrent": 2}),
    )
    return dg.Definitions.merge(*parts, dg.Definitions(jobs=[job])).resolve_job_def("unattended")


def main() -> None:
    """Execute the job in the instance of DAGSTER_HOME."""
    with dg.DagsterInstance.get() as instance:
        result = dg.execute_job(dg.reconstructable(unattended), instance, raise_on_error=False)
    sys.exit(0 if result.success else 1)


if __name__ == "__main__":
    main()
