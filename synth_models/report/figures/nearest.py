"""How far rows are from their nearest real row: synthetic rows, and real rows that were not compared with."""

from pathlib import Path

import numpy as np

from synth_models.report.figures.style import FAINT, REAL, SYNTHETIC, picture
from synth_models.report.figures.ticks import share_ticks
from synth_models.report.stats.neighbours import Neighbours

WIDTH = 3.9


def draw_nearest(path: Path, found: Neighbours) -> None:
    """The share of rows within each distance."""
    with picture(path, height=2.0, width=WIDTH) as figure:
        axis = figure.add_axes((0.13, 0.2, 0.84, 0.72))
        for distances, colour, name in (
            (found.real, REAL, "other real rows"),
            (found.other, SYNTHETIC, "synthetic rows"),
        ):
            axis.ecdf(distances, color=colour, linewidth=1.6, label=name)
        top = float(np.quantile(np.r_[found.real, found.other], 0.99))
        axis.set_xlim(-0.02 * top - 1e-6, max(top, 1e-3))
        axis.set_ylim(0, 1.02)
        share_ticks(axis.yaxis, 4)
        axis.grid(color=FAINT, linewidth=0.6)
        axis.set_axisbelow(True)
        axis.set_xlabel("distance to the nearest real row")
        axis.set_ylabel("share of rows within")
        axis.legend(loc="lower right")
