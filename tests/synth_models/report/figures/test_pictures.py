"""Every picture can be drawn, of ordinary and of odd content; how they look is judged by eye."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from synth_models.report.cells import cells
from synth_models.report.figures.columns import draw_columns
from synth_models.report.figures.keys import child_bins, draw_children
from synth_models.report.figures.matrices import MAX_COLUMNS, draw_matrices, strongest_columns
from synth_models.report.figures.nearest import draw_nearest
from synth_models.report.figures.pairs import draw_pairs
from synth_models.report.figures.schema import draw_schema
from synth_models.report.figures.scores import draw_scores
from synth_models.report.metrics import METRICS
from synth_models.report.profile import profiles
from synth_models.report.rare import Owners
from synth_models.report.score import scored
from synth_models.report.side import Side
from synth_models.report.stats.neighbours import Neighbours
from synth_models.testing import shop


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "picture.png"


def colours(path: Path) -> int:
    with Image.open(path) as image:
        return len(image.convert("RGB").getcolors(maxcolors=1 << 24) or [])


def test_columns(path: Path) -> None:
    side = Side(shop(rows=200))
    draw_columns(path, profiles(side, Side(shop(rows=10)), "users", seed=0), {"age": 0.5, "income": None})
    assert colours(path) > 20


def test_pairs(path: Path) -> None:
    side = Side(shop(rows=300))
    frame, kinds = side.table("users"), side.columns("users")
    whose = Owners(np.arange(len(frame)), 5)
    pairs = [("age", "income"), ("joined", "country"), ("premium", "country")]
    drawn = [
        (" × ".join(pair), found, "told")
        for pair in pairs
        if (found := cells(frame, frame, pair, kinds, whose))
    ]
    assert len(drawn) == 3
    draw_pairs(path, drawn)
    assert colours(path) > 20


@pytest.mark.parametrize("size", [2, 8, 14, 40])
def test_matrices(path: Path, size: int) -> None:
    values = np.array(np.corrcoef(np.random.default_rng(0).normal(size=(size, 50))))
    values[0, 1] = values[1, 0] = np.nan
    names = [f"a rather long name {n}" for n in range(size)]
    matrix = pd.DataFrame(values, names, names)
    draw_matrices(path, matrix, matrix * 0.5)
    assert colours(path) > 20
    assert len(strongest_columns(matrix)) == min(size, MAX_COLUMNS)


def test_the_strongest_columns_are_kept_in_order() -> None:
    names = [f"c{n}" for n in range(MAX_COLUMNS + 5)]
    matrix = pd.DataFrame(np.eye(len(names)), names, names)
    matrix.loc["c36", "c1"] = matrix.loc["c1", "c36"] = -0.9
    kept = strongest_columns(matrix)
    assert {"c1", "c36"} <= set(kept)
    assert kept == [name for name in names if name in kept]


def test_children(path: Path) -> None:
    rng = np.random.default_rng(0)
    few, many = rng.poisson(3, 500).astype(float), (rng.pareto(1, 500) * 20).round()
    draw_children(path, [("a.few", few, few, 1.0), ("a.many", many, few, 0.5), ("b", few[:5], many, None),
                         ("none", np.zeros(50), np.zeros(0), 0.0)], least=10)  # fmt: skip
    assert colours(path) > 20


def test_child_bins_are_single_numbers_or_doubling_ranges() -> None:
    lows, names = child_bins(np.repeat([0, 1, 2, 3, 50], [20, 20, 20, 20, 4]), least=10)
    assert lows.tolist() == [0, 1, 2, 3, 4]
    assert names == ["0", "1", "2", "3", "4+"]  # the largest families are not told
    lows, names = child_bins(np.arange(100), least=10)
    assert names[:5] == ["0", "1", "2–3", "4–7", "8–15"]
    assert names[-1].endswith("+")


def test_nearest(path: Path) -> None:
    draw_nearest(path, [("one", Neighbours(np.zeros(30), np.zeros(40), 50))])
    assert colours(path) > 5


def test_schema(path: Path) -> None:
    schema = shop(rows=5).schema
    draw_schema(path, schema, dict.fromkeys(schema.tables, (10, 20)), {"products"})
    assert colours(path) > 20


def test_scores(path: Path) -> None:
    values = {"shapes": (0.9, 0.95, 1.0), "c2st": (0.6, 0.5, 0.9), "train_share": (None, None, None)}
    draw_scores(path, [scored(METRICS.get(name)(), *ends) for name, ends in values.items()])
    assert colours(path) > 5
