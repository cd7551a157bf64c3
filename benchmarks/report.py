"""How long a report takes and how much memory, and how both grow with the rows.

python benchmarks/report.py FOLDER [--shares 0.25,0.5,1] [--seed 0] [--holdout 0.1]

FOLDER (schema.json and its files) is cut down to a share of its families. A part of them is held out; the
rest is reported on, against a copy with every column and key shuffled: nothing in it is shared with the
original, so all that takes memory takes it twice. A fresh process for each share.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from synth_models import RelationalData
from synth_models.measure import measured, peak_mib
from synth_models.report import report
from synth_models.report.anchors import independent


def main() -> None:
    """Measure and print, one line per share of the rows."""
    args = _arguments()
    if args.measure is not None:
        _measure(args)
        return
    print("tables      rows   seconds  growth   processor  memory before   after  growth   rows/s")
    first = None
    for share in args.shares.split(","):
        command = [sys.executable, __file__, str(args.folder), "--measure", share]
        command += ["--seed", str(args.seed), "--holdout", str(args.holdout)]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        first = first or told
        more = {name: told[name] / first[name] for name in ("rows", "seconds", "after")}
        print(
            f"{told['tables']:6}{told['rows']:10,}{told['seconds']:8.1f} s{more['seconds']:8.2f}"
            f"{told['cpu']:10.1f} s{told['before']:11,.0f} MiB{told['after']:8,.0f}{more['after']:8.2f}"
            f"{told['rows'] / told['seconds']:9,.0f}   ({more['rows']:.2f} times the rows)",
            flush=True,
        )


def _measure(args: argparse.Namespace) -> None:
    data = RelationalData.from_dir(args.folder)
    share = float(args.measure)
    if share < 1:
        data = data.split(share, seed=args.seed)[0]
    original, held_out = data.split(1 - args.holdout, seed=args.seed)
    copy = independent(original, args.seed + 1)
    rows, tables = sum(data.n_rows.values()), len(data)
    del data
    before = peak_mib()
    with tempfile.TemporaryDirectory() as folder, measured() as cost:
        report(original, copy, Path(folder), holdout_data=held_out, seed=args.seed)
    told = {"tables": tables, "rows": rows, "seconds": cost.seconds, "cpu": cost.cpu_seconds}
    print(json.dumps({**told, "before": before, "after": peak_mib()}))


def _arguments() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="schema.json and a file per table")
    parser.add_argument("--shares", default="0.25,0.5,1", help="of the families, by comma (0.25,0.5,1)")
    parser.add_argument("--holdout", type=float, default=0.1, help="share that is held out (0.1)")
    parser.add_argument("--seed", type=int, default=0, help="of all random draws (0)")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
