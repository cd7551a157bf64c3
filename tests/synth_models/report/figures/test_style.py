"""Any name can be printed, and cut names can still be told apart."""

from pathlib import Path

import pytest
from PIL import Image

from synth_models.report.figures.style import DPI, font_file, grid, labels, picture, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Größe €", "Größe €"),
        ("ключ", "ключ"),
        ("数据", "□□"),
        ("a\nb\tc", "a□b□c"),
        ("🦖", "□"),
        ("", ""),
    ],
)
def test_characters_the_font_lacks_are_boxes(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 9, 12])
def test_long_names_are_cut_in_the_middle(limit: int) -> None:
    cut = printable("abcdefghijklm", limit)
    assert len(cut) == limit
    assert "…" in cut


def test_names_that_would_look_the_same_are_cut_elsewhere() -> None:
    names = ["Fixed wing multi engine", "Fixed wing single engine", "Rotorcraft"]
    cut = labels(names, 12)
    assert cut == ["…multi engin", "…single engi", "Rotorcraft"]
    assert len(set(cut)) == 3


def test_the_fonts_are_there() -> None:
    assert all(font_file(weight).is_file() for weight in ("", "Bold"))


def test_a_picture_has_the_size_asked_for(tmp_path: Path) -> None:
    with picture(tmp_path / "a.png", height=2, width=3) as figure:
        axes = grid(figure, 2, 3, margins=(0.3, 0.1, 0.2, 0.2), gaps=(0.1, 0.2))
        assert len(axes) == 6
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (3 * DPI, 2 * DPI)


def test_a_picture_that_fails_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), picture(tmp_path / "a.png", height=1):
        _ = 1 / 0
    assert not (tmp_path / "a.png").exists()
