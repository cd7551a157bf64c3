"""What the command line accepts, and what it says of itself."""

import argparse
from pathlib import Path

from synth_models.cli import commands, infer

_ABOUT = """\
Synthetic twins of relational data.

DATA is a folder with schema.json and one CSV (.csv, .csv.gz) or Parquet file per table.
schema.json says what the tables are:

  {"tables": {
    "users":  {"primary_key": "id",
               "columns": {"id": "key", "age": "integer", "country": "categorical"}},
    "orders": {"primary_key": "id",
               "foreign_keys": [{"column": "user", "parent": "users"}],
               "columns": {"id": "key", "user": "key", "placed": "datetime", "total": "numeric"}}}}

Column types: key, boolean, categorical, integer, numeric, date, time, datetime, duration,
coordinates, text."""

_EXAMPLES = """\
examples:
  synth-models infer shop                              write the folder's schema.json, if it has none
  synth-models run shop synthetic --seed 1             a synthetic twin of the folder shop, of the same size
  synth-models run shop synthetic --keep countries     ... with the rows of a lookup table as they are
  synth-models train shop --out shop.pt                only the model
  synth-models sample shop.pt --out big --scale 10     ten times the rows from it
  synth-models report shop synthetic --out report      a PDF and a JSON that compare the two

'synth-models COMMAND --help' tells the options of a command."""

_INFER = """\
examples:
  synth-models infer shop                              writes shop/schema.json, and says why"""

_TRAIN = """\
examples:
  synth-models train shop --out shop.pt                as many epochs as the data need
  synth-models train shop --out shop.pt --epochs 3     a quick look"""

_SAMPLE = """\
examples:
  synth-models sample shop.pt --out twin               as many rows as the model was trained on
  synth-models sample shop.pt --out big --scale 10     ten times as many
  synth-models sample shop.pt --out few --rows users=50 --rows orders=90
  synth-models sample shop.pt --out twin --keep countries --data shop"""

_REPORT = """\
examples:
  synth-models report shop twin --out report
  synth-models report shop/train twin --out report --holdout shop/test"""

_RUN = """\
examples:
  synth-models run shop twin --seed 1
  synth-models run shop twin --keep countries,currencies --cost cost.json"""


def make_parser() -> argparse.ArgumentParser:
    """The parser of ``synth-models``; what it returns has the function to call as ``action``."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "synth-models", description=_ABOUT, epilog=_EXAMPLES, formatter_class=raw
    )
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    training, tables, process = _training_options(), _table_options(), _process_options()

    guess = group.add_parser(
        "infer",
        help="guess schema.json of a folder that has none",
        description="Guess types and keys from names and values; say why, and how sure it is (0 to 1).",
        epilog=_INFER,
        formatter_class=raw,
    )
    guess.add_argument("data", type=Path, metavar="DATA", help="the folder of the files")
    guess.add_argument("--quiet", action="store_true", help="do not list the guesses")
    guess.set_defaults(action=infer.infer)

    train = group.add_parser(
        "train",
        help="fit a model to data and save it",
        epilog=_TRAIN,
        parents=[training, process],
        formatter_class=raw,
    )
    train.add_argument("data", type=Path, metavar="DATA", help="the folder of the data")
    train.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the model goes (.pt)")
    train.set_defaults(action=commands.train)

    sample = group.add_parser(
        "sample",
        help="make rows with a saved model",
        epilog=_SAMPLE,
        parents=[tables, process],
        formatter_class=raw,
    )
    sample.add_argument("checkpoint", type=Path, metavar="MODEL", help="the file that 'train' wrote")
    sample.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the tables")
    size = sample.add_mutually_exclusive_group()
    size.add_argument("--scale", type=_factor, default=1.0, metavar="F", help="rows per row trained on (1)")
    size.add_argument(
        "--rows",
        type=_size,
        action="append",
        default=[],
        metavar="TABLE=N",
        help="rows of a table (the others: as many as trained on); repeatable",
    )
    sample.add_argument("--data", type=Path, metavar="DATA", help="the original data, for --keep and --mode")
    sample.add_argument(
        "--mode",
        default="sample_fks",
        metavar="MODE",
        help="sample_fks: new keys; original_fks: new content for the keys of --data (sample_fks)",
    )
    sample.set_defaults(action=commands.sample)

    report = group.add_parser(
        "report",
        help="compare synthetic with real data: a PDF and a JSON",
        epilog=_REPORT,
        formatter_class=raw,
    )
    report.add_argument("data", type=Path, metavar="DATA", help="the folder of the real data")
    report.add_argument("synthetic", type=Path, metavar="SYNTH", help="the folder of the synthetic data")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the report")
    report.add_argument(
        "--holdout",
        type=Path,
        metavar="DIR",
        help="real data the model has not seen: shows what scores can be reached",
    )
    report.add_argument(
        "--keep", action="append", default=[], metavar="TABLE,...", help="tables that SYNTH has unchanged"
    )
    report.add_argument("--seed", type=int, default=0, help="fixes what is drawn (0)")
    report.add_argument("--quiet", action="store_true", help="no progress")
    report.set_defaults(action=commands.report)

    run = group.add_parser(
        "run",
        help="train, then make as many rows as there were",
        epilog=_RUN,
        parents=[training, tables, process],
        formatter_class=raw,
    )
    run.add_argument("data", type=Path, metavar="DATA", help="the folder of the data")
    run.add_argument("out", type=Path, metavar="OUT", help="the folder for the synthetic tables")
    run.add_argument(
        "--cost",
        type=Path,
        metavar="FILE",
        help="a JSON with fit_s, fit_cpu_s, sample_s, rows, rows_per_s, peak_mib",
    )
    run.set_defaults(action=commands.run)
    return parser


def _training_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--model", default="multilevel", metavar="NAME", help="the kind of model (multilevel)"
    )
    options.add_argument(
        "--epochs",
        type=_epochs,
        default=None,
        metavar="N|auto",
        help="passes over the data (auto: until held-out rows stop improving)",
    )
    options.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="a folder for TensorBoard logs (none)"
    )
    return options


def _table_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="TABLE,...",
        help="tables whose original rows are kept (their parents too)",
    )
    options.add_argument("--format", default="csv", choices=["csv", "parquet"], help="of the tables (csv)")
    return options


def _process_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--seed", type=int, default=0, help="the same seed makes the same rows (0)")
    options.add_argument("--device", help="cpu, cuda, cuda:1 (a GPU if there is one)")
    options.add_argument("--quiet", action="store_true", help="no progress")
    return options


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
