"""The commands of ``dg`` in a fresh project: scaffold, check, list, inspect."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from synth_dagster import SynthComponent

pytestmark = pytest.mark.slow
PROJECT = """
[project]
name = "fresh"
version = "0"
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "fresh"
"""
DEFINITIONS = """
from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as ``create-dagster project`` makes it, without an environment of its own."""
    package = tmp_path / "src" / "fresh"
    (package / "defs").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (package / "__init__.py").touch()
    (package / "defs" / "__init__.py").touch()
    (package / "definitions.py").write_text(DEFINITIONS)
    return tmp_path


def dg(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What a command says."""
    paths = [str(project / "src"), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [str(Path(sys.executable).with_name("dg")), *words],
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "DAGSTER_HOME": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_fresh_project_goes_from_a_scaffold_to_assets(project: Path) -> None:
    made = dg(project, "scaffold", "defs", "synth_dagster.SynthComponent", "shop")
    assert made.returncode == 0, made.stderr
    file = project / "src" / "fresh" / "defs" / "shop" / "defs.yaml"
    text = file.read_text()
    assert "# Where the real tables are." in text

    # ---- filled in
    filled = text.replace("    - your_table\n    - another_table\n", "    - users\n    - orders\n")
    file.write_text(filled)
    checked = dg(project, "check", "defs")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    listed = json.loads(dg(project, "list", "defs", "--json").stdout)
    assert {asset["asset_key"] for asset in listed["assets"]} == {
        *(f"shop/{role}/{t}" for role in ("source", "synthetic", "published") for t in ("users", "orders")),
        "shop/model",
        "shop/report",
    }

    # ---- a second instance beside it, with a mistake
    other = yaml.safe_load(filled)
    other["attributes"] |= {"name": "other", "architecture": {"kind": "grpah"}}
    (file.parent.parent / "other").mkdir()
    (file.parent.parent / "other" / "defs.yaml").write_text(yaml.safe_dump(other))
    refused = dg(project, "check", "defs")
    assert refused.returncode != 0
    assert "'multilevel' or 'graph'" in refused.stdout + refused.stderr


def test_what_can_be_set_is_told_by_inspect_component(project: Path) -> None:
    told = dg(project, "utils", "inspect-component", "synth_dagster.SynthComponent")
    assert told.returncode == 0, told.stderr
    assert [name for name in SynthComponent.model_fields if f'"{name}": {{' not in told.stdout] == []
    assert "n_graph_layers" in told.stdout
