"""Read a warehouse, guess what it does not declare, and print it as YAML with a summary."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from synth_dagster.cli.describe import described, known_keys, summary
from synth_dagster.cli.document import document
from synth_dagster.cli.place import name_of, source_of, warehouse_of
from synth_dagster.warehouse import Warehouse
from synth_dagster.warehouse.base import WarehouseTable
from synth_models.data.infer import infer as guess
from synth_models.errors import SchemaError, SettingError, report_all

_HEAD = """\
Made by synth-dagster infer. Numbers tell how sure a guess is (0 to 1): look it over, change what is wrong.
To leave a table out, delete it here; to publish a table as it is, name it under keep."""


def infer(args: argparse.Namespace) -> None:
    """Guess types and keys of a warehouse, and print the YAML of a component."""
    if args.out is not None and args.out.exists():
        raise SettingError(f"--out: '{args.out}' exists, and would be lost. Choose another, or remove it.")
    said = source_of(args.warehouse, args.schema, args.password_env)
    there, frames = _read(warehouse_of(said), args.tables, quiet=args.quiet)
    full = {name: frame for name, frame in frames.items() if len(frame)}
    if not full:
        raise SchemaError(
            "No table of the warehouse has rows. Name others by --schema or --tables, or fill them."
        )
    found = guess(full, known_keys({name: there[name] for name in full}), sample=args.sample)
    attributes = {"name": args.name or name_of(said), "source": said, "tables": described(found, there)}
    text = document({"type": "synth_dagster.SynthComponent", "attributes": attributes}, _HEAD)
    _write(args.out, text)
    if not args.quiet:
        print(summary(found, {name: len(frame) for name, frame in frames.items()}), file=sys.stderr)


def _read(
    warehouse: Warehouse, chosen: Sequence[str], *, quiet: bool
) -> tuple[Mapping[str, WarehouseTable], dict[str, pd.DataFrame]]:
    """What the warehouse declares, and the rows of the tables, without columns of unknown types."""
    with warehouse.reading() as reader:
        there = reader.tables()
        faults = [
            f"--tables: '{name}' is not in the warehouse (there are: {', '.join(sorted(there)) or 'none'}). "
            f"Correct its name."
            for name in chosen
            if name not in there
        ]
        report_all(SettingError, "--tables", faults)
        if not there:
            raise SettingError("The warehouse has no table there. Name its schemas by --schema.")
        frames = {
            name: reader.read(name, usable)
            for name in tqdm(chosen or list(there), desc="reading", disable=quiet or not sys.stderr.isatty())
            if (usable := {c: column for c, column in there[name].columns.items() if column.kind is not None})
        }
    return there, frames


def _write(path: Path | None, text: str) -> None:
    if path is None:
        print(text, end="")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
