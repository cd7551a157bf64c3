"""What each part of the model is worth: each switched off by itself, on data sets.

python benchmarks/ablations.py FOLDER... [--only nearness,urn] [--seeds 0] [--epochs N]

Each FOLDER holds schema.json and its files. Four fifths of the families are trained on, with the library's
defaults. A line per part: the report's scores without it, and the processor seconds of training; the first
line is the model as it is. A part that a data set has no use for changes nothing.
"""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from scores import SCORES, cell, of
from torch import Tensor

from synth_models import MultiLevelSynth, RelationalData
from synth_models.graph import columns, detect, implied, kinds, plan, profiles
from synth_models.measure import measured
from synth_models.models import networks
from synth_models.nn.head import Head
from synth_models.nn.history import PrefixHistory
from synth_models.report.compute import compute
from synth_models.report.score import Score
from synth_models.sampling import families, row


def _no_rules(readings: Any, *_: Any) -> tuple[Any, None, dict[str, Any]]:
    return readings, None, {}


def _no_base(numbers: np.ndarray, *_: Any) -> tuple[None, np.ndarray]:
    return None, np.full(len(numbers), np.nan)


def _of_families_only(*args: Any) -> list[Any]:
    blueprint, key = args[1], args[2]
    return _MEANS(*args) if key == blueprint.family else []


def _nothing_before(self: PrefixHistory, vectors: Tensor, position: Tensor, siblings: Tensor) -> Tensor:
    del self, position, siblings
    return torch.zeros_like(vectors)


def _nothing_yet(self: PrefixHistory, state: Any, active: int, siblings: Tensor) -> Tensor:
    return torch.zeros_like(_STEP(self, state, active, siblings))


_MEANS, _STEP = profiles._means, PrefixHistory.step
PARTS: Mapping[str, list[tuple[Any, str, Any]]] = {
    "nothing": [],
    "relations": [(plan, "find_rules", _no_rules)],
    "totals": [(plan, "find_totals", lambda *_: ())],
    "differences": [(columns, "_best_base", _no_base)],
    "nearness": [(kinds, "_near", lambda *_: 0.0), (columns, "_is_level", lambda *_: False)],
    "urn": [(kinds, "_told", lambda *_: 0.0)],
    "profiles": [(profiles, "_telling", lambda *_: []), (profiles, "_enough", lambda *_: False)],
    "ends of levels": [(profiles, "_enough", lambda *_: False)],
    "hubs": [(profiles, "_means", _of_families_only)],
    "columns of parents": [(plan, "find_fixed", lambda *_: {})],
    "known rows": [(plan, "with_identities", lambda blueprints, *_: blueprints)],
    "implied keys": [(networks, "find_implied", lambda *_, **__: ())],
    "usual keys": [(implied, "gain", lambda *_: 0.0)],
    "again": [(detect, "comes_again", lambda *_: False)],
    "unlikely values left out": [(row, "without_unlikely", lambda logits, _: logits)],
    "exchange": [(families, "exchange_parents", lambda *_: False)],
    "shares": [(networks, "with_firsts", lambda blueprints, *_: blueprints)],
    "history": [(PrefixHistory, "forward", _nothing_before), (PrefixHistory, "step", _nothing_yet)],
    "latents": [],
    "frequencies": [(Head, "start_from", lambda *_: None)],
}
"""What is replaced by what, by the name of what is switched off."""


@contextmanager
def without(part: str) -> Iterator[None]:
    """The library without one of its parts."""
    with ExitStack() as stack:
        for owner, name, instead in PARTS[part]:
            stack.enter_context(patch.object(owner, name, instead))
        yield


def main() -> None:
    """Measure and print, a block per data set."""
    args = _arguments()
    for folder in args.folders:
        train, held_out = RelationalData.from_dir(folder).split(0.8, seed=0)
        print(f"\n{folder.name}: {sum(train.n_rows.values()):,} rows of {len(train)} tables", flush=True)
        print(f"{'without':20}" + "".join(f"{name[:13]:>14}" for name in SCORES) + "  training (CPU s)")
        for part in PARTS:
            if part == "nothing" or not args.only or part in args.only.split(","):
                runs = [_run(part, train, held_out, int(seed), args.epochs) for seed in args.seeds.split(",")]
                scores = "".join(cell([of(found, name) for found, _ in runs]) for name in SCORES)
                print(f"{part:20}{scores}{np.mean([seconds for _, seconds in runs]):10.1f}", flush=True)


def _run(
    part: str, train: RelationalData, held_out: RelationalData, seed: int, epochs: int | None
) -> tuple[dict[str, Score], float]:
    """The scores without a part, and the processor seconds that training took."""
    model = MultiLevelSynth(train.schema)
    beta = 1e4 if part == "latents" else 1.0  # so dear that they tell nothing
    with without(part):
        with measured() as training:
            model.train(
                train, epochs, beta=beta, tensorboard_dir=None, device="cpu", seed=seed, progress=False
            )
        made = model.sample(seed=seed, progress=False)
    found = compute(train, made, held_out, (), seed=0, tick=lambda _: None)
    return found.scores, training.cpu_seconds


def _arguments() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="schema.json and its files")
    parser.add_argument("--only", default="", help=f"by comma (all): {', '.join(PARTS)}")
    parser.add_argument("--seeds", default="0", help="by comma (0)")
    parser.add_argument("--epochs", type=int, help="at most (by the amount of data)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
