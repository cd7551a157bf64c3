"""A page of a PDF as a picture, for places that show pictures alone."""

from pathlib import Path

import pypdfium2

_SCALE = 2
"""Pixels per point, 144 per inch."""
_COLOURS = 256  # text, lines and lights as they are, in less than half the bytes


def draw_page(pdf: Path, page: int, picture: Path) -> None:
    """Draw a page, counted from 0, as PNG (1190 x 1684 pixels for A4)."""
    with pypdfium2.PdfDocument(pdf) as document:
        drawn = document[page].render(scale=_SCALE).to_pil()
    drawn.convert("RGB").quantize(_COLOURS).save(picture, optimize=True)
