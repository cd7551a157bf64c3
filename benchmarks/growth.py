"""How cost grows with rows, families, columns, tables, keys and graph layers: made data, one thing at a time.

python benchmarks/growth.py [--models multilevel,graph] [--only roots,layers] [--roots 1000]

The base has entities with ten events each, four columns per table. A line per size of one thing, all else as
in the base: processor microseconds per row of an epoch of training (the second and third one, so without
fitting and encoding) and of sampling, and what they are of those of the base in the same run.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from synth_models import RelationalData, Schema, Table
from synth_models.load import MODELS
from synth_models.measure import measured
from synth_models.models.model import Model

_HEADS = ("rows", "training", "of base", "sampling", "of base")


@dataclass(frozen=True)
class World:
    """What the data are like.

    Args:
        roots: Entities.
        children: Events of each, per table.
        columns: Columns of a table, half of them categories.
        tables: Tables of events.
        keys: Keys of an event to things, of which there is one per ten entities.
        layers: Graph layers of the model.
    """

    roots: int
    children: int = 10
    columns: int = 4
    tables: int = 1
    keys: int = 1
    layers: int = 3


def sizes(base: World) -> Mapping[str, list[World]]:
    """What is varied, and how."""
    whole = base.roots * base.children
    return {
        "roots": [replace(base, roots=base.roots * n) for n in (2, 4, 8)],
        "children": [replace(base, roots=whole // n, children=n) for n in (1, 100, 1000)],
        "columns": [replace(base, columns=n) for n in (8, 16, 32)],
        "tables": [replace(base, tables=n) for n in (2, 4, 8)],
        "keys": [replace(base, keys=n) for n in (0, 2, 4)],
        "layers": [replace(base, layers=n) for n in (1, 6, 12)],
    }


def made(world: World) -> RelationalData:
    """Events that depend on their entity and their things."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, world.roots)
    things = max(4, world.roots // 10)
    tables = {"entities": _table(world, "id"), "things": _table(world, "id")}
    frames = {"entities": _frame(world, kind, rng), "things": _frame(world, rng.integers(0, 3, things), rng)}
    for at in range(world.tables):
        entity = np.repeat(np.arange(world.roots), world.children)
        links = {f"thing_{key}": rng.integers(0, things, len(entity)) for key in range(world.keys)}
        keys = {"entity": "entities", **dict.fromkeys(links, "things")}
        frame = _frame(world, kind[entity], rng)
        frames[f"events_{at}"] = frame.assign(entity=entity, **links)
        tables[f"events_{at}"] = _table(world, "id", keys)
    return RelationalData(frames, Schema(tables))


def _table(world: World, key: str, keys: Mapping[str, str] | None = None) -> Table:
    types = {f"x{at}": "categorical" if at % 2 else "numeric" for at in range(world.columns)}
    return Table({key: "key", **types, **dict.fromkeys(keys or {}, "key")}, key, keys or {})


def _frame(world: World, kind: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    n = len(kind)
    columns = {
        f"x{at}": np.array(list("abcde"))[(kind + rng.integers(0, 3, n)) % 5]
        if at % 2
        else (kind + rng.normal(size=n)).round(2)
        for at in range(world.columns)
    }
    return pd.DataFrame({"id": np.arange(n), **columns})


def main() -> None:
    """Measure and print, a block per model."""
    args = _arguments()
    base = World(args.roots)
    for name in args.models.split(","):
        heads = "".join(f"{head:>{width}}" for head, width in zip(_HEADS, (9, 10, 9, 10, 9), strict=True))
        print(f"\n{name:20}{heads}   (us per row)")
        usual = _cost(name, base)
        _show("base", base, usual, usual)
        for what, worlds in sizes(base).items():
            if (args.only and what not in args.only.split(",")) or (what == "layers" and name != "graph"):
                continue
            for world in worlds:
                _show(f"{what} {asdict(world)[what]}", world, _cost(name, world), usual)


def _cost(name: str, world: World) -> tuple[float, float]:
    """Processor microseconds per row of training and of sampling."""
    data = made(world)
    options: dict[str, Any] = {"n_graph_layers": world.layers} if name == "graph" else {}
    make = cast("Callable[..., Model]", MODELS.get(name))
    quiet: dict[str, Any] = {"tensorboard_dir": None, "device": "cpu", "progress": False}
    with measured() as one:
        make(data.schema, **options).train(data, 1, **quiet)
    model = make(data.schema, **options)
    with measured() as three:
        model.train(data, 3, **quiet)
    with measured() as sampling:
        model.sample(progress=False)
    rows = sum(data.n_rows.values())
    return (three.cpu_seconds - one.cpu_seconds) / 2 / rows * 1e6, sampling.cpu_seconds / rows * 1e6


def _show(what: str, world: World, cost: tuple[float, float], usual: tuple[float, float]) -> None:
    rows = world.roots * (1 + world.children * world.tables) + max(4, world.roots // 10)
    cells = "".join(f"{mine:10.1f}{mine / base:9.2f}" for mine, base in zip(cost, usual, strict=True))
    print(f"{what:20}{rows:9,}{cells}", flush=True)


def _arguments() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--models", default="multilevel,graph", help="by comma (multilevel,graph)")
    parser.add_argument(
        "--only", default="", help="by comma: roots, children, columns, tables, keys, layers (all)"
    )
    parser.add_argument("--roots", type=int, default=1000, help="entities of the base (1000)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
