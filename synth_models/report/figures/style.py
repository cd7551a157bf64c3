"""How pictures look: sizes as printed, colours that colour-blind people tell apart, any character."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

REAL = "#0072B2"
"""The colour of real data (Okabe and Ito's blue)."""
SYNTHETIC = "#E69F00"
"""The colour of synthetic data (Okabe and Ito's orange)."""
INK, QUIET, FAINT = "#222222", "#6b7280", "#e5e7eb"
WIDTH = 7.48
"""Inches: the printed width of a page."""
DPI = 150

DENSITY = LinearSegmentedColormap.from_list("density", ["#f3f4f6", "#a5b4cb", "#4c5f8a", "#1c2541"])
"""From few to many."""
SIGNED = LinearSegmentedColormap.from_list("signed", ["#8c510a", "#dfc27d", "#ffffff", "#80cdc1", "#01665e"])
"""From -1 over 0 to 1."""

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 7.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.labelsize": 6.5,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 7,
}


@contextmanager
def picture(path: Path, height: float, width: float = WIDTH) -> Iterator[Figure]:
    """A figure of that many inches, written to ``path`` as PNG when the block ends well."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), dpi=DPI)
        FigureCanvasAgg(figure)
        yield figure
        figure.savefig(path, format="png", metadata={"Software": None})


def grid(
    figure: Figure,
    rows: int,
    columns: int,
    *,
    margins: tuple[float, float, float, float],
    gaps: tuple[float, float],
) -> list[Axes]:
    """Equal axes, row by row.

    Args:
        figure: Where they go.
        rows: How many rows.
        columns: How many columns.
        margins: Left, right, top and bottom, in inches.
        gaps: Between columns and between rows, in inches.
    """
    width, height = figure.get_size_inches()
    left, right, top, bottom = margins
    each = (width - left - right - gaps[0] * (columns - 1)) / columns
    tall = (height - top - bottom - gaps[1] * (rows - 1)) / rows
    return [
        figure.add_axes(
            (
                (left + column * (each + gaps[0])) / width,
                (bottom + (rows - 1 - row) * (tall + gaps[1])) / height,
                each / width,
                tall / height,
            )
        )
        for row in range(rows)
        for column in range(columns)
    ]


def hatched(axis: Axes, left: np.ndarray, width: np.ndarray | float) -> None:
    """Mark real bars of which nothing may be shown: at the foot, so that they are not taken for empty."""
    feet = axis.bar(left, 0.07, width, align="edge", transform=axis.get_xaxis_transform())
    for foot in feet:
        foot.set(facecolor="white", edgecolor=REAL, hatch="/" * 7, linewidth=0, zorder=3)


def legend(figure: Figure, *, top: float = 0.14, names: tuple[str, str] = ("real", "synthetic")) -> None:
    """What the two colours mean, in the top left corner."""
    from matplotlib.patches import Patch

    patches = [Patch(color=REAL, alpha=0.75), Patch(color=SYNTHETIC, alpha=0.75)]
    width, height = figure.get_size_inches()
    figure.legend(
        patches, names, loc="center left", ncols=2, bbox_to_anchor=(0.4 / width, 1 - top / height),
        handlelength=1.2, handleheight=0.8, columnspacing=1.4, borderpad=0,
    )  # fmt: skip


@cache
def font_file(weight: str = "") -> Path:
    """The TrueType file of DejaVu Sans that ships with matplotlib; ``weight`` is empty, ``Bold`` or
    ``Oblique``.
    """
    name = f"DejaVuSans-{weight}.ttf" if weight else "DejaVuSans.ttf"
    return Path(mpl.get_data_path(), "fonts", "ttf", name)


@cache
def _characters() -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(os.fspath(font_file())).get_charmap())


def labels(names: Sequence[str], limit: int) -> list[str]:
    """Names cut to ``limit`` characters; where that makes two the same, cut so that they differ."""
    cut = [printable(name, limit) for name in names]
    for number, (name, short) in enumerate(zip(names, cut, strict=True)):
        twins = [other for other in names if other != name and printable(other, limit) == short]
        if twins:
            start = min(_same_start(name, other) for other in twins)
            cut[number] = "…" + printable(name[start:], 400)[: limit - 1]
    return cut


def _same_start(one: str, other: str) -> int:
    """How many characters are the same before the first that is not."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def printable(text: str, limit: int = 200) -> str:
    """The text with characters the font lacks as boxes, on one line, cut in the middle if it is longer."""
    shown = "".join(
        "□" if (not char.isprintable() or ord(char) not in _characters()) and char != " " else char
        for char in text
    )
    if len(shown) <= limit:
        return shown
    tail = (limit - 1) // 3
    return f"{shown[: limit - 1 - tail]}…{shown[len(shown) - tail :] if tail else ''}"
