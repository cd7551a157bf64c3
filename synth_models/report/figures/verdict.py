"""The verdict: a light, the numbers and a sentence for validity, fidelity, structure and privacy."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from synth_models.report.figures.scores import MARK_COLOURS, MARK_SHAPES, number
from synth_models.report.figures.style import FAINT, QUIET, picture, printable
from synth_models.report.verdict import Verdict

_ROW = 0.46
_COLUMNS = {"score": 0.5, "ceiling": 0.64, "floor": 0.78, "threshold": 0.94}


def draw_verdict(path: Path, verdicts: Sequence[Verdict]) -> None:
    """A line per verdict."""
    with picture(path, height=0.3 + _ROW * len(verdicts)) as figure:
        axis = figure.add_axes((0.01, 0.0, 0.98, 1.0))
        axis.set(xlim=(0, 1), ylim=(len(verdicts), -0.6))
        axis.axis("off")
        for name, place in _COLUMNS.items():
            axis.text(place, -0.3, name, ha="right", color=QUIET)
        for row, verdict in enumerate(verdicts):
            _line(axis, row, verdict)


def _line(axis: Axes, row: int, verdict: Verdict) -> None:
    axis.axhline(row, color=FAINT, linewidth=0.8)
    axis.plot(0.02, row + 0.5, MARK_SHAPES[verdict.mark], color=MARK_COLOURS[verdict.mark], markersize=11)
    axis.text(0.05, row + 0.42, verdict.title, fontsize=10, fontweight="bold")
    axis.text(0.05, row + 0.82, printable(verdict.sentence, 150), color=QUIET)
    for name, place in _COLUMNS.items():
        bold = "bold" if name == "score" else "normal"
        axis.text(place, row + 0.42, number(getattr(verdict, name)), ha="right", fontsize=9, fontweight=bold)
