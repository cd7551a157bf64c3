"""How faithful and private models are, and what they cost: data sets and seeds, with both ends of each scale.

python benchmarks/fidelity.py FOLDER... [--models multilevel,graph] [--seeds 0,1,2] [--keep a,b]
                              [--mode sample_fks] [--epochs N] [--out DIR]

Each FOLDER holds schema.json and its files. Four fifths of the families are trained on, the others are held
out; a fresh model per seed, with the library's defaults. A line per model: mean and standard deviation over
the seeds of the report's scores; above it the same of real data (ceiling) and of columns dealt out
independently (floor).
"""

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import cast

from scores import heading, line

from synth_models import RelationalData, Schema, SynthMode
from synth_models.load import MODELS
from synth_models.measure import measured
from synth_models.models.model import Model
from synth_models.report.compute import compute
from synth_models.report.score import Score


def main() -> None:
    """Measure and print, a block per data set."""
    args = _arguments()
    for folder in args.folders:
        train, held_out = RelationalData.from_dir(folder).split(0.8, seed=0)
        print(f"\n{folder.name}: {sum(train.n_rows.values()):,} rows of {len(train)} tables", flush=True)
        print(f"{heading()}  training  sampling (CPU s)")
        for at, name in enumerate(args.models.split(",")):
            runs = [_run(name, train, held_out, int(seed), args) for seed in args.seeds.split(",")]
            if not at:
                first = runs[0][0]
                print(line("ceiling", [first], "ceiling"))
                print(line("floor", [first], "floor"))
            trained, sampled = statistics.mean([r[1] for r in runs]), statistics.mean([r[2] for r in runs])
            print(f"{line(name, [r[0] for r in runs])}{trained:10.1f}{sampled:10.1f}", flush=True)


def _run(
    name: str, train: RelationalData, held_out: RelationalData, seed: int, args: argparse.Namespace
) -> tuple[dict[str, Score], float, float]:
    """The scores of one model, and the processor seconds that training and sampling took."""
    model = cast("Callable[[Schema], Model]", MODELS.get(name))(train.schema)
    kept = [table for table in args.keep.split(",") if table]
    with measured() as training:
        model.train(train, args.epochs, tensorboard_dir=None, device="cpu", seed=seed, progress=False)
    wanted = {table: rows for table, rows in train.n_rows.items() if table not in kept}
    with measured() as sampling:
        made = model.sample(train, wanted, SynthMode(args.mode), "cpu", seed=seed, progress=False)
    if args.out:
        made.to_dir(args.out / name / str(seed))
    found = compute(train, made, held_out, kept, seed=0, tick=lambda _: None)
    return found.scores, training.cpu_seconds, sampling.cpu_seconds


def _arguments() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="schema.json and its files")
    parser.add_argument("--models", default="multilevel", help="by comma (multilevel)")
    parser.add_argument("--seeds", default="0,1,2", help="by comma (0,1,2)")
    parser.add_argument("--keep", default="", help="tables that keep their rows, by comma (none)")
    parser.add_argument("--mode", default="sample_fks", help="sample_fks or original_fks")
    parser.add_argument("--epochs", type=int, help="at most (by the amount of data)")
    parser.add_argument("--out", type=Path, help="where to leave the samples (nowhere)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
