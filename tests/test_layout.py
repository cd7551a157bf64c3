"""The layout is a promise: who imports whom, what is packaged, and what no file says."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".json", ".cfg", ""}
OURS = ["synth_models", "synth_dagster", "tests", "benchmarks", "docs", ".ci"]
UNSAID = ["/wo" + "rk/", "ai" + "ndo", "../sha" + "red", "FIX" + "ME", "TO" + "DO"]


def own_files() -> list[Path]:
    files = [file for name in OURS for file in (ROOT / name).rglob("*") if file.is_file()]
    files += [file for file in ROOT.iterdir() if file.is_file()]
    return [file for file in files if "__pycache__" not in file.parts and file.suffix in TEXT]


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_import_points_down() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", ["synth_models", "synth_dagster"])
def test_the_packages_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
    assert "py.typed" in project()["tool"]["setuptools"]["package-data"][package]


@pytest.mark.parametrize("package", ["synth_models", "synth_dagster"])
def test_every_folder_of_code_is_a_package(package: str) -> None:
    bare = {
        file.parent for file in (ROOT / package).rglob("*.py") if not (file.parent / "__init__.py").is_file()
    }
    assert bare == set()


def test_dagster_is_configured_for_dg_alone() -> None:
    tool = project()["tool"]
    assert "dg" in tool
    assert "dagster" not in tool  # it would override workspace.yaml


def test_every_dependency_is_pinned() -> None:
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in constraints()}
    declared = project()["project"]
    wanted = declared["dependencies"] + [
        x for extra in declared["optional-dependencies"].values() for x in extra
    ]
    names = {need.split(">")[0].split("[")[0].lower().replace("_", "-") for need in wanted}
    assert names - pinned == {"synth-dagster"}


def constraints() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_pins_are_exact_and_of_no_particular_build() -> None:
    assert all(line.count("==") == 1 and "+" not in line for line in constraints())


def test_no_file_speaks_of_anything_but_the_project() -> None:
    said = [
        (str(file.relative_to(ROOT)), word)
        for file in own_files()
        for word in UNSAID
        if word in file.read_text(encoding="utf-8", errors="ignore")
    ]
    assert said == []
    assert len(own_files()) > 50


def test_no_annotations_import_in_the_plugin() -> None:
    plugin = list((ROOT / "synth_dagster").rglob("*.py"))
    assert [f for f in plugin if "from __future__ import annotations" in f.read_text()] == []


def test_the_tests_that_run_first_are_there(pytestconfig: pytest.Config) -> None:
    (conftest,) = [
        p
        for p in pytestconfig.pluginmanager.get_plugins()
        if hasattr(p, "pytest_xdist_auto_num_workers") and hasattr(p, "LONGEST")
    ]
    assert [file for file in conftest.LONGEST if not (ROOT / file).is_file()] == []


def test_the_tests_mirror_the_packages() -> None:
    for package in ("synth_models", "synth_dagster"):
        folders = {
            file.parent.relative_to(ROOT / "tests") for file in (ROOT / "tests" / package).rglob("test_*.py")
        }
        assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
