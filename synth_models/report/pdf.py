"""The paper that a report is printed on: fonts, head and foot, headings, tables, pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from synth_models.report.figures.style import font_file, printable

if TYPE_CHECKING:
    from fpdf.outline import OutlineSection

MARGIN, WIDTH = 10.0, 190.0
"""Millimetres."""
_FONT = "DejaVu"
_LEAST = 0.9  # of its size, a picture is drawn on this page rather than the next
_TALLEST = 240.0  # of a picture under a heading; a taller one is made smaller
_DARK, _GREY, _PALE = (34, 34, 34), (107, 114, 128), (243, 244, 246)


@final
class Paper(FPDF):
    """A4 pages with any character that DejaVu Sans has; a context manager that closes the files of the fonts.

    Args:
        title: Stands at the head of every page but the first.
    """

    def __init__(self, title: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.add_font(_FONT, "", font_file())
        self.add_font(_FONT, "B", font_file("Bold"))
        self._head = printable(title, 90)
        self.set_title(self._head)
        self.set_creator("synth_models")
        self.set_margins(MARGIN, 14, MARGIN)
        self.set_auto_page_break(True, margin=16)
        self.set_text_color(*_DARK)
        self.set_font(_FONT, size=9)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def header(self) -> None:
        """The title, in small print."""
        if self.page_no() > 1:
            self.set_y(7)
            self.write_line(self._head, size=7, grey=True)
            self.set_y(14)

    def footer(self) -> None:
        """The page number."""
        self.set_y(-11)
        self.set_font(_FONT, size=7)
        self.set_text_color(*_GREY)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")
        self.set_text_color(*_DARK)

    def write_line(
        self, text: str, *, size: float = 9, bold: bool = False, grey: bool = False, indent: float = 0
    ) -> None:
        """A paragraph, wrapped at the margins."""
        self.set_x(MARGIN + indent)
        self.set_font(_FONT, "B" if bold else "", size)
        self.set_text_color(*(_GREY if grey else _DARK))
        self.multi_cell(0, size * 0.48, printable(text, 4000), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(*_DARK)

    def write_at(
        self, left: float, text: str, width: float, *, size: float = 9, style: str = "", grey: bool = False,
        align: str = "L", height: float = 5.0,
    ) -> None:  # fmt: skip
        """One line of text in a box, at the present height."""
        self.set_font(_FONT, style, size)
        self.set_text_color(*(_GREY if grey else _DARK))
        self.set_x(left)
        self.cell(width, height, self.fitted(text, width), align=align)
        self.set_text_color(*_DARK)

    def fitted(self, text: str, width: float) -> str:
        """The text, cut in the middle until it fits the width in the present font."""
        text = printable(text)
        limit = len(text)
        while limit > 3 and self.get_string_width(printable(text, limit)) > width - 1:
            limit -= 1
        return printable(text, limit)

    def heading(self, text: str, *, level: int = 0, outline: bool = True) -> None:
        """A heading, also in the outline of the document."""
        size = (16, 10.5)[level]
        self.need(25 if level else 60)
        self.ln((0, 2)[level])
        if outline:
            self.start_section(printable(text, 80), level=level)
        self.set_font(_FONT, "B", size)
        self.cell(0, size * 0.55, self.fitted(text, WIDTH), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln((2, 1)[level])

    def need(self, height: float) -> None:
        """Start a page unless there is that much room on this one."""
        if self.get_y() + height > self.page_break_trigger:
            self.add_page()

    def fits(self, size: tuple[float, float], above: float) -> bool:
        """Whether a picture of that many inches has room on this page, with so many millimetres above it."""
        room = self.page_break_trigger - self.get_y() - above
        return room >= _LEAST * min(size[1] * 25.4, _TALLEST)

    def picture(self, path: Path, size: tuple[float, float], *, caption: str = "") -> None:
        """A picture of that many inches, about as large as it was drawn, with a line of text above it."""
        wide, tall = size[0] * 25.4, size[1] * 25.4
        above = 9.0 if caption else 1.0
        room = self.page_break_trigger - self.get_y() - above
        if room < _LEAST * min(tall, _TALLEST):
            self.add_page()
            room = self.page_break_trigger - self.get_y() - above
        scale = min(1.0, WIDTH / wide, room / tall)
        if caption:
            self.write_line(caption, size=7.5, grey=True)
            self.ln(0.5)
        self.image(path, x=MARGIN, w=wide * scale, h=tall * scale)
        self.ln(1)

    def table_of(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], *,
        size: float = 7, texts: Sequence[int] = (0,),
    ) -> None:  # fmt: skip
        """Rows of text under a head, which every page repeats; columns of ``texts`` are left-aligned."""
        # not by fpdf's table: it breaks lines, which takes as long as the rest of a report with many numbers
        height = size * 0.58
        aligns = ["L" if column in texts else "R" for column in range(len(head))]
        for cells in (head, *rows):
            if cells is head or self.get_y() + height > self.page_break_trigger:
                self.need(2 * height)
                self._row(head, widths, aligns, size, height, is_head=True)
            if cells is not head:
                self._row(cells, widths, aligns, size, height)
        self.ln(2)

    def _row(
        self, cells: Sequence[str], widths: Sequence[float], aligns: Sequence[str], size: float,
        height: float, *, is_head: bool = False,
    ) -> None:  # fmt: skip
        self.set_font(_FONT, "B" if is_head else "", size)
        self.set_fill_color(*_PALE)
        for text, width, align in zip(cells, widths, aligns, strict=True):
            self.cell(width, height, self.fitted(text, width - 1), align=align, border="T", fill=is_head)
        self.ln(height)

    def contents(self, render: Callable[[Any, list["OutlineSection"]], None], pages: int) -> None:
        """Pages for the table of contents, written by ``render`` when all page numbers are known."""
        self.insert_toc_placeholder(render, pages=pages)
