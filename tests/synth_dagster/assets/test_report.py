"""What the UI shows of a report: numbers to plot, pictures, where the PDF is, and no rare value."""

import base64
import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import dagster as dg
import pytest

from synth_dagster import CheckSettings, Store
from synth_dagster.assets.report import pictures_in, report_metadata
from synth_dagster.checks.scores import limits_of, threshold_outcome
from synth_dagster.settings import ReportSettings, ThresholdSettings
from synth_dagster.store import Result
from synth_models.data.relational import RelationalData
from synth_models.report import report
from synth_models.report.metrics import METRICS, Measurement, Metric, Trial
from synth_models.report.metrics.base import Group
from synth_models.testing import shop


@cache
def secretive() -> RelationalData:
    """A shop in which one user comes from a country that nobody else does."""
    data = shop(200)
    users = data["users"].copy()
    users["country"] = users["country"].astype(object)
    users.loc[7, "country"] = "Magrathea"
    return RelationalData({**data, "users": users}, data.schema)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report; it is written once."""
    folder, data = tmp_path_factory.mktemp("report"), secretive()
    report(data, data, folder, progress=False)
    return folder


def staged(store: Store, written: Path) -> Result:
    """A report as the current one of the store."""
    folder = Path(mkdtemp(dir=store.root))
    shutil.copytree(written, folder, dirs_exist_ok=True)
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    info: dict[str, Any] = {"scores": told["scores"], "verdict": told["verdict"], "lineage": {"seed": 0}}
    return store.commit("report", "v1", folder, {**info, "pictures": pictures_in(folder)})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(root=str(tmp_path))


def test_what_is_shown_can_be_plotted_and_looked_at(store: Store, written: Path) -> None:
    made = staged(store, written)
    shown = report_metadata(store, made, ReportSettings(base_url="https://reports.example/shop/"))
    dg.AssetMaterialization("report", metadata=shown)
    measured = {name: s["value"] for name, s in made.info["scores"].items() if s["value"] is not None}
    assert len(measured) >= 15
    for name, value in measured.items():
        assert (type(shown[f"score/{name}"]), shown[f"score/{name}"]) == (float, value)
    assert {name for name in shown if name.startswith("verdict/")} == {
        "verdict/validity", "verdict/fidelity", "verdict/structure", "verdict/privacy"
    }  # fmt: skip
    for name, file in (("first page", "first_page"), ("columns that fit worst", "worst")):
        picture = base64.b64decode(shown[name].value.partition("base64,")[2].rstrip(")"))
        assert picture == Path(made.place, "figures", f"{file}.png").read_bytes()
        assert len(picture) < 200_000  # it is in the event log
    assert Path(shown["PDF"].value).read_bytes().startswith(b"%PDF")
    assert shown["open the PDF"].value == "https://reports.example/shop/report/v1/report.pdf"
    assert "open the PDF" not in report_metadata(store, made, ReportSettings())


def test_no_rare_value_is_in_the_metadata(store: Store, written: Path) -> None:
    shown = report_metadata(store, staged(store, written), ReportSettings())
    assert "Magrathea" in str(secretive()["users"]["country"].unique())
    assert "Magrathea" not in str(shown)


def test_a_metric_of_ones_own_is_shown_and_has_a_threshold(
    store: Store, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    class RowCounts(Metric):
        name, title, group, rank = "row_counts", "Table sizes", Group.PRIVACY, 395
        meaning = "Tables have as many rows as the real ones."
        definition = "The mean over tables of the smaller number of rows over the greater one."

        def compute(self, trial: Trial) -> list[Measurement]:
            sizes = ((t, trial.real.n_rows[t], trial.other.n_rows[t]) for t in trial.tables())
            return [Measurement(t, (), min(a, b) / max(1, a, b)) for t, a, b in sizes]

    monkeypatch.setitem(METRICS._classes, "row_counts", RowCounts)
    limits = CheckSettings(thresholds={"row_counts": ThresholdSettings(limit=1.1)})
    folder, data = tmp_path_factory.mktemp("measured"), secretive()
    report(data, data, folder, thresholds=limits_of(limits), progress=False)
    made = staged(store, folder)
    assert report_metadata(store, made, ReportSettings())["score/row_counts"] == 1.0
    assert made.info["scores"]["row_counts"]["passed"] is False
    (fault,) = threshold_outcome(made.info["scores"], "row_counts", limits.thresholds["row_counts"]).faults
    assert "row_counts is 1.000, at least 1.1 is asked for" in fault
