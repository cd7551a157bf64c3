"""Pages that must not break however much there is to say."""

import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from synth_models.report.figures.style import picture
from synth_models.report.pages import contents_page, schema_page
from synth_models.report.pdf import Paper


@pytest.mark.parametrize("chapters", [1, 41, 42, 43, 86, 87, 120])
def test_the_contents_fill_their_pages_and_tell_the_right_ones(chapters: int, tmp_path: Path) -> None:
    with Paper("many") as paper:
        contents_page(paper, chapters)
        for number in range(chapters):
            if number:
                paper.add_page()
            paper.heading(f"Chapter {number}.")
        paper.output(str(tmp_path / "many.pdf"))
    pages = [page.extract_text() for page in PdfReader(tmp_path / "many.pdf").pages]
    before = pages[: len(pages) - chapters]
    assert all("Chapter" in text for text in before)  # none of them is empty
    told = dict(re.findall(r"Chapter (\d+)\.\s+(\d+)", "\n".join(before)))
    assert told == {str(number): str(len(before) + number + 1) for number in range(chapters)}


def test_a_picture_that_is_taller_than_a_page_stays_under_its_heading(tmp_path: Path) -> None:
    tall = tmp_path / "tall.png"
    with picture(tall, height=20.0):
        pass
    with Paper("tall") as paper:
        paper.add_page()
        schema_page(paper, tall, (7.48, 20.0))
        assert paper.page_no() == 1
        paper.output(str(tmp_path / "tall.pdf"))
    assert len(PdfReader(tmp_path / "tall.pdf").pages) == 1
