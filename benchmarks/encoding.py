"""From a warehouse to token blocks, streamed: rows per second, and the memory it takes.

python benchmarks/encoding.py FOLDER [--postgres DSN]

FOLDER (schema.json and its files) is first published to a DuckDB file, and to the PostgreSQL database if one
is given. Then, in a process of its own for each: Arrow batches are spooled to a file on disk, the file is
mapped into memory, the columns are fitted and encoded one at a time. No data frame holds a copy of a table.
On a busy machine the rate by processor time tells what it would be on an idle one, or nearly so.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseReader, WarehouseTable
from synth_dagster.warehouse.duckdb import DuckDBWarehouse
from synth_dagster.warehouse.postgres import PostgresWarehouse
from synth_models import RelationalData, Schema
from synth_models.columns.base import MIN_COUNT
from synth_models.data.schema import KEY
from synth_models.graph.encode import encode_rows
from synth_models.graph.implied import find_implied, widened
from synth_models.graph.plan import make_blueprints
from synth_models.measure import measured, peak_mib

_SCHEMA = "synth_benchmark"


def main() -> None:
    """Publish, then measure each warehouse in a fresh process."""
    args = _arguments()
    if args.measure:
        _measure(args)
        return
    data = RelationalData.from_dir(args.folder)
    print(f"{args.folder.name}: {len(data)} tables, {sum(data.n_rows.values()):,} rows")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "w.duckdb")
        for place in (str(file), *([args.postgres] if args.postgres else [])):
            _publish(_warehouse(place), data)
            subprocess.run([sys.executable, __file__, str(args.folder), "--measure", place], check=True)


def _warehouse(place: str) -> Warehouse:
    if place.startswith("postgres"):
        return PostgresWarehouse(dsn=place, schemas=[_SCHEMA])
    return DuckDBWarehouse(database=place)


def _publish(warehouse: Warehouse, data: RelationalData) -> None:
    def kind(name: str, column: str) -> str:
        declared = data.schema.tables[name].columns[column].type
        if declared != KEY:
            return declared
        return "integer" if pd.api.types.is_integer_dtype(data[name][column]) else "categorical"

    warehouse.publish(
        [
            Publication(
                name,
                WarehouseTable({c: WarehouseColumn("", kind(name, c)) for c in frame.columns}),
                lambda frame=frame: frame,
            )
            for name, frame in data.items()
        ]
    )


def _measure(args: argparse.Namespace) -> None:
    schema = Schema.from_dict(json.loads((args.folder / "schema.json").read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as folder:
        with measured() as reading, _warehouse(args.measure).reading() as reader:
            there = reader.tables()
            tables = {
                name: _spooled(reader, name, there[name].columns, Path(folder, f"{number}.arrow"))
                for number, name in enumerate(schema.tables)
            }
        with measured() as checking:
            frames = {name: rows.to_pandas(types_mapper=pd.ArrowDtype) for name, rows in tables.items()}
            data = RelationalData(frames, schema)
        with measured() as fitting:
            data = widened(data, find_implied(data, seed=0, min_count=MIN_COUNT))
            blueprints = make_blueprints(data)
        with measured() as encoding:
            encode_rows(data, blueprints)
    rows = sum(data.n_rows.values())
    parts = {"read": reading, "check": checking, "fit": fitting, "encode": encoding}
    whole, busy = (sum(getattr(c, of) for c in parts.values()) for of in ("seconds", "cpu_seconds"))
    print(
        f"{'postgres' if args.measure.startswith('postgres') else 'duckdb':10}{rows / whole:12,.0f} rows/s "
        f"({rows / busy:,.0f} per second of processor time), "
        + ", ".join(f"{name} {cost.seconds:.1f} s" for name, cost in parts.items())
        + f", peak memory {peak_mib():,.0f} MiB",
        flush=True,
    )


def _spooled(
    reader: WarehouseReader, name: str, columns: Mapping[str, WarehouseColumn], path: Path
) -> pa.Table:
    """The rows of a table in a file that is mapped into memory."""
    writer = None
    with pa.OSFile(str(path), "wb") as file:
        for batch in reader.batches(name, columns):
            writer = writer or pa.ipc.new_file(file, batch.schema)
            writer.write_batch(batch)
        if writer:
            writer.close()
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _arguments() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="schema.json and a file per table")
    parser.add_argument("--postgres", metavar="DSN", help="a PostgreSQL database that may be written")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
