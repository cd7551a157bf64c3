"""The pages of a report that speak of the data as a whole."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from synth_models.report.compute import Findings
from synth_models.report.figures.scores import MARK_COLOURS, number
from synth_models.report.metrics import METRICS
from synth_models.report.pdf import MARGIN, WIDTH, Paper
from synth_models.report.profile import MIN_ROWS
from synth_models.report.score import Mark, Score

_TRACK, _TRACK_WIDTH = 146.0, 44.0
_COLUMNS = (("score", 82.0), ("ceiling", 98.0), ("floor", 114.0), ("best", 128.0))
_MARK_WORDS = "● good   ▲ fair   ■ poor   ◆ cannot tell, or not measured"


def front_page(paper: Paper, findings: Findings, title: str, facts: Mapping[str, str]) -> None:
    """What it is about, and the headline scores."""
    paper.add_page()
    paper.start_section("Summary")
    paper.write_line(title, size=18, bold=True)
    paper.ln(1)
    told = {"Written": date.today().isoformat(), **facts}
    told["Ceiling"] = (
        findings.ceiling_from or "none: the tables refer to each other in a circle and cannot be split"
    )
    for name, value in told.items():
        paper.write_at(MARGIN, name, 38, size=8, grey=True, height=3.84)
        paper.write_line(str(value), size=8, indent=38)
    paper.ln(2)
    _score_table(paper, list(findings.scores.values()))
    paper.write_line(_reading(findings), size=7, grey=True)
    paper.ln(2)
    paper.heading("Rows", level=1, outline=False)
    real, other = findings.trial.real, findings.trial.other
    rows = [
        [name, "kept as it is" if name in findings.kept else "synthetic", f"{real.n_rows[name]:,}",
         f"{other.n_rows[name]:,}"]
        for name in real.schema.tables
    ]  # fmt: skip
    paper.table_of(["table", "made", "real rows", "synthetic rows"], rows, [80, 40, 35, 35])


def _reading(findings: Findings) -> str:
    text = (
        "Ceiling: what real data score against real data. Floor: what a bad copy scores; for validity and "
        "fidelity all columns and keys made independent of each other, for privacy the original itself. "
        f"The bars run from floor to ceiling. {_MARK_WORDS}. Large tables are measured on random samples, "
        "see the appendix."
    )
    if findings.kept:
        text += f" Tables kept as they are ({', '.join(sorted(findings.kept))}) do not count in the scores."
    if findings.trial.held_out is None:
        text += " Whether rows are nearer to training rows than to unseen ones takes held-out data to tell."
    return text


def score_head(paper: Paper) -> None:
    """What the columns of ``score_line`` are."""
    for name, left in _COLUMNS:
        paper.write_at(MARGIN + left, name, 15, size=7, grey=True, align="R")
    paper.write_at(MARGIN + _TRACK - 1, "floor", 20, size=7, grey=True)
    paper.write_at(MARGIN + _TRACK + 1, "ceiling", _TRACK_WIDTH, size=7, grey=True, align="R")
    paper.ln(5)


def _score_table(paper: Paper, scores: Sequence[Score]) -> None:
    score_head(paper)
    group = ""
    for score in scores:
        if score.group != group:
            group = score.group
            paper.set_draw_color(209, 213, 219)
            paper.line(MARGIN, paper.get_y(), MARGIN + WIDTH, paper.get_y())
            paper.ln(1)
        score_line(paper, score)
        paper.ln(4.6)
        paper.write_at(MARGIN + 6, score.meaning, 136, size=6.5, grey=True, height=3.4)
        paper.ln(4.4)
    paper.line(MARGIN, paper.get_y(), MARGIN + WIDTH, paper.get_y())
    paper.ln(1.5)


def score_line(paper: Paper, score: Score) -> None:
    """One score: mark, title, numbers, and where it stands between floor and ceiling."""
    _mark(paper, MARGIN + 2.5, paper.get_y() + 2.5, score.mark)
    paper.write_at(MARGIN + 6, score.title, 76, size=9, style="B")
    numbers = (score.value, score.ceiling, score.floor)
    for (name, left), value in zip(_COLUMNS, (*map(number, numbers), f"{score.goal:g}"), strict=True):
        paper.write_at(MARGIN + left, value, 15, size=9, style="B" if name == "score" else "", align="R")
    _track(paper, score)


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
    _mark(paper, left + _TRACK_WIDTH * score.position, top + 1.2, score.mark)


def _mark(paper: Paper, x: float, y: float, mark: Mark) -> None:
    """A circle, triangle, square or diamond, so that the colour is not needed."""
    paper.set_fill_color(*_rgb(mark))
    r = 1.5
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


def contents_page(paper: Paper) -> None:
    """The table of contents, filled in at the end."""

    def render(pdf: Any, outline: Sequence[Any]) -> None:
        pdf.write_line("Contents", size=16, bold=True)
        pdf.ln(2)
        for entry in (entry for entry in outline if entry.level == 0):
            link = pdf.add_link(page=entry.page_number)
            pdf.set_font("DejaVu", size=9)
            pdf.cell(WIDTH - 15, 6, pdf.fitted(entry.name, WIDTH - 15), link=link)
            pdf.cell(15, 6, str(entry.page_number), align="R", link=link)
            pdf.ln(6)

    paper.add_page()
    paper.contents(render)


def schema_page(paper: Paper, picture: Path, size: tuple[float, float]) -> None:
    """The tables and their keys."""
    paper.heading("Tables and keys")
    paper.picture(picture, size, caption="Arrows run from a table to the table its key refers to.")


def appendix(paper: Paper) -> None:
    """What each score is and how it is computed."""
    paper.add_page()
    paper.heading("Appendix: definitions")
    for metric in sorted((METRICS.get(name)() for name in METRICS.names()), key=lambda m: m.rank):
        paper.need(18)
        paper.write_line(f"{metric.title}  ({metric.name}, best {metric.goal:g})", size=8, bold=True)
        paper.write_line(metric.definition, size=7.5)
        paper.ln(1.5)
    for name, text in _TERMS:
        paper.need(18)
        paper.write_line(name, size=8, bold=True)
        paper.write_line(text, size=7.5)
        paper.ln(1.5)


_TERMS = (
    (
        "Ceiling",
        "The same metric for held-out real data against an equally large part of the original, or, if "
        "there are no held-out data, for one half of the original against the other half, split by "
        "families of rows that belong together. The halves are smaller than the original, so that "
        "synthetic data can score above the ceiling.",
    ),
    (
        "Floor",
        "For validity and fidelity: the original with every column shuffled by itself and every foreign "
        "key drawn uniformly from the parents. For privacy: the original itself, as if it were synthetic.",
    ),
    (
        "Marks",
        "By where a score stands between floor (0) and ceiling (1). Fidelity: good from 0.75, fair from "
        "0.4. Nearest real row: good from 0.9, fair from 0.75; nearer to training rows: 0.9 and 0.8; "
        "copied rows: 0.99 and 0.97. Where the floor is less than 0.02 below the ceiling: validity within "
        "0.005 (0.02) of the ceiling, column shapes and children per parent within 0.03 (0.1); for other "
        "fidelity scores it cannot be told.",
    ),
    (
        "Dependence of two columns",
        "Pearson's correlation of two numbers or times (-1 to 1), the correlation ratio of a number and a "
        "category, Cramér's V of two categories (0 to 1); 20 categories at most, rows that lack a value "
        "left out.",
    ),
    (
        "What is not shown",
        f"Categories, bars and cells of fewer than {MIN_ROWS} real rows; numbers beyond the 0.5 % and 99.5 % "
        "quantiles; text, except for its length and how many different values there are; keys.",
    ),
)
