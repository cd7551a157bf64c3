"""The scores are those of the evaluator that synthetic data of this kind are compared with.

``SYNTH_BENCH_DIR`` is its folder, a package named ``bench``; ``SYNTH_DATA_DIR`` that of the public data sets.
"""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synth_models.data.relational import RelationalData
from synth_models.report.compute import compute
from synth_models.report.findings import Findings

NAMES = ("rossmann_top100_subsampled", "berka_loan354")
SAME = {
    "validity": ("validity", 0.01),
    "shapes": ("shapes", 0.01),
    "pair_trend": ("pair_trend", 0.01),
    "pair_dependence": ("pair_dependence", 0.06),
    "cardinality": ("cardinality", 0.001),
    "joint_degree": ("joint_degree", 0.001),
    "parent_trend": ("hop1_trend", 0.01),
    "parent_dependence": ("hop1_dependence", 0.06),
    "grandparent_trend": ("hop2_trend", 0.01),
    "grandparent_dependence": ("hop2_dependence", 0.06),
    "link_dependence": ("link_dependence", 0.06),
    "sibling_icc": ("sibling_icc", 0.01),
    "sibling_gaps": ("sibling_gaps", 0.01),
    "sibling_lag1": ("sibling_lag1", 0.01),
    "sibling_transitions": ("sibling_transitions", 0.01),
    "c2st": ("c2st_auc", 0.04),
    "c2st_agg": ("c2st_agg_auc", 0.06),
    "c2st_agg2": ("c2st_agg2_auc", 0.06),
    "train_share": ("train_share", 0.06),
}
"""Our name, theirs, and how far apart the two may be: sampling noise."""


@pytest.fixture(scope="module", params=NAMES)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Findings, dict[str, Any]]:
    bench, data = os.environ.get("SYNTH_BENCH_DIR"), os.environ.get("SYNTH_DATA_DIR")
    if not bench or not data:
        pytest.skip("SYNTH_BENCH_DIR and SYNTH_DATA_DIR are not set: the evaluator's folder, and the data's")
    pytest.importorskip("lightgbm", reason="the evaluator needs it")
    sys.path.insert(0, str(Path(bench).parent))
    from bench import evaluate
    from bench.data import load

    folder = tmp_path_factory.mktemp("sides")
    whole = RelationalData.from_dir(Path(data) / request.param)
    train, held_out = whole.split(0.8, seed=0)
    rng = np.random.default_rng(0)
    other = RelationalData({n: _worse(f, whole, n, rng) for n, f in train.items()}, whole.schema)
    for name, side in (("train", train), ("holdout", held_out), ("other", other)):
        side.to_dir(folder / name)
    real, schema, _ = load(Path(data) / request.param)
    sides = [load(folder / name, schema)[0] for name in ("train", "other", "holdout")]
    found = evaluate.evaluate(*sides[:2], schema, None, sides[2])
    assert len(real) == len(whole)
    ours = compute(train, other, held_out, (), seed=0, tick=lambda _: None)
    return ours, found


def _worse(frame: Any, whole: RelationalData, table: str, rng: np.random.Generator) -> Any:
    """The rows with a third of each column shuffled."""
    frame = frame.copy()
    for column in whole.schema.tables[table].features:
        if column not in whole.schema.tables[table].key_columns:
            some = np.flatnonzero(rng.random(len(frame)) < 1 / 3)
            frame[column] = frame[column].iloc[_moved(len(frame), some, rng)].array
    return frame


def _moved(rows: int, some: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    order = np.arange(rows)
    order[some] = rng.permutation(some)
    return order


def test_the_scores_are_the_evaluators(both: tuple[Findings, dict[str, Any]]) -> None:
    ours, theirs = both
    apart = {}
    for name, (other, most) in SAME.items():
        value, expected = ours.scores[name].value, theirs["summary"][other]
        if value is None or expected is None:
            assert name.endswith("dependence") or value is expected is None, (name, value, expected)
        elif abs(value - expected) > most:
            apart[name] = (value, expected)
    assert apart == {}


def test_plain_copies_are_the_evaluators(both: tuple[Findings, dict[str, Any]]) -> None:
    ours, theirs = both
    compared = 0
    for m in ours.measured["copies"].synthetic:
        found = theirs["privacy"]["by"].get(m.table, {}).get("copies")
        if found is not None:
            compared += 1
            assert m.details["equal"] == pytest.approx(found["synthetic"], abs=0.01), m.table
            assert m.details["equal_unseen"] == pytest.approx(found["holdout"], abs=0.01), m.table
    assert compared
