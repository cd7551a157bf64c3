"""A folder is whole or not there."""

from pathlib import Path

import pytest

from synth_models.data.staging import staged_folder


def fill(stage: Path) -> None:
    (stage / "rows.csv").write_text("new")
    (stage / "seal").write_text("new")


def break_off(folder: Path) -> None:
    with staged_folder(folder, "seal") as stage:
        fill(stage)
        raise RuntimeError


def test_a_new_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with staged_folder(target, "seal") as stage:
        fill(stage)
        assert not target.exists()
    assert {file.name for file in target.iterdir()} == {"rows.csv", "seal"}
    assert [file.name for file in target.parent.iterdir()] == ["out"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        break_off(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_an_existing_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("old")
    (tmp_path / "seal").write_text("old")
    with pytest.raises(RuntimeError):
        break_off(tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"rows.csv": "old", "seal": "old"}


def test_replacing_removes_what_is_stale_and_leaves_the_rest(tmp_path: Path) -> None:
    for name in ("rows.csv", "seal", "gone.csv", "mine.txt"):
        (tmp_path / name).write_text("old")
    with staged_folder(tmp_path, "seal", ["rows.csv", "gone.csv", "never.csv"]) as stage:
        fill(stage)
    found = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert found == {"rows.csv": "new", "seal": "new", "mine.txt": "old"}


def test_interrupted_while_replacing_there_is_no_seal(tmp_path: Path) -> None:
    (tmp_path / "seal").write_text("old")
    (tmp_path / "rows.csv").mkdir()  # cannot be replaced by a file
    with pytest.raises(OSError, match=r"rows\.csv"), staged_folder(tmp_path, "seal") as stage:
        fill(stage)
    assert [file.name for file in tmp_path.iterdir()] == ["rows.csv"]
