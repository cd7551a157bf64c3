"""What the command line accepts, and what it says of itself."""

import argparse
from pathlib import Path
from typing import TypeAlias

from synth_dagster.cli import infer, restore
from synth_models.data.infer import SAMPLE

_Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

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


_RESTORING = """\
Publish a version again that was published before, and that the setting publish.keep has kept.

Without --to, list the versions: each is called by the moment (UTC) it was replaced. With it, all tables of
the version take the places of those that are published now, in one transaction; these are kept in turn."""

_RESTORED = """\
examples:
  synth-dagster restore twin.duckdb --schema synthetic                       (lists the versions)
  synth-dagster restore twin.duckdb --schema synthetic --to latest
  synth-dagster restore postgresql://synth@db/twin --to 20260131_031502_000000    (password in PGPASSWORD)"""


def make_parser() -> argparse.ArgumentParser:
    """The parser of ``synth-dagster``; what it returns has the function to call as ``action``."""
    parser = argparse.ArgumentParser(
        "synth-dagster",
        description="Synthetic twins of warehouses, run by Dagster.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_infer(group)
    _add_restore(group)
    return parser


def _add_infer(group: _Group) -> None:
    command = group.add_parser(
        "infer",
        help="guess types and keys of a warehouse; print the YAML of a component",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_place(command)
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
    command.add_argument("--quiet", action="store_true", help="no progress and no summary")
    command.set_defaults(action=infer.infer)


def _add_restore(group: _Group) -> None:
    command = group.add_parser(
        "restore",
        help="list the versions that were published before; publish one again",
        description=_RESTORING,
        epilog=_RESTORED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_place(command)
    command.add_argument(
        "--to", metavar="VERSION", help="publish this one again: one of those that are listed, or latest"
    )
    command.set_defaults(action=restore.restore)


def _add_place(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "warehouse",
        metavar="WAREHOUSE",
        help="a DuckDB or SQLite file, a folder of Parquet or CSV files (path or URL), or a database's URL",
    )
    command.add_argument(
        "--schema", type=_listed, default=[], metavar="S,...", help="the schemas (the database's default one)"
    )
    command.add_argument(
        "--password-env",
        metavar="NAME",
        help="the environment variable that holds the password (PGPASSWORD of PostgreSQL)",
    )


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _rows(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of rows")
    return int(text)
