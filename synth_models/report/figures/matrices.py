"""How strongly the columns of a table depend on each other: real, synthetic, and what differs."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from synth_models.report.figures.style import FAINT, INK, SIGNED, WIDTH, picture, printable

MAX_COLUMNS = 32
_IN_A_ROW = 14
_WITH_NUMBERS = 8


def strongest_columns(real: pd.DataFrame) -> list[str]:
    """At most ``MAX_COLUMNS`` columns, those with the strongest dependences, in the order of the table."""
    if len(real) <= MAX_COLUMNS:
        return list(real.index)
    off = real.abs().to_numpy(copy=True)
    np.fill_diagonal(off, np.nan)
    strength = np.nan_to_num(off).max(axis=1)
    return list(real.index[np.sort(np.argsort(-strength, kind="stable")[:MAX_COLUMNS])])


def draw_matrices(path: Path, real: pd.DataFrame, synthetic: pd.DataFrame) -> None:
    """Three matrices: beside each other, or two above one if there are many columns."""
    names = strongest_columns(real)
    ours, theirs = (matrix.loc[names, names].to_numpy(dtype=float) for matrix in (real, synthetic))
    panels = [("real", ours), ("synthetic", theirs), ("synthetic − real", theirs - ours)]
    side, boxes, height = _layout(len(names))
    with picture(path, height) as figure:
        for (title, values), (left, bottom, labelled) in zip(panels, boxes, strict=True):
            axis = figure.add_axes((left / WIDTH, bottom / height, side / WIDTH, side / height))
            _draw(axis, values, title, names, _font(side, len(names)))
            axis.tick_params(labelleft=labelled)
        left, bottom, _ = boxes[2]
        _scale(figure, left + side + 0.06, bottom, side, height)


def _layout(size: int) -> tuple[float, list[tuple[float, float, bool]], float]:
    """Inches: the side of a matrix, (left, bottom, with row labels) of each, the height of the picture."""
    label = 1.15
    if size <= _IN_A_ROW:
        side = min((WIDTH - label - 0.55 - 2 * 0.15) / 3, 0.5 * max(2, size))
        return side, [(label + n * (side + 0.15), 0.95, n == 0) for n in range(3)], side + 0.95 + 0.25
    side = (WIDTH - label - 0.55 - 0.15) / 2
    upper = [(label + n * (side + 0.15), side + 1.25 + 0.95, n == 0) for n in range(2)]
    return side, [*upper, (label, 0.95, True)], 2 * side + 2 * 0.95 + 0.55


def _font(side: float, size: int) -> float:
    return float(np.clip(side * 72 / max(1, size) * 0.75, 4.0, 6.5))


def _draw(axis: Axes, values: np.ndarray, title: str, names: list[str], size: float) -> None:
    count = len(values)
    shown = [printable(name, 18) for name in names]
    axis.set_facecolor(FAINT)
    axis.pcolormesh(np.arange(count + 1) - 0.5, np.arange(count + 1) - 0.5, np.ma.masked_invalid(values),
                    cmap=SIGNED, vmin=-1, vmax=1, edgecolors="white", linewidth=0.4)  # fmt: skip
    axis.invert_yaxis()
    axis.set_title(title, fontweight="bold")
    axis.tick_params(length=0)
    axis.set_xticks(range(count), shown, rotation=90, fontsize=size)
    axis.set_yticks(range(count), shown, fontsize=size)
    if count <= _WITH_NUMBERS:
        _numbers(axis, values)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _numbers(axis: Axes, values: np.ndarray) -> None:
    for row, column in np.argwhere(~np.isnan(values)):
        value = values[row, column]
        colour = "white" if abs(value) > 0.6 else INK
        axis.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=5.5, color=colour)


def _scale(figure: Figure, left: float, bottom: float, side: float, height: float) -> None:
    axis = figure.add_axes((left / WIDTH, (bottom + side * 0.2) / height, 0.08 / WIDTH, side * 0.6 / height))
    axis.imshow(np.linspace(1, -1, 101)[:, None], cmap=SIGNED, aspect="auto", extent=(0, 1, -1, 1))
    axis.set_xticks([])
    axis.set_yticks([-1, 0, 1], ["−1", "0", "1"])
    axis.yaxis.tick_right()
