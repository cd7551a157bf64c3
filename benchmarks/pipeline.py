"""Rows per second of every stage of the pipeline on a data folder, and the memory it takes.

python benchmarks/pipeline.py DATA [--epochs 3] [--seed 0] [--device cpu]
"""

import argparse
import tempfile
from pathlib import Path

from synth_models import MultiLevelSynth, RelationalData
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints
from synth_models.measure import Cost, measured, peak_mib
from synth_models.report import report


def main() -> None:
    """Measure and print, one line per stage."""
    args = _arguments()
    data = RelationalData.from_dir(args.data)
    rows = sum(data.n_rows.values())
    print(
        f"{args.data.name}: {len(data)} tables, {rows:,} rows, at most {args.epochs} epochs on {args.device}"
    )

    with measured() as encoding:
        encode_rows(data, make_blueprints(data, seed=args.seed))
    _show("encode", rows, encoding, encoding, rows)

    model = MultiLevelSynth(data.schema)
    with measured() as training:
        model.train(
            data, args.epochs, tensorboard_dir=None, device=args.device, seed=args.seed, progress=False
        )
    _show("train", rows * model.info["epochs"], training, encoding, rows)

    with measured() as sampling:
        synthetic = model.sample(device=args.device, seed=args.seed, progress=False)
    _show("sample", rows, sampling, encoding, rows)

    with tempfile.TemporaryDirectory() as folder, measured() as reporting:
        report(data, synthetic, Path(folder), seed=args.seed, progress=False)
    _show("report", rows, reporting, encoding, rows)
    print(f"peak memory {peak_mib():,.0f} MiB, {peak_mib() * 2**20 / rows:,.0f} bytes per row")


def _show(stage: str, visits: int, cost: Cost, encoding: Cost, rows: int) -> None:
    pace = visits / cost.seconds
    print(
        f"{stage:8}{pace:12,.0f} rows/s ={pace * encoding.seconds / rows:7.3f} of encode;"
        f"{cost.seconds:8.1f} s,{cost.cpu_seconds:8.1f} s of processors,{peak_mib():7,.0f} MiB so far",
        flush=True,
    )


def _arguments() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("data", type=Path, metavar="DATA", help="a folder with schema.json and its files")
    parser.add_argument("--epochs", type=int, default=3, help="how many to train at most (3)")
    parser.add_argument("--seed", type=int, default=0, help="of the model and the rows (0)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda (cpu)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
