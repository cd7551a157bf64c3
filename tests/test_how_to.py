"""Every defs.yaml of the guide loads."""

import re
from pathlib import Path

import dagster as dg
import pytest
import yaml

from synth_dagster import SynthComponent

DOCS = Path(__file__).parents[1] / "docs"


def blocks() -> list[tuple[str, str]]:
    """Title and text of every YAML block."""
    found = []
    for section in re.split(r"^## ", (DOCS / "how_to.md").read_text(), flags=re.MULTILINE)[1:]:
        for block in re.findall(r"^```yaml\n(.*?)^```", section, re.DOTALL | re.MULTILINE):
            found.append((section.partition("\n")[0], block))
    return found


@pytest.mark.parametrize(("title", "text"), blocks(), ids=[title for title, _ in blocks()])
def test_a_definition_of_the_guide_loads(title: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_URL", "http://127.0.0.1:9/x")
    from dagster.components.testing import create_defs_folder_sandbox

    with create_defs_folder_sandbox() as sandbox:
        path = sandbox.scaffold_component(SynthComponent, defs_yaml_contents=yaml.safe_load(text))
        with sandbox.load_component_and_build_defs(defs_path=path) as (found, defs):
            assert isinstance(found, SynthComponent)
            dg.Definitions.validate_loadable(defs)
            assert dg.AssetKey(["shop", "model"]) in {spec.key for spec in defs.resolve_all_asset_specs()}


def test_there_is_a_guide_for_every_task() -> None:
    titles = [title for title, _ in blocks()]
    assert len(titles) == 8


def test_what_the_guide_links_to_is_there() -> None:
    for name in ("how_to.md", "operations.md"):
        links = re.findall(r"\]\(([^)#:]+)\)", (DOCS / name).read_text())
        assert [link for link in links if not (DOCS / link).exists()] == []
