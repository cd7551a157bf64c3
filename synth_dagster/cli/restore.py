"""List the versions of published tables that are kept, and publish one of them again."""

import argparse
import sys

from synth_dagster.cli.place import source_of, warehouse_of
from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.base import check_keeps
from synth_dagster.warehouse.versions import restore as restore_version


def restore(args: argparse.Namespace) -> None:
    """Without a version print those that are kept, with one publish it again."""
    warehouse = warehouse_of(source_of(args.warehouse, args.schema, args.password_env))
    check_keeps(warehouse, 1)
    if args.to is None:
        _list(warehouse)
        return
    tables = restore_version(warehouse, args.to)
    print(f"Published again: {', '.join(tables)}.", file=sys.stderr)


def _list(warehouse: Warehouse) -> None:
    versions = warehouse.versions()
    for version in versions:
        with warehouse.kept(version) as reader:
            print(f"{version}  {', '.join(sorted(reader.tables()))}")
    if not versions:
        print(
            "No version is kept there. Name the schema by --schema, and set publish.keep to keep some.",
            file=sys.stderr,
        )
