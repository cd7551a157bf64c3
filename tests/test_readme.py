"""What a newcomer copies from the README works."""

import json
import re
import shlex
from pathlib import Path

import pytest

from synth_models.cli.parser import make_parser
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.testing import shop

ROOT = Path(__file__).parents[1]


def blocks(language: str) -> list[str]:
    """The code blocks of that language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line]) <= 10
    monkeypatch.chdir(tmp_path)
    shop(rows=60).to_dir("shop")
    names: dict[str, object] = {}
    exec(code, names)
    made = RelationalData.from_dir(tmp_path / "synthetic")
    train = names["train"]
    assert isinstance(train, RelationalData)
    assert made.n_rows == train.n_rows
    assert (tmp_path / "report" / "report.pdf").stat().st_size > 10_000
    assert (tmp_path / "report" / "report.json").is_file()


def test_the_schema_is_one() -> None:
    (text,) = blocks("json")
    assert set(Schema.from_dict(json.loads(text)).tables) == {"users", "orders"}


def test_the_commands_are_understood() -> None:
    lines = [
        line for block in blocks("bash") for line in block.splitlines() if line.startswith("synth-models ")
    ]
    assert len(lines) >= 5
    for line in lines:
        assert callable(make_parser().parse_args(shlex.split(line, comments=True)[1:]).action)


def test_the_verbs_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    verbs = re.findall(r"^make (\w+)", "\n".join(blocks("bash")), re.MULTILINE)
    assert verbs == ["demo", "ui"]
    for verb in [*verbs, "test", "lint", "types", "bench"]:
        assert f"\n{verb}:" in makefile


def test_what_it_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
