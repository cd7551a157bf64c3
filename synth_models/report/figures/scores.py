"""The headline scores between their floors and ceilings."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from synth_models.report.figures.style import FAINT, INK, QUIET, picture
from synth_models.report.score import Mark, Score

MARK_COLOURS = {
    Mark.GOOD: "#009E73",
    Mark.FAIR: "#E69F00",
    Mark.POOR: "#D55E00",
    Mark.UNCLEAR: "#9ca3af",
    Mark.NONE: "#d1d5db",
}
MARK_SHAPES = {Mark.GOOD: "o", Mark.FAIR: "^", Mark.POOR: "s", Mark.UNCLEAR: "D", Mark.NONE: "D"}
_ROW = 0.3


def number(value: float | None) -> str:
    """A score as printed."""
    return "–" if value is None else f"{value:.3f}"


def draw_scores(path: Path, scores: Sequence[Score]) -> None:
    """A line per score, from its floor on the left to its ceiling on the right."""
    with picture(path, height=0.5 + _ROW * len(scores)) as figure:
        axis = figure.add_axes((0.26, 0.02, 0.6, 1 - 0.45 / (0.5 + _ROW * len(scores))))
        axis.set_xlim(-0.16, 1.16)
        axis.set_ylim(len(scores) - 0.5, -0.5)
        axis.axis("off")
        axis.text(0, -0.75, "floor", ha="center", color=QUIET)
        axis.text(1, -0.75, "ceiling", ha="center", color=QUIET)
        for row, score in enumerate(scores):
            _line(axis, row, score)


def _line(axis: Axes, row: int, score: Score) -> None:
    axis.text(-0.2, row, score.title, ha="right", va="center", fontweight="bold")
    axis.text(1.2, row, number(score.value), ha="left", va="center", fontweight="bold")
    if score.position is None:
        axis.text(0.5, row, "no scale here", ha="center", va="center", fontsize=6, color=QUIET)
        return
    axis.barh(row, 1, height=0.3, color=FAINT)
    axis.barh(row, score.position, height=0.3, color=MARK_COLOURS[score.mark], alpha=0.45)
    axis.plot(score.position, row, MARK_SHAPES[score.mark], color=MARK_COLOURS[score.mark], markersize=7)
    axis.text(-0.02, row, number(score.floor), ha="right", va="center", fontsize=6, color=QUIET)
    axis.text(1.02, row, number(score.ceiling), ha="left", va="center", fontsize=6, color=INK)
