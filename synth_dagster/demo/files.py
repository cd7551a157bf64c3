"""The files of the demo: a warehouse built from the packaged data, and the home of a Dagster instance."""

import os
import shutil
from importlib.resources import as_file, files
from pathlib import Path

FOLDER = Path("demo")
"""Everything the demo writes, below the working directory."""
WAREHOUSE = FOLDER / "warehouse.duckdb"
DESTINATION = FOLDER / "synthetic.duckdb"
HOME = FOLDER / "dagster_home"
TABLES = ("airlines", "airports", "planes", "weather", "flights")


def prepare() -> None:
    """Make what is missing: the warehouse (whole or not at all), and the home of the Dagster instance."""
    HOME.mkdir(parents=True, exist_ok=True)
    with as_file(files("synth_dagster.demo") / "dagster.yaml") as settings:
        shutil.copyfile(settings, HOME / "dagster.yaml")
    if not WAREHOUSE.exists():
        _build_warehouse()


def _build_warehouse() -> None:
    import duckdb

    unfinished = WAREHOUSE.with_name(f".{WAREHOUSE.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        with (
            as_file(files("synth_dagster.demo") / "data") as data,
            duckdb.connect(str(unfinished)) as connection,
        ):
            connection.execute((data / "schema.sql").read_text(encoding="utf-8"))
            for table in TABLES:
                connection.execute(
                    f"INSERT INTO {table} BY NAME SELECT * FROM read_csv(?, header = true, sample_size = -1)",  # noqa: S608
                    [str(data / f"{table}.csv.gz")],
                )
        unfinished.replace(WAREHOUSE)
    finally:
        unfinished.unlink(missing_ok=True)
