"""What each command does; the heavy libraries are imported when one runs."""

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from synth_models.errors import SettingError, report_all
from synth_models.measure import measured, peak_mib

if TYPE_CHECKING:
    from synth_models.data.schema import Schema
    from synth_models.models.model import Model


def train(args: argparse.Namespace) -> None:
    """Fit a model and save it."""
    from synth_models.data.relational import RelationalData

    _check_file("--out", args.out)
    made = _model(args.model)
    data = RelationalData.from_dir(args.data)
    model = made(data.schema)
    with measured() as cost:
        model.train(data, **_training(args))
    model.save(args.out)
    print(f"Trained on {_rows(data.n_rows)} in {cost.seconds:.1f} s. The model is in {args.out}")


def sample(args: argparse.Namespace) -> None:
    """Make rows with a saved model."""
    from synth_models.data.relational import RelationalData
    from synth_models.load import load_model

    _check_folder("--out", args.out, args.data)
    model = load_model(args.checkpoint, args.device)
    kept = _kept(args.keep, model.schema.tables)
    if kept and args.data is None:
        raise SettingError(f"--keep: the rows of {', '.join(kept)} are needed. Add --data DATA.")
    if both := [name for name, _ in args.rows if name in kept]:
        raise SettingError(f"--rows: the rows of {', '.join(both)} are kept (--keep). Drop one of the two.")
    data = None if args.data is None else RelationalData.from_dir(args.data, model.schema)
    sizes = {n: round(rows * args.scale) for n, rows in model.info["rows"].items() if n not in kept}
    sizes |= dict(args.rows)
    with measured() as cost:
        made = model.sample(data, sizes, args.mode, args.device, seed=args.seed, progress=not args.quiet)
    made.to_dir(args.out, format=args.format)
    print(f"Made {_rows(made.n_rows)} in {cost.seconds:.1f} s. They are in {args.out}")


def report(args: argparse.Namespace) -> None:
    """Compare synthetic with real data."""
    from synth_models.data.relational import RelationalData
    from synth_models.report import report as compare

    _check_folder("--out", args.out, args.data, args.synthetic)
    data = RelationalData.from_dir(args.data)
    synthetic = RelationalData.from_dir(args.synthetic, data.schema)
    holdout = None if args.holdout is None else RelationalData.from_dir(args.holdout, data.schema)
    kept = _kept(args.keep, data.schema.tables)
    compare(
        data, synthetic, args.out, holdout_data=holdout, kept=kept, seed=args.seed, progress=not args.quiet
    )
    print(f"The report is in {args.out}")


def run(args: argparse.Namespace) -> None:
    """Train, then make as many rows as there were."""
    from synth_models.data.relational import RelationalData
    from synth_models.sampling.plan import make_plan

    _check_folder("OUT", args.out, args.data)
    if args.cost is not None:
        _check_file("--cost", args.cost)
    made = _model(args.model)
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


def _model(name: str) -> "Callable[[Schema], Model]":
    """The model of that name with its defaults: only a schema is needed."""
    from synth_models.load import MODELS

    return cast("Callable[[Schema], Model]", MODELS.get(name))


def _training(args: argparse.Namespace) -> dict[str, Any]:
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


def _check_folder(what: str, folder: Path, *inputs: Path | None) -> None:
    """Whether the folder can be written before hours of work are spent on what goes there."""
    if folder.exists() and not folder.is_dir():
        raise SettingError(f"{what}: '{folder}' is a file, not a folder. Choose another.")
    if any(source is not None and source.resolve() == folder.resolve() for source in inputs):
        raise SettingError(f"{what}: '{folder}' holds the data to read, which would be lost. Choose another.")
    _check_rights(what, folder)


def _check_file(what: str, file: Path) -> None:
    if file.is_dir():
        raise SettingError(f"{what}: '{file}' is a folder. Name a file in it.")
    _check_rights(what, file)


def _check_rights(what: str, path: Path) -> None:
    there = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not os.access(there, os.W_OK):
        raise SettingError(f"{what}: '{there}' cannot be written. Check its rights, or choose another.")


def _rows(rows: Mapping[str, int]) -> str:
    return f"{sum(rows.values()):,} rows of {len(rows)} tables"


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
