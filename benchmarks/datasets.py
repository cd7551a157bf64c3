"""Every data set of a folder through the whole library: read, train a little, sample, check.

python benchmarks/datasets.py FOLDER [--only a,b] [--out DIR] [--epochs N] [--min-count 5] [--seed 0]

FOLDER holds a folder per data set, each with schema.json and its files. A line per data set says what it has,
how long each stage took, and whether the sample is valid: keys, types, ranges, missing values. A model sees
200,000 rows or so: all of them at least once, and at most ten times.
"""

import argparse
from pathlib import Path

from synth_models import MultiLevelSynth, RelationalData
from synth_models.data.topology import late_keys, table_order
from synth_models.measure import measured
from synth_models.report.metrics.validity import Validity
from synth_models.report.side import Side
from synth_models.report.trial import Trial

_SEEN, _EPOCHS = 200_000, 10


def main() -> None:
    """Measure and print, one line per data set."""
    args = _arguments()
    folders = sorted(path.parent for path in args.folder.glob("*/schema.json"))
    print(f"{'data set':28}tables depth  late      rows    read   train  sample   valid integrity  rows made")
    for folder in folders:
        if not args.only or folder.name in args.only.split(","):
            _show(folder, args)


def _show(folder: Path, args: argparse.Namespace) -> None:
    with measured() as reading:
        data = RelationalData.from_dir(folder)
    model = MultiLevelSynth(data.schema)
    with measured() as training:
        model.train(
            data,
            args.epochs or min(max(1, _SEEN // sum(data.n_rows.values())), _EPOCHS),
            tensorboard_dir=None,
            device="cpu",
            seed=args.seed,
            min_count=args.min_count,
            progress=False,
        )
    with measured() as sampling:
        made = model.sample(device="cpu", seed=args.seed, progress=False)
    if args.out:
        made.to_dir(args.out / folder.name)
    found = Validity().compute(Trial(real=Side(data), other=Side(made)))
    values = [m.value for m in found if m.value is not None]
    integrity = min((m.value for m in found if m.aspect == "integrity" and m.value is not None), default=1.0)
    rows, kept = sum(data.n_rows.values()), sum(made.n_rows.values())
    print(
        f"{folder.name:28}{len(data):6}{_depth(data):6}{len(late_keys(data)):6}{rows:10,}"
        f"{reading.seconds:7.1f}s{training.seconds:7.1f}s{sampling.seconds:7.1f}s"
        f"{sum(values) / len(values):8.4f}{integrity:10.4f}{kept / rows:11.4f}",
        flush=True,
    )


def _depth(data: RelationalData) -> int:
    """Tables on the longest way up over keys that close no cycle."""
    late, depth = late_keys(data), {}
    for name in table_order(data):
        above = [k.parent for k in data.schema.tables[name].foreign_keys if (name, k.name) not in late]
        depth[name] = 1 + max((depth[parent] for parent in above), default=0)
    return max(depth.values())


def _arguments() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folders with schema.json and files")
    parser.add_argument("--only", default="", help="the data sets to take, by comma (all)")
    parser.add_argument("--out", type=Path, help="where to leave the samples (nowhere)")
    parser.add_argument("--epochs", type=int, help="how many to train at most (by the rows)")
    parser.add_argument("--min-count", type=int, default=5, help="entities that must share a value (5)")
    parser.add_argument("--seed", type=int, default=0, help="of the model and the rows (0)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
