"""The command ``synth-models``: train, sample, report, or all of it in one go, without Dagster."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from synth_models.errors import SettingError, SynthError, report_all
from synth_models.measure import measured, peak_mib

_ABOUT = """\
Synthetic twins of relational data.

DATA is a folder with schema.json and one CSV (.csv, .csv.gz) or Parquet file per table. schema.json says what the
tables are:

  {"tables": {
    "users":  {"primary_key": "id",
               "columns": {"id": "key", "age": "integer", "country": "categorical"}},
    "orders": {"primary_key": "id",
               "foreign_keys": [{"column": "user", "parent": "users"}],
               "columns": {"id": "key", "user": "key", "placed": "datetime", "total": "numeric"}}}}

Column types: key, boolean, categorical, integer, numeric, date, datetime, text."""

_EXAMPLES = """\
examples:
  synth-models run shop synthetic --seed 1             a synthetic twin of the folder shop, of the same size
  synth-models run shop synthetic --keep countries     ... with the rows of one lookup table as they are
  synth-models train shop --out shop.pt                only the model
  synth-models sample shop.pt --out big --scale 10     ten times the rows from it
  synth-models report shop synthetic --out report      a PDF and a JSON that compare the two

'synth-models COMMAND --help' tells the options of a command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments; None takes those of the process.

    Returns:
        The exit code: 0; 1 if a file could not be written; 2 if the input was wrong; 130 if interrupted.
    """
    arguments = _parser().parse_args(argv)
    try:
        arguments.action(arguments)
    except SynthError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Error: {error.strerror or type(error).__name__}: {error.filename or ''}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. Nothing was written.", file=sys.stderr)
        return 130
    return 0


def _train(args: argparse.Namespace) -> None:
    from synth_models.data.relational import RelationalData
    from synth_models.models.model import MODELS

    if args.out.is_dir():
        raise SettingError(
            f"--out: '{args.out}' is a folder. Name a file, for instance '{args.out}/model.pt'."
        )
    made = MODELS.get(args.model)
    data = RelationalData.from_dir(args.data)
    model = made(data.schema)
    with measured() as cost:
        model.train(data, **_training(args))
    model.save(args.out)
    print(f"Trained on {_rows(data.n_rows)} in {cost.seconds:.1f} s. The model is in {args.out}")


def _sample(args: argparse.Namespace) -> None:
    from synth_models.data.relational import RelationalData
    from synth_models.load import load_model

    model = load_model(args.checkpoint, args.device)
    kept = _kept(args.keep, model.schema.tables)
    if kept and args.data is None:
        raise SettingError(f"--keep: the rows of {', '.join(kept)} are needed. Add --data DATA.")
    data = None if args.data is None else RelationalData.from_dir(args.data, model.schema)
    sizes = {n: round(rows * args.scale) for n, rows in model.info["rows"].items() if n not in kept}
    sizes |= dict(args.rows)
    with measured() as cost:
        made = model.sample(data, sizes, args.mode, args.device, seed=args.seed, progress=not args.quiet)
    made.to_dir(args.out, format=args.format)
    print(f"Made {_rows(made.n_rows)} in {cost.seconds:.1f} s. They are in {args.out}")


def _report(args: argparse.Namespace) -> None:
    from synth_models.data.relational import RelationalData
    from synth_models.report import write_report

    data = RelationalData.from_dir(args.data)
    synthetic = RelationalData.from_dir(args.synthetic, data.schema)
    holdout = None if args.holdout is None else RelationalData.from_dir(args.holdout, data.schema)
    write_report(data, synthetic, args.out, holdout=holdout, seed=args.seed)
    print(f"The report is in {args.out}")


def _run(args: argparse.Namespace) -> None:
    from synth_models.data.relational import RelationalData
    from synth_models.models.model import MODELS
    from synth_models.sampling.plan import make_plan

    if args.out.resolve() == args.data.resolve():
        raise SettingError(
            f"OUT: '{args.out}' is the folder of the data, which would be lost. Choose another."
        )
    if args.out.exists() and not args.out.is_dir():
        raise SettingError(f"OUT: '{args.out}' is a file, not a folder. Choose another.")
    made = MODELS.get(args.model)
    data = RelationalData.from_dir(args.data)
    kept = _kept(args.keep, data.schema.tables)
    sizes = {name: rows for name, rows in data.n_rows.items() if name not in kept}
    make_plan(data.schema, data.n_rows, data, sizes, "sample_fks")
    model = made(data.schema)
    with measured() as fit:
        model.train(data, **_training(args))
    with measured() as sampling:
        synthetic = model.sample(
            data if kept else None, sizes, device=args.device, seed=args.seed, progress=not args.quiet
        )
    synthetic.to_dir(args.out, format=args.format)
    if args.cost is not None:
        rows = sum(synthetic.n_rows[name] for name in sizes)
        cost = {
            "fit_s": fit.seconds,
            "fit_cpu_s": fit.cpu_seconds,
            "sample_s": sampling.seconds,
            "rows": rows,
            "rows_per_s": rows / sampling.seconds,
            "peak_mib": peak_mib(),
        }
        _write_json(args.cost, {name: round(value, 3) for name, value in cost.items()})
    print(f"Trained in {fit.seconds:.1f} s, made {_rows(synthetic.n_rows)} in {sampling.seconds:.1f} s.")
    print(f"They are in {args.out}")


def _training(args: argparse.Namespace) -> dict[str, object]:
    return {
        "n_epochs": args.epochs,
        "tensorboard_dir": args.tensorboard,
        "device": args.device,
        "seed": args.seed,
        "progress": not args.quiet,
    }


def _kept(names: Sequence[str], tables: Mapping[str, object]) -> list[str]:
    """The tables named in ``--keep``, checked."""
    kept = [name.strip() for part in names for name in part.split(",") if name.strip()]
    report_all(
        SettingError,
        "--keep",
        [f"--keep: '{n}' is not a table (there are: {', '.join(tables)})." for n in kept if n not in tables],
    )
    return kept


def _rows(rows: Mapping[str, int]) -> str:
    return f"{sum(rows.values()):,} rows of {len(rows)} tables"


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def _epochs(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is neither 'auto' nor a number of epochs")
    return int(text)


def _size(text: str) -> tuple[str, int]:
    table, _, rows = text.rpartition("=")
    if not table or not rows.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not TABLE=NUMBER")
    return table, int(rows)


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return factor


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "synth-models", description=_ABOUT, epilog=_EXAMPLES, formatter_class=raw
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    train = commands.add_parser("train", help="fit a model to data and save it")
    train.add_argument("data", type=Path, metavar="DATA", help="the folder of the data")
    train.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the model goes (.pt)")
    _add_training(train)
    train.set_defaults(action=_train)

    sample = commands.add_parser("sample", help="make rows with a saved model")
    sample.add_argument("checkpoint", type=Path, metavar="MODEL", help="the file that 'train' wrote")
    sample.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the tables")
    size = sample.add_mutually_exclusive_group()
    size.add_argument("--scale", type=_factor, default=1.0, help="rows per row trained on (1)")
    size.add_argument("--rows", type=_size, action="append", default=[], metavar="TABLE=N",
                      help="rows of a table; the others have as many as trained on; repeatable")  # fmt: skip
    sample.add_argument("--data", type=Path, metavar="DATA", help="the original data, for --keep and --mode")
    sample.add_argument("--mode", default="sample_fks", choices=["sample_fks", "original_fks"],
                        help="new keys, or those of --data with new content (sample_fks)")  # fmt: skip
    _add_common(sample)
    sample.set_defaults(action=_sample)

    report = commands.add_parser("report", help="compare synthetic with real data: a PDF and a JSON")
    report.add_argument("data", type=Path, metavar="DATA", help="the folder of the real data")
    report.add_argument("synthetic", type=Path, metavar="SYNTH", help="the folder of the synthetic data")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the report")
    report.add_argument("--holdout", type=Path, metavar="DIR",
                        help="real data that the model has not seen: shows what scores can be reached")  # fmt: skip
    report.add_argument("--seed", type=int, default=0, help="fixes what is drawn (0)")
    report.set_defaults(action=_report)

    run = commands.add_parser("run", help="train, then make as many rows as there were")
    run.add_argument("data", type=Path, metavar="DATA", help="the folder of the data")
    run.add_argument("out", type=Path, metavar="OUT", help="the folder for the synthetic tables")
    run.add_argument("--cost", type=Path, metavar="FILE",
                     help="a JSON with fit_s, fit_cpu_s, sample_s, rows, rows_per_s, peak_mib")  # fmt: skip
    _add_training(run)
    _add_common(run, seed=False)
    run.set_defaults(action=_run)
    return parser


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="multilevel", help="the kind of model (multilevel)")
    parser.add_argument("--epochs", type=_epochs, default=None, metavar="N|auto",
                        help="passes over the data (auto: until held-out rows no longer improve)")  # fmt: skip
    parser.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="a folder for TensorBoard logs (none)"
    )
    _add_process(parser)


def _add_common(parser: argparse.ArgumentParser, *, seed: bool = True) -> None:
    parser.add_argument("--keep", action="append", default=[], metavar="TABLE,...",
                        help="tables whose original rows are kept; with a table, all its parents")  # fmt: skip
    parser.add_argument("--format", default="csv", choices=["csv", "parquet"], help="of the tables (csv)")
    if seed:
        _add_process(parser)


def _add_process(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same rows (0)")
    parser.add_argument("--device", help="cpu, cuda, cuda:1 (a GPU if there is one)")
    parser.add_argument("--quiet", action="store_true", help="no progress")
