"""The files: whole or not at all, readable, private, and the same for the same seed."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.errors import SchemaError, SettingError, UnknownNameError
from synth_models.report import Mark, Report
from synth_models.report import report as write_report
from synth_models.report.metrics import METRICS, Measurement, Metric, Trial
from synth_models.report.metrics.base import Group
from synth_models.testing import shop


def read(report: Report) -> dict[str, Any]:
    return json.loads(report.json.read_text(encoding="utf-8"))


def lone_table() -> RelationalData:
    return RelationalData({"t": pd.DataFrame({"x": np.arange(30.0)})}, Schema({"t": Table({"x": "numeric"})}))


def text_of(report: Report) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(report.pdf).pages)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "out"


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    original, holdout = shop(rows=150, seed=0).split(0.7, seed=0)
    facts = {"Model": "MultiLevelSynth", "Trained on": "42 rows"}
    return write_report(
        original,
        shop(rows=100, seed=1),
        folder,
        holdout_data=holdout,
        facts=facts,
        kept=["products"],
        title="Our shop",
        progress=False,
    )


def test_the_files_are_where_they_are_said_to_be(report: Report, folder: Path) -> None:
    assert report.pdf == folder / "report.pdf"
    assert report.json == folder / "report.json"
    assert {path.name for path in folder.iterdir()} == {"report.pdf", "report.json", "figures"}
    assert sorted(report.figures.values()) == sorted((folder / "figures").iterdir())
    assert {
        "scores",
        "schema",
        "users/columns-1",
        "users/pairs-1",
        "users/associations",
        "users/children",
    } <= set(report.figures)


def test_the_pdf_tells_the_scores_and_the_names(report: Report) -> None:
    text = text_of(report)
    assert "Our shop" in text
    for name in (
        "MultiLevelSynth",
        "42 rows",
        "Table users",
        "Table items",
        "kept as",
        "Appendix: definitions",
    ):
        assert name in text
    for score in report.scores.values():
        assert score.title in text
        assert score.meaning in text
    value = report.scores["shapes"].value
    assert value is not None
    assert f"{value:.3f}" in text


def test_the_pdf_has_an_outline_and_page_numbers(report: Report) -> None:
    reader = PdfReader(report.pdf)
    titles = [entry["/Title"] for entry in reader.outline if not isinstance(entry, list)]
    assert titles[:3] == ["Summary", "Scores", "Tables and keys"]
    assert "Table orders" in titles
    contents = reader.pages[1].extract_text()
    for number, page in enumerate(reader.pages, 1):
        assert f"{number} / {len(reader.pages)}" in page.extract_text()
    found = re.search(r"Table orders\s+(\d+)", contents)
    assert found is not None
    assert "Table orders" in reader.pages[int(found[1]) - 1].extract_text()


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    original, synthetic = shop(rows=25), shop(rows=25, seed=1)
    first, again = (
        write_report(original, synthetic, tmp_path / name, seed=3, progress=False).json
        for name in ("first", "again")
    )
    assert first.read_text() == again.read_text()


def test_a_report_replaces_the_one_before(tmp_path: Path) -> None:
    write_report(shop(rows=25), shop(rows=25, seed=1), tmp_path, title="before", progress=False)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".report-killed" / "figures").mkdir(parents=True)
    data = lone_table()
    after = write_report(data, data, tmp_path, title="after", progress=False)
    assert {path.name for path in tmp_path.iterdir()} == {"report.pdf", "report.json", "figures", "notes.txt"}
    assert sorted(after.figures.values()) == sorted((tmp_path / "figures").iterdir())
    assert read(after)["title"] == "after"


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    data = lone_table()
    monkeypatch.setattr("synth_models.report.compile.table_pages", fail)
    with pytest.raises(OSError, match="disk full"):
        write_report(data, data, tmp_path / "new", progress=False)
    assert not (tmp_path / "new").exists()
    (tmp_path / "report.json").write_text("old")
    with pytest.raises(OSError, match="disk full"):
        write_report(data, data, tmp_path, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert (tmp_path / "report.json").read_text() == "old"


def test_the_schemas_must_be_the_same(tmp_path: Path) -> None:
    original = shop(rows=10)
    users = {"id": "key", "country": "text", "age": "integer", "premium": "boolean", "income": "numeric"}
    schema = Schema({"users": Table(users, "id")})
    other = RelationalData({"users": original["users"]}, schema)
    with pytest.raises(SchemaError) as caught:
        write_report(original, other, tmp_path, progress=False)
    message = str(caught.value)
    assert "table 'items' of the original is missing" in message
    assert "lacks column 'joined'" in message
    assert "'country' is declared text, in the original categorical" in message
    assert list(tmp_path.iterdir()) == []


def test_kept_must_name_tables(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"no tables \['prodcuts'\]"):
        write_report(shop(rows=10), shop(rows=10), tmp_path, kept=["prodcuts"])


def test_progress_is_shown_only_if_asked(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = lone_table()
    write_report(data, data, tmp_path / "quiet", progress=False)
    assert capfd.readouterr() == ("", "")
    write_report(data, data, tmp_path / "loud")
    assert "report: 100%" in capfd.readouterr().err


def test_a_metric_of_ones_own_is_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class RowCounts(Metric):
        name, title, group, rank = "row_counts", "Table sizes", Group.VALIDITY, 15
        meaning = "Tables have as many rows as the real ones."
        definition = "The mean over tables of the smaller number of rows over the greater one."

        def compute(self, trial: Trial) -> list[Measurement]:
            sizes = ((t, trial.real.n_rows[t], trial.other.n_rows[t]) for t in trial.tables())
            return [Measurement(t, (), min(a, b) / max(1, a, b)) for t, a, b in sizes]

    monkeypatch.setitem(METRICS._classes, "row_counts", RowCounts)
    data = lone_table()
    half = data.take({"t": np.arange(15)})
    made = write_report(data, half, tmp_path, thresholds={"row_counts": 0.6}, progress=False)
    told = read(made)["scores"]["row_counts"]
    assert (told["value"], told["threshold"], told["passed"], told["mark"]) == (0.5, 0.6, False, "poor")
    assert "Table sizes" in text_of(made)
    assert made.verdicts[0].mark is Mark.POOR


def test_thresholds_must_name_metrics(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="proximity"):
        write_report(lone_table(), lone_table(), tmp_path, thresholds={"proximty": 0.5})


def test_privacy_is_held_against_what_was_trained_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    schema = Schema({"t": Table({"x": "numeric", "y": "numeric"})})
    frames = [pd.DataFrame(rng.normal(size=(200, 2)), columns=["x", "y"]) for _ in range(2)]
    first, second = (RelationalData({"t": frame}, schema) for frame in frames)
    scores = write_report(first, second, tmp_path, train_data=second, progress=False).scores
    assert scores["copies"].value == 1
    assert write_report(first, second, tmp_path, progress=False).scores["copies"].value == 0
