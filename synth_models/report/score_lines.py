"""One score on paper: its mark, its numbers, and where it stands between floor and ceiling."""

from synth_models.report.figures.scores import MARK_COLOURS, number
from synth_models.report.pdf import MARGIN, Paper
from synth_models.report.score import Mark, Score

_TRACK, _TRACK_WIDTH = 146.0, 44.0
_COLUMNS = (("score", 78.0), ("ceiling", 93.0), ("floor", 108.0), ("limit", 123.0))


def score_head(paper: Paper) -> None:
    """What the columns of ``score_line`` are."""
    for name, left in _COLUMNS:
        paper.write_at(MARGIN + left, name, 15, size=7, grey=True, align="R")
    paper.write_at(MARGIN + _TRACK - 1, "floor", 20, size=7, grey=True)
    paper.write_at(MARGIN + _TRACK + 1, "ceiling", _TRACK_WIDTH, size=7, grey=True, align="R")
    paper.ln(5)


def score_line(paper: Paper, score: Score) -> None:
    """One score: mark, title, numbers, and where it stands between floor and ceiling."""
    draw_mark(paper, MARGIN + 2.5, paper.get_y() + 2.5, score.mark)
    paper.write_at(MARGIN + 6, score.title, 76, size=9, style="B")
    numbers = (score.value, score.ceiling, score.floor)
    for (name, left), value in zip(_COLUMNS, (*map(number, numbers), _limit(score)), strict=True):
        paper.write_at(MARGIN + left, value, 15, size=9, style="B" if name == "score" else "", align="R")
    _track(paper, score)


def score_foot(paper: Paper, score: Score) -> None:
    """Below the line: what the number says, and which table stands worst."""
    paper.write_at(MARGIN + 6, score.meaning, 136, size=6.5, grey=True, height=3.4)
    if score.worst is not None:
        worst = f"worst: {score.worst} {number(score.worst_value)}"
        paper.write_at(MARGIN + _TRACK - 1, worst, _TRACK_WIDTH + 1, size=6.5, grey=True, height=3.4)


def _limit(score: Score) -> str:
    return "" if score.threshold is None else f"{score.threshold:.3g}"


def _track(paper: Paper, score: Score) -> None:
    top = paper.get_y() + 1.4
    left = MARGIN + _TRACK
    if score.position is None:
        if score.value is None:
            text = "not measured"
        else:
            text = "no ceiling" if score.ceiling is None else "floor too close to the ceiling"
        paper.write_at(left, text, _TRACK_WIDTH, size=6.5, grey=True, align="C")
        return
    paper.set_fill_color(229, 231, 235)
    paper.rect(left, top, _TRACK_WIDTH, 2.4, style="F")
    paper.set_fill_color(*_rgb(score.mark, 0.55))
    paper.rect(left, top, _TRACK_WIDTH * score.position, 2.4, style="F")
    draw_mark(paper, left + _TRACK_WIDTH * score.position, top + 1.2, score.mark)


def draw_mark(paper: Paper, x: float, y: float, mark: Mark, r: float = 1.5) -> None:
    """A circle, triangle, square or diamond, so that the colour is not needed."""
    paper.set_fill_color(*_rgb(mark))
    if mark is Mark.GOOD:
        paper.circle(x, y, r, style="F")
    elif mark is Mark.POOR:
        paper.rect(x - r, y - r, 2 * r, 2 * r, style="F")
    elif mark is Mark.FAIR:
        paper.polygon([(x, y - r), (x + r, y + r), (x - r, y + r)], style="F")
    else:
        paper.polygon([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], style="F")


def _rgb(mark: Mark, strength: float = 1.0) -> tuple[int, int, int]:
    """The colour of a mark, mixed with white."""
    text = MARK_COLOURS[mark].lstrip("#")
    red, green, blue = (round(255 - strength * (255 - int(text[at : at + 2], 16))) for at in (0, 2, 4))
    return red, green, blue
