"""Pairs of columns: where real and synthetic rows are, side by side."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.colors import PowerNorm

from synth_models.report.cells import Axis, Cells
from synth_models.report.figures.style import (
    DENSITY,
    FAINT,
    QUIET,
    REAL,
    SYNTHETIC,
    grid,
    labels,
    picture,
    printable,
)
from synth_models.report.figures.ticks import measure_ticks

PER_PAGE = 2
_ROW = 2.22


def draw_pairs(path: Path, titled: Sequence[tuple[str, Cells, str]]) -> None:
    """Two pairs in a row, each as two panels; ``titled`` are (first line, table, second line)."""
    rows = -(-len(titled) // 2)
    with picture(path, height=0.1 + rows * _ROW) as figure:
        axes = grid(figure, rows, 4, margins=(0.72, 0.08, 0.48, 0.56), gaps=(0.14, 1.08))
        _spread(axes)
        for number, (title, cells, subtitle) in enumerate(titled):
            left, right = axes[2 * number], axes[2 * number + 1]
            left.text(0, 1.3, printable(title, 54), transform=left.transAxes, fontsize=7, fontweight="bold")
            left.text(0, 1.18, subtitle, transform=left.transAxes, fontsize=6, color=QUIET)
            _panel(left, cells, cells.real, "real", REAL)
            _panel(right, cells, cells.synthetic, "synthetic", SYNTHETIC)
            right.tick_params(labelleft=False)
        for axis in axes[2 * len(titled) :]:
            axis.remove()


def _spread(axes: Sequence[Axes]) -> None:
    """Narrow all panels so that the right-hand pairs have room for their labels."""
    for number, axis in enumerate(axes):
        box = axis.get_position()
        width = box.width * 0.86
        shift = (0, -0.13, 0.22, 0.09)[number % 4] * box.width
        axis.set_position((box.x0 + shift, box.y0, width, box.height))


def _panel(axis: Axes, cells: Cells, shares: np.ndarray, name: str, colour: str) -> None:
    top = max(np.nanmax(cells.real, initial=0.0), np.max(cells.synthetic, initial=0.0)) or 1.0
    shown = np.ma.masked_invalid(np.where(shares > 0, shares, np.nan))
    columns, rows = (
        _label(axis.xaxis, cells.across, across=True),
        _label(axis.yaxis, cells.down, across=False),
    )
    axis.pcolormesh(columns, rows, shown, cmap=DENSITY, norm=PowerNorm(0.5, 0, top), rasterized=True)
    if name == "real":
        axis.patch.set(facecolor="white", edgecolor=FAINT, hatch="/" * 7, linewidth=0)
    axis.set_title(name, fontsize=6.5, color=colour, pad=2, fontweight="bold")
    for side in ("left", "bottom"):
        axis.spines[side].set_color(colour)
        axis.spines[side].set_linewidth(1.2)
    if cells.down.names is not None:
        axis.invert_yaxis()
    if name == "real":
        axis.set_ylabel(printable(cells.down.column, 22), fontsize=6, color=QUIET, labelpad=3)
    axis.set_xlabel(printable(cells.across.column, 24), fontsize=6, color=QUIET, labelpad=1)


def _label(line: XAxis | YAxis, axis: Axis, *, across: bool) -> np.ndarray:
    """Label an axis; where its edges lie."""
    if axis.names is None:
        line.set_tick_params(labelsize=5.5)
        return measure_ticks(line, axis.edges, axis.kind, most=4, offset=False)
    turned = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if across else {}
    line.set_ticks(range(axis.size), labels(axis.names, 10 if across else 11), fontsize=5.5, **turned)
    line.set_tick_params(length=0)
    return axis.edges
