"""How far records are from their nearest real one: synthetic ones, and real ones not compared with."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from synth_models.report.figures.style import FAINT, QUIET, REAL, SYNTHETIC, grid, legend, picture, printable
from synth_models.report.figures.ticks import share_ticks
from synth_models.report.stats.neighbours import Neighbours

PER_ROW, PER_PAGE = 3, 6
_ROW = 1.75


def draw_nearest(path: Path, found: Sequence[tuple[str, Neighbours]]) -> None:
    """A panel per set of records: the share within each distance, and the distance that counts as near."""
    rows = -(-len(found) // PER_ROW)
    with picture(path, height=0.42 + rows * _ROW) as figure:
        axes = grid(figure, rows, PER_ROW, margins=(0.45, 0.1, 0.5, 0.42), gaps=(0.5, 0.72))
        legend(figure, names=("other real rows", "synthetic rows"))
        for axis, (name, curves) in zip(axes, found, strict=False):
            axis.set_title(printable(name, 27), fontweight="bold")
            _draw(axis, curves)
        for axis in axes[len(found) :]:
            axis.remove()


def _draw(axis: Axes, curves: Neighbours) -> None:
    if not curves.real.any() and not curves.other.any():
        axis.text(0.5, 0.5, "every row equals a real one", transform=axis.transAxes, ha="center", color=QUIET)
        axis.set(xticks=[], yticks=[])
        return
    for distances, colour in ((curves.real, REAL), (curves.other, SYNTHETIC)):
        axis.ecdf(distances, color=colour, linewidth=1.4)
    top = float(np.quantile(np.r_[curves.real, curves.other], 0.99))
    axis.axvline(curves.near, color=QUIET, linewidth=0.7, linestyle=":")
    axis.set_xlim(-0.02 * top - 1e-6, max(top, 1e-3))
    axis.set_ylim(0, 1.02)
    share_ticks(axis.yaxis, 4)
    axis.grid(color=FAINT, linewidth=0.6)
    axis.set_axisbelow(True)
    axis.set_xlabel("distance to the nearest real row", fontsize=6)
