"""The code location: it loads fast, without heavy libraries, and wherever it is installed."""

import json
import subprocess
import sys
from pathlib import Path

HEAVY = [
    "torch",
    "torch_geometric",
    "great_expectations",
    "dagster_pandas",
    "scipy",
    "sklearn",
    "matplotlib",
]
PROBE = f"""
import json, sys, time
began = time.monotonic()
from synth_dagster.demo.definitions import demo
defs = demo()
keys = sorted(spec.key.to_user_string() for spec in defs.resolve_all_asset_specs())
loaded = [name for name in {HEAVY} if name in sys.modules]
print(json.dumps({{"keys": keys, "loaded": loaded, "seconds": time.monotonic() - began}}))
"""
TABLES = ["airlines", "airports", "flights", "planes", "weather"]


def test_the_location_loads_fast_and_light_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["loaded"] == []
    assert found["seconds"] < 20
    assert found["keys"] == sorted(
        ["demo/model", "demo/report"]
        + [f"demo/{role}/{table}" for role in ("source", "published") for table in TABLES]
        + [f"demo/synthetic/{table}" for table in ("flights", "planes", "weather")]
    )
    assert list(tmp_path.iterdir()) == []  # loading makes nothing


def test_importing_the_plugin_warns_of_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", "import synth_dagster"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_workspace_names_the_location() -> None:
    workspace = (Path(__file__).parents[3] / "workspace.yaml").read_text()
    assert "module_name: synth_dagster.demo.definitions" in workspace
