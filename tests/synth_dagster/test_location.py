"""A location: safe names, whole documents."""

import json
from pathlib import Path

import pytest

from synth_dagster.location import Location, safe_name


@pytest.mark.parametrize("name", ["a", "a/b", "..", ".hidden", "a b", "é", "a%2Fb", 'q"q', "x\n"])
def test_names_are_safe_and_apart(name: str, tmp_path: Path) -> None:
    location = Location(str(tmp_path))
    path = location.path("kind", name)
    assert path.parent == tmp_path / "kind"
    assert not path.name.startswith(".")
    location.write(path, {"name": name})
    assert location.read(path) == {"name": name}


def test_different_names_are_different_files() -> None:
    names = ["a/b", "a%2Fb", "a b", "a_b", ".a", "%2Ea", "a"]
    assert len({safe_name(name) for name in names}) == len(names)


def test_a_document_is_whole_or_the_old_one(tmp_path: Path) -> None:
    location = Location(str(tmp_path))
    target = location.path("a.json")
    location.write(target, {"x": 1})
    with pytest.raises(TypeError):
        location.write(target, {"x": object()})
    assert json.loads(target.read_text()) == {"x": 1}
    assert [path.name for path in tmp_path.iterdir() if path.name != ".scratch"] == ["a.json"]


def test_what_is_not_there_reads_as_none(tmp_path: Path) -> None:
    location = Location(str(tmp_path / "nowhere"))
    assert location.read(location.path("a.json")) is None
    assert location.listed(location.path("folder")) == []
