"""Whether going on is as good as beginning anew, and what it saves: data sets and seeds.

python benchmarks/retraining.py FOLDER... [--seeds 0,1,2] [--share 0.1] [--samples 2]

Each FOLDER holds schema.json and its files. A fifth of the families is held out for the scores. Of the
others a share is yet to come: a model is trained without it, then the refresh brings it, and the model goes
on (warm) beside a new one that begins anew (cold). Both are trained by the task that the plugin runs, with
its defaults. The lines are means and standard deviations over the seeds of the report's scores: of the model
before the refresh, and of both after it; then warm less cold, seed by seed, so that more is better.
"""

import argparse
import shutil
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from scores import SCORES, cell, heading, line, of

from synth_dagster.compute.files import FAMILIES_FILE, MODEL_FILE, RESULT, SOURCE
from synth_dagster.compute.local import LocalCompute
from synth_dagster.compute.training import train
from synth_dagster.settings import ModelSettings, RetrainingSettings, TrainingSettings
from synth_models import RelationalData, load_model
from synth_models.measure import measured
from synth_models.report.compute import compute
from synth_models.report.score import Score

OLD, COLD, WARM = "before", "cold", "warm"


class Trained(NamedTuple):
    """What a training cost, and the scores of every sample drawn from its model."""

    cpu_seconds: float
    scores: list[dict[str, Score]]


def main() -> None:
    """Measure and print, a block per data set."""
    args = _arguments()
    for folder in args.folders:
        data, held_out = RelationalData.from_dir(folder).split(0.8, seed=0)
        print(f"\n{folder.name}: {sum(data.n_rows.values()):,} rows of {len(data)} tables", flush=True)
        _show([_refreshed(data, held_out, int(seed), args) for seed in args.seeds.split(",")])


def _refreshed(
    data: RelationalData, held_out: RelationalData, seed: int, args: argparse.Namespace
) -> dict[str, Trained]:
    """One refresh: the model before it, and both ways to have one after it."""
    before, _ = data.split(1 - args.share, seed=seed)
    with TemporaryDirectory() as scratch:
        old, cold, warm = (Path(scratch) / name for name in (OLD, COLD, WARM))
        seconds = {OLD: _train(old, before, seed), COLD: _train(cold, data, seed)}
        warm.mkdir()
        for file in (MODEL_FILE, FAMILIES_FILE):
            shutil.copy(old / RESULT / file, warm / file)
        seconds[WARM] = _train(warm, data, seed, RetrainingSettings().model_dump() | {"mode": "auto"})
        return {
            path.name: Trained(
                seconds[path.name],
                [_scores(path, data, held_out, sample) for sample in range(args.samples)],
            )
            for path in (old, cold, warm)
        }


def _train(folder: Path, data: RelationalData, seed: int, policy: Mapping[str, Any] | None = None) -> float:
    """Run the plugin's task; the processor seconds it took."""
    training = TrainingSettings(seed=seed, holdout=0.0).model_dump(exclude={"force"})
    data.to_dir(folder / SOURCE, format="parquet")
    (folder / RESULT).mkdir()
    params = {
        "model": ModelSettings().to_dict(),
        "training": training,
        "lineage": {},
        "reason": "a refresh",
        "policy": policy,
        "parent": {"version": "", "warm runs": 0},
    }
    with measured() as cost:
        told = train(folder, params, LocalCompute(device="cpu").model_dump(), lambda _: None)
    if told["decision"] != (WARM if policy else COLD):
        raise SystemExit(f"{told['decision']}: {told['reason']}")
    return cost.cpu_seconds


def _scores(folder: Path, data: RelationalData, held_out: RelationalData, sample: int) -> dict[str, Score]:
    model = load_model(folder / RESULT / MODEL_FILE, "cpu")
    made = model.sample(data, data.n_rows, device="cpu", seed=sample, progress=False)
    return compute(data, made, held_out, (), seed=0, tick=lambda _: None).scores


def _show(runs: Sequence[Mapping[str, Trained]]) -> None:
    print(f"{heading()}  CPU s")
    first = runs[0][COLD].scores[0]
    print(line("ceiling", [first], "ceiling"))
    print(line("floor", [first], "floor"))
    for name in (OLD, COLD, WARM):
        cells = [cell([_mean(run[name], score) for run in runs]) for score in SCORES]
        spent = statistics.mean(run[name].cpu_seconds for run in runs)
        print(f"{name:12}{''.join(cells)}{spent:7.1f}")
    cells = [cell([_gain(run, score) for run in runs], "+") for score in SCORES]
    ratio = statistics.mean(run[WARM].cpu_seconds / run[COLD].cpu_seconds for run in runs)
    print(f"{'warm - cold':12}{''.join(cells)}{ratio:7.2f} of the time", flush=True)


def _mean(trained: Trained, score: str) -> float | None:
    """Over the samples of a model."""
    found = [value for scores in trained.scores if (value := of(scores, score)) is not None]
    return statistics.mean(found) if found else None


def _gain(run: Mapping[str, Trained], score: str) -> float | None:
    """How much better warm is than cold, of one seed."""
    warm, cold = _mean(run[WARM], score), _mean(run[COLD], score)
    if warm is None or cold is None:
        return None
    return warm - cold if run[COLD].scores[0][score].more_is_better else cold - warm


def _arguments() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="schema.json and its files")
    parser.add_argument("--seeds", default="0,1,2", help="by comma (0,1,2)")
    parser.add_argument("--share", type=float, default=0.1, help="of the families that are yet to come (0.1)")
    parser.add_argument("--samples", type=int, default=2, help="drawn from every model (2)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
