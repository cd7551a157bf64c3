"""A report on whatever tables there are."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.report import Mark, Report
from synth_models.report import report as write_report
from synth_models.testing import shop

Pair = tuple[RelationalData, RelationalData]


def empty_tables() -> Pair:
    data = shop(rows=25)
    none = {name: frame.iloc[:0] for name, frame in data.items()}
    return data, RelationalData(none, data.schema, allow_empty=True)


def one_empty_table() -> Pair:
    data = shop(rows=25)
    return data, RelationalData({**data, "items": data["items"].iloc[:0]}, data.schema, allow_empty=True)


def one_row() -> Pair:
    schema = Schema(
        {"t": Table({"id": "key", "x": "numeric"}, "id"), "u": Table({"id": "key"}, "id", {"id": "t"})}
    )
    first, second = (
        RelationalData({"t": pd.DataFrame({"id": [1], "x": [x]}), "u": pd.DataFrame({"id": [1]})}, schema)
        for x in (1, 2)
    )
    return first, second


def nothing_to_tell() -> Pair:
    """All missing, constant, of every type; names that no font has; keys only; no key at all."""
    columns = {
        "id": "key",
        "数据 🦖\n": "categorical",
        "$\\alpha$": "numeric",
        "flat": "integer",
        "none": "categorical",
        "txt": "text",
        "flag": "boolean",
        "never": "datetime",
        "day": "date",
    }
    schema = Schema(
        {
            "a/b $x_1$": Table(columns, "id"),
            "links": Table(
                {"left": "key", "right": "key"},
                ("left", "right"),
                {"left": "a/b $x_1$", "right": "a/b $x_1$"},
            ),
            "loose": Table({"x": "numeric"}),
        }
    )
    size = 60

    def make(seed: int) -> RelationalData:
        rng = np.random.default_rng(seed)
        odd = pd.DataFrame(
            {
                "id": range(size),
                "数据 🦖\n": rng.choice(["a$b", "数据", "_x^2"], size),
                "$\\alpha$": [np.nan] * size,
                "flat": [7] * size,
                "none": [None] * size,
                "txt": [f"text {number}" for number in range(size)],
                "flag": pd.array([True, False, None] * (size // 3), dtype="boolean"),
                "never": np.full(size, "NaT", dtype="datetime64[ns]"),
                "day": np.array(["9999-12-31"] * size, dtype="datetime64[s]"),
            }
        )
        links = pd.DataFrame({"left": rng.permutation(size), "right": rng.permutation(size)})
        return RelationalData(
            {"a/b $x_1$": odd, "links": links, "loose": pd.DataFrame({"x": [1.5, 2.5]})}, schema
        )

    return make(0), make(1)


def circle() -> Pair:
    schema = Schema(
        {
            "a": Table({"id": "key", "b": "key", "up": "key", "x": "numeric"}, "id", {"b": "b", "up": "a"}),
            "b": Table({"id": "key", "a": "key", "y": "categorical"}, "id", {"a": "a"}),
        }
    )

    def make(seed: int) -> RelationalData:
        rng = np.random.default_rng(seed)
        ids, size = np.arange(40), 40
        a = pd.DataFrame(
            {"id": ids, "b": rng.choice(ids, size), "up": [None] * size, "x": rng.normal(size=size)}
        )
        b = pd.DataFrame({"id": ids, "a": rng.choice(ids, size), "y": rng.choice([*"uv"], size)})
        return RelationalData({"a": a, "b": b}, schema)

    return make(0), make(1)


def sixty_columns() -> Pair:
    kinds = ("numeric", "categorical", "integer", "boolean")
    schema = Schema({"wide": Table({f"c{n:02d}": kinds[n % 4] for n in range(60)})})

    def make(seed: int) -> RelationalData:
        rng = np.random.default_rng(seed)
        size = 120
        made = (
            lambda: rng.normal(size=size),
            lambda: rng.choice([*"abcdefghijkl"], size),
            lambda: rng.integers(0, 10**6, size),
            lambda: rng.random(size) < 0.5,
        )
        return RelationalData({"wide": pd.DataFrame({f"c{n:02d}": made[n % 4]() for n in range(60)})}, schema)

    return make(0), make(1)


CASES = (empty_tables, one_empty_table, one_row, nothing_to_tell, circle, sixty_columns)


Written = Callable[[Callable[[], Pair]], Report]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The report on a case; it is written once."""

    @cache
    def write(case: Callable[[], Pair]) -> Report:
        return write_report(*case(), tmp_path_factory.mktemp(case.__name__), progress=False)

    return write


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_report_is_written(case: Callable[[], Pair], written: Written) -> None:
    report = written(case)
    assert len(PdfReader(report.pdf).pages) >= 4
    assert all(path.is_file() for path in report.figures.values())
    for score in report.scores.values():
        assert score.value is None or np.isfinite(score.value)


def test_an_empty_copy_is_poor(written: Written) -> None:
    scores = written(empty_tables).scores
    for name in ("validity", "shapes", "pair_trend", "parent_trend", "cardinality"):
        assert scores[name].mark is Mark.POOR, name


def test_what_is_too_small_to_judge_is_not_judged(written: Written) -> None:
    scores = written(one_row).scores
    judged = {name for name, score in scores.items() if score.mark not in (Mark.NONE, Mark.UNCLEAR)}
    assert judged == {"validity"}


@pytest.mark.slow
def test_a_month_of_flights_beside_itself_is_told_as_a_copy(tmp_path: Path) -> None:
    folder = os.environ.get("SYNTH_DATA_DIR")
    if not folder:
        pytest.skip("SYNTH_DATA_DIR is not set: it is the folder that holds the public data sets")
    data = RelationalData.from_dir(Path(folder) / "nycflights_jan")
    report = write_report(data, data, tmp_path, kept=["airlines", "airports"], progress=False)
    assert report.scores["copies"].mark is Mark.POOR
