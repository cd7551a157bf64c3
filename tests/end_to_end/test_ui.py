"""The demo in a real browser: the graph, a click on Materialize, checks, pictures, one table again."""

import importlib.resources
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster_server import ENDED, DagsterServer, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)"),
]
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
QUICK = "  training: {n_epochs: 2}\n  checks: {max_train_share: null, max_excess_copies: null}\n"
"""So little data and training is good for nothing but a quick test."""
ANOTHER_SEED = "ops:\n  demo__synthetic:\n    config:\n      seed: 7\n"
SHOTS = Path(os.environ.get("SYNTH_SCREENSHOTS", "out/screenshots"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterServer]:
    """The demo, with a day of flights and two epochs."""
    folder = tmp_path_factory.mktemp("ui")
    subprocess.run(
        [sys.executable, "-m", "synth_dagster.demo", "--prepare"], cwd=folder, check=True, timeout=120
    )
    with duckdb.connect(str(folder / "demo" / "warehouse.duckdb")) as connection:  # a day of it
        connection.execute("DELETE FROM flights WHERE time_hour >= TIMESTAMP '2013-01-02'")
    with duckdb.connect(str(folder / "demo" / "warehouse.duckdb")) as connection:
        connection.execute("DELETE FROM weather WHERE time_hour >= TIMESTAMP '2013-01-03'")
        connection.execute(
            "DELETE FROM planes WHERE tailnum NOT IN (SELECT tailnum FROM flights WHERE tailnum IS NOT NULL)"
        )
    with importlib.resources.as_file(importlib.resources.files("synth_dagster.demo") / "defs") as defs:
        yaml = (defs / "flights" / "defs.yaml").read_text()
    project = folder / "src" / "short"
    (project / "defs" / "demo").mkdir(parents=True)
    (project / "defs" / "demo" / "defs.yaml").write_text(yaml + QUICK)
    (project / "__init__.py").touch()
    (project / "defs" / "__init__.py").touch()
    (project / "definitions.py").write_text(
        "from pathlib import Path\n"
        "import dagster as dg\n"
        "@dg.definitions\n"
        "def demo():\n"
        "    return dg.Definitions.merge(\n"
        "        dg.load_from_defs_folder(path_within_project=Path(__file__).parent),\n"
        "        dg.Definitions(executor=dg.in_process_executor),\n"
        "    )\n"
    )
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "short"\nversion = "0"\n[tool.dg]\ndirectory_type = "project"\n'
        '[tool.dg.project]\nroot_module = "short"\n'
    )
    paths = {"PYTHONPATH": str(folder / "src")}
    with DagsterServer(folder / "home", ["-m", "short.definitions"], folder, paths) as server:
        yield server


@pytest.fixture(scope="module")
def page(server: DagsterServer) -> Iterator[Any]:
    """A page of the browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def shoot(page: Any, name: str) -> None:
    """Keep a picture of the page among the artefacts of the tests."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def finished(server: DagsterServer, page: Any, runs: int) -> str:
    """The status of the newest of so many runs, when it has ended."""
    until(lambda: len(server.runs()) == runs, what="a run")
    page.goto("about:blank")  # what moves in the page is drawn by a core that the run needs
    until(lambda: server.runs()[0]["status"] in ENDED, what="the run ends")
    return server.runs()[0]["status"]


def test_from_a_click_to_a_report_and_to_another_seed(server: DagsterServer, page: Any) -> None:
    # ---- the graph, and a click
    page.goto(f"{server.url}/asset-groups")
    page.get_by_text("report").first.wait_for()
    page.wait_for_timeout(1500)  # the lines come after the boxes
    shoot(page, "1_graph")
    page.get_by_role("button", name="Materialize all").click()
    assert finished(server, page, 1) == "SUCCESS", server.log()
    page.goto(f"{server.url}/asset-groups")
    page.get_by_text("report").first.wait_for()
    page.wait_for_timeout(1500)
    shoot(page, "2_materialized")
    # ---- the results of checks
    page.goto(f"{server.url}/assets/demo/report?view=checks")
    page.get_by_text("Latest execution").wait_for()
    page.get_by_text("privacy", exact=True).first.wait_for()
    page.get_by_text("Succeeded").first.wait_for()
    shoot(page, "3_checks")
    # ---- the picture of the report
    page.goto(f"{server.url}/assets/demo/report")
    row = page.locator("tr", has_text="first page").filter(has_text="Show Markdown").first
    row.get_by_text("Show Markdown").click()
    picture = page.locator("img[src^='data:image/png;base64,']").first
    picture.wait_for()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 300")
    shoot(page, "4_report")
    # ---- one synthetic table with another seed, from the launchpad
    page.goto(f"{server.url}/assets/demo/synthetic/planes")
    page.get_by_role("button", name="Materialize").first.locator("xpath=following::button[1]").click()
    page.get_by_text("Open launchpad").click()
    page.locator(".CodeMirror").wait_for()
    page.evaluate("text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)", ANOTHER_SEED)
    page.get_by_text("No errors").wait_for()
    shoot(page, "5_launchpad")
    page.get_by_role("button", name="Materialize").last.click()
    assert finished(server, page, 2) == "SUCCESS", server.log()
    page.goto(f"{server.url}/assets/demo/synthetic/planes")
    page.get_by_text('"seed": 7').first.wait_for()
    shoot(page, "6_another_seed")
