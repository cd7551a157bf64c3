"""How many children parents have, one small picture per key that points at a table."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from synth_models.report.figures.style import (
    QUIET,
    REAL,
    SYNTHETIC,
    grid,
    hatched,
    legend,
    picture,
    printable,
)
from synth_models.report.figures.ticks import share_ticks

PER_ROW = 3
_ROW = 1.55
_FEWEST = 20
_SINGLE = 12

Incoming = tuple[str, np.ndarray, np.ndarray, float | None]
"""Name of the key, children per parent on either side, cardinality score."""


def draw_children(path: Path, incoming: Sequence[Incoming], least: int) -> None:
    """A panel per key; ``least`` parents must share a number of children before it is shown."""
    rows = -(-len(incoming) // PER_ROW)
    with picture(path, height=0.42 + rows * _ROW) as figure:
        axes = grid(figure, rows, PER_ROW, margins=(0.42, 0.1, 0.55, 0.36), gaps=(0.45, 0.68))
        legend(figure)
        for axis, (name, real, synthetic, score) in zip(axes, incoming, strict=False):
            axis.set_title(printable(name, 27), fontweight="bold", pad=13)
            shown = "–" if score is None else f"{score:.3f}"
            means = " / ".join(f"{side.mean():,.4g}" if len(side) else "–" for side in (real, synthetic))
            axis.text(
                0, 1.03, f"score {shown} · mean {means}", transform=axis.transAxes, fontsize=6, color=QUIET
            )
            _draw(axis, real, synthetic, least)
        for axis in axes[len(incoming) :]:
            axis.remove()


def _draw(axis: Axes, real: np.ndarray, synthetic: np.ndarray, least: int) -> None:
    if len(real) < _FEWEST:
        _say(axis, "fewer than 20 parents")
        return
    lows, names = child_bins(real, least)
    counts = [
        np.bincount(np.searchsorted(lows, side, side="right") - 1, minlength=len(lows))
        for side in (real, synthetic)
    ]
    rare = counts[0] < least
    counts[0] = np.where(rare, 0, counts[0])
    shown = np.flatnonzero(counts[0] + counts[1])
    if not len(shown):
        _say(axis, "too few parents share a number")
        return
    first, last = shown[[0, -1]]
    names = names[first : last + 1]
    for count, side, colour, shift in zip(
        counts, (real, synthetic), (REAL, SYNTHETIC), (-0.2, 0.2), strict=True
    ):
        shares = count[first : last + 1] / max(1, len(side))
        axis.bar(np.arange(len(names)) + shift, shares, 0.4, color=colour, alpha=0.8)
    hatched(axis, np.flatnonzero(rare[first : last + 1]) - 0.4, 0.4)
    axis.set_ylim(top=axis.get_ylim()[1] * 1.06)
    crowded = max(map(len, names)) > 3
    axis.set_xticks(range(len(names)), names, fontsize=5.5, rotation=40 if crowded else 0,
                    ha="right" if crowded else "center", rotation_mode="anchor")  # fmt: skip
    axis.tick_params(axis="x", length=0)
    share_ticks(axis.yaxis)


def _say(axis: Axes, text: str) -> None:
    axis.text(0.5, 0.5, text, transform=axis.transAxes, ha="center", color=QUIET)
    axis.set(xticks=[], yticks=[])


def child_bins(counts: np.ndarray, least: int) -> tuple[np.ndarray, list[str]]:
    """The least number of children of each bar, and its name: one number each, or doubling ranges.

    The last bar is open: the largest families are not told.
    """
    top = int(np.quantile(counts, max(0.5, 1 - least / len(counts))))
    lows = np.arange(top + 2) if top <= _SINGLE else np.r_[0, 2 ** np.arange(int(np.log2(top)) + 2)]
    names = [str(low) if high - low == 1 else f"{low}–{high - 1}" for low, high in pairwise(lows)]
    return lows, [*names, f"{lows[-1]}+"]
