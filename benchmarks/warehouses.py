"""Rows per second in and out of every kind of warehouse, for one table of a data folder.

python benchmarks/warehouses.py FILE.csv [--postgres DSN]
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.arrow import kind_of_arrow
from synth_dagster.warehouse.base import BATCH_ROWS, Publication, WarehouseColumn, WarehouseTable
from synth_dagster.warehouse.duckdb import DuckDBWarehouse
from synth_dagster.warehouse.folder import FolderWarehouse
from synth_dagster.warehouse.postgres import PostgresWarehouse
from synth_dagster.warehouse.sqlalchemy import SQLAlchemyWarehouse

TABLE = "synth_benchmark"


def main() -> None:
    """Measure and print, one line per warehouse."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a CSV file (.csv or .csv.gz)")
    parser.add_argument("--postgres", metavar="DSN", help="a PostgreSQL database that may be written")
    args = parser.parse_args()
    rows = pa_csv.read_csv(args.file)
    print(f"{args.file.name}: {rows.num_rows:,} rows, {rows.num_columns} columns; rows per second")
    with tempfile.TemporaryDirectory() as folder:
        warehouses: dict[str, Warehouse] = {
            "duckdb": DuckDBWarehouse(database=f"{folder}/w.duckdb"),
            "folder, parquet": FolderWarehouse(path=f"{folder}/parquet"),
            "folder, csv": FolderWarehouse(path=f"{folder}/csv", format="csv"),
            "sqlalchemy, sqlite": SQLAlchemyWarehouse(url=f"sqlite:///{folder}/w.db"),
        }
        if args.postgres:
            warehouses["postgres"] = PostgresWarehouse(dsn=args.postgres)
        for name, warehouse in warehouses.items():
            _measure(name, warehouse, rows)


def _measure(name: str, warehouse: Warehouse, rows: pa.Table) -> None:
    kinds = {field.name: kind_of_arrow(field.type) for field in rows.schema}
    table = WarehouseTable({column: WarehouseColumn("", kind) for column, kind in kinds.items()})
    paces = {}

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        paces[what] = rows.num_rows / (time.perf_counter() - began)

    load: Callable[[], pa.RecordBatchReader] = lambda: rows.to_reader(BATCH_ROWS)  # noqa: E731
    with timed("publish"):
        warehouse.publish([Publication(TABLE, table, load)])
    with warehouse.reading() as reader:
        columns = reader.tables()[TABLE].columns
        with timed("version"):
            reader.contents(TABLE, list(columns))
        with timed("stream"):
            sum(batch.num_rows for batch in reader.batches(TABLE, columns))
        with timed("frame"):
            reader.read(TABLE, columns)
    print(f"{name:20}" + "".join(f"{what} {pace:12,.0f}   " for what, pace in paces.items()), flush=True)


if __name__ == "__main__":
    main()
