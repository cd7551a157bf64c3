"""The numbers of columns, pairs and keys on paper, and the first page as a picture."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from synth_models.report import Report, number_pages
from synth_models.report import report as write_report
from synth_models.testing import shop


def written(folder: Path) -> Report:
    return write_report(shop(rows=60), shop(rows=60, seed=1), folder, progress=False)


def line(m: dict[str, Any]) -> str:
    """A number with what it is of."""
    aspect = f" ({m['aspect']})" if "aspect" in m else ""
    return f"{m['table']} {' - '.join(m['items'])}{aspect} {m['value']:.3f}"


def numbers_of(report: Report) -> list[str]:
    """What the JSON says of parts of tables."""
    measured = json.loads(report.json.read_text(encoding="utf-8"))["measurements"].values()
    return [line(m) for ends in measured for m in ends["synthetic"] if m["items"] and m["value"] is not None]


def printed(report: Report) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(report.pdf).pages)
    return re.sub(r"\s+", " ", text.rpartition("Every number of single columns, pairs and keys")[2])


def test_every_number_is_printed_and_the_first_page_is_a_picture(tmp_path: Path) -> None:
    report = written(tmp_path)
    numbers, text = numbers_of(report), printed(report)
    assert len(numbers) > 100
    assert [number for number in numbers if number not in text] == []
    path = report.figures["first_page"]
    with Image.open(path) as picture:
        assert picture.size == (1191, 1684)
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 16) or ()}
    assert (255, 255, 255) in colours
    assert any(g > r + 60 and g > b for r, g, b in colours)  # a green light
    assert path.stat().st_size < 150_000  # it is in the event log


def test_of_too_many_the_worst_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_pages, "_MOST", 10)
    report = written(tmp_path)
    numbers, text = numbers_of(report), printed(report)
    assert f"The 10 of {len(numbers):,} farthest below real data" in text
    assert text.count("The 10 of") == 1
    assert sum(len(re.findall(re.escape(number), text)) for number in set(numbers)) == 10
