"""What the command line accepts, and what it says of itself."""

import argparse
from pathlib import Path

from synth_dagster.cli import infer
from synth_models.data.infer import SAMPLE

_ABOUT = """\
Guess types and keys of the tables of a warehouse, and print the YAML of a synthesis of them.

Constraints of the database are taken as they are. Keys of tables that declare none are guessed from names
and values, types of text columns from values. Beside every guess a comment says why, and how sure it is
(0 to 1): look it over, change what is wrong, and save it as defs.yaml. No value of the data is printed."""

_EXAMPLES = """\
examples:
  synth-dagster infer shop.duckdb
  synth-dagster infer shop.duckdb --schema sales,staff --out defs/shop/defs.yaml
  synth-dagster infer postgresql://synth@db/shop --tables users,orders       (password in PGPASSWORD)
  synth-dagster infer postgresql://synth@db/shop --password-env SHOP_PASSWORD
  synth-dagster infer s3://lake/shop                                         (a folder of Parquet or CSV)"""


def make_parser() -> argparse.ArgumentParser:
    """The parser of ``synth-dagster``; what it returns has the function to call as ``action``."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "synth-dagster", description="Synthetic twins of warehouses, run by Dagster.", formatter_class=raw
    )
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command = group.add_parser(
        "infer",
        help="guess types and keys of a warehouse; print the YAML of a component",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=raw,
    )
    command.add_argument(
        "warehouse",
        metavar="WAREHOUSE",
        help="a DuckDB or SQLite file, a folder of Parquet or CSV files (path or URL), or a database's URL",
    )
    command.add_argument(
        "--schema", type=_listed, default=[], metavar="S,...", help="the schemas (the database's default one)"
    )
    command.add_argument(
        "--tables", type=_listed, default=[], metavar="T,...", help="the tables (all that have rows)"
    )
    command.add_argument("--name", metavar="NAME", help="of the synthesis (that of the warehouse)")
    command.add_argument("--out", type=Path, metavar="FILE", help="where the YAML goes (standard output)")
    command.add_argument(
        "--sample",
        type=_rows,
        default=SAMPLE,
        metavar="ROWS",
        help=f"rows of each table that types are guessed from ({SAMPLE:,}); keys are guessed from all",
    )
    command.add_argument(
        "--password-env",
        metavar="NAME",
        help="the environment variable that holds the password (PGPASSWORD of PostgreSQL)",
    )
    command.add_argument("--quiet", action="store_true", help="no progress and no summary")
    command.set_defaults(action=infer.infer)
    return parser


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _rows(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of rows")
    return int(text)
