"""The pages of a report that speak of the data as a whole."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from synth_models.report.compute import Findings
from synth_models.report.figures.scores import MARK_COLOURS, number
from synth_models.report.metrics import METRICS
from synth_models.report.pdf import MARGIN, WIDTH, Paper
from synth_models.report.score import Mark, Score
from synth_models.report.verdict import Verdict

_TRACK, _TRACK_WIDTH = 146.0, 44.0
_COLUMNS = (("score", 78.0), ("ceiling", 93.0), ("floor", 108.0), ("limit", 123.0))
_VERDICT_COLUMNS = (("score", 96.0), ("ceiling", 120.0), ("floor", 144.0), ("threshold", 168.0))
_LIGHTS = {
    Mark.GOOD: "good",
    Mark.FAIR: "look closer",
    Mark.POOR: "not good enough",
    Mark.UNCLEAR: "cannot tell",
    Mark.NONE: "not measured",
}
_VERDICT_NOTE = (
    "From 0 (the worst there can be) to 1 (perfect). Validity, fidelity and structure are means over their "
    "scores; privacy is the score with the least room to its threshold. Ceiling: real data against real "
    "data. Floor: independent columns and keys; for privacy the original itself."
)
_MARK_WORDS = "● good   ▲ fair   ■ poor   ◆ cannot tell, or not measured"


def front_page(
    paper: Paper, findings: Findings, verdicts: Sequence[Verdict], title: str, facts: Mapping[str, str]
) -> None:
    """The verdict, what it is about, and the tables."""
    paper.add_page()
    paper.start_section("Summary")
    paper.write_line(title, size=18, bold=True)
    paper.ln(2)
    _verdict_table(paper, verdicts)
    paper.write_line(_VERDICT_NOTE, size=7, grey=True)
    paper.ln(2)
    paper.heading("What was compared", level=1, outline=False)
    told = {"Written": date.today().isoformat(), **facts}
    told["Ceiling"] = (
        findings.ceiling_from or "none: the tables refer to each other in a circle and cannot be split"
    )
    for name, value in told.items():
        paper.write_at(MARGIN, name, 38, size=8, grey=True, height=3.84)
        paper.write_line(str(value), size=8, indent=38)
    paper.ln(1)
    paper.heading("Rows", level=1, outline=False)
    real, other = findings.trial.real, findings.trial.other
    rows = [
        [name, "kept as it is" if name in findings.kept else "synthetic", f"{real.n_rows[name]:,}",
         f"{other.n_rows[name]:,}"]
        for name in real.schema.tables
    ]  # fmt: skip
    paper.table_of(["table", "made", "real rows", "synthetic rows"], rows, [80, 40, 35, 35])


def _verdict_table(paper: Paper, verdicts: Sequence[Verdict]) -> None:
    for name, left in _VERDICT_COLUMNS:
        paper.write_at(MARGIN + left, name, 18, size=7, grey=True, align="R")
    paper.ln(5)
    for verdict in verdicts:
        paper.set_draw_color(209, 213, 219)
        paper.line(MARGIN, paper.get_y(), MARGIN + WIDTH, paper.get_y())
        paper.ln(2)
        _mark(paper, MARGIN + 4, paper.get_y() + 3, verdict.mark, 2.6)
        paper.write_at(MARGIN + 10, verdict.title, 40, size=12, style="B", height=6)
        paper.write_at(MARGIN + 50, _LIGHTS[verdict.mark], 40, size=9, height=6)
        numbers = (verdict.score, verdict.ceiling, verdict.floor, verdict.threshold)
        for (name, left), value in zip(_VERDICT_COLUMNS, numbers, strict=True):
            bold = "B" if name == "score" else ""
            paper.write_at(MARGIN + left, number(value), 18, size=10, style=bold, align="R", height=6)
        paper.ln(6.5)
        paper.write_line(verdict.sentence, size=8, indent=10)
        paper.ln(2)
    paper.line(MARGIN, paper.get_y(), MARGIN + WIDTH, paper.get_y())
    paper.ln(1.5)


def scores_page(paper: Paper, findings: Findings) -> None:
    """The headline scores."""
    paper.heading("Scores")
    _score_table(paper, list(findings.scores.values()))
    paper.write_line(_reading(findings), size=7, grey=True)


def _reading(findings: Findings) -> str:
    text = (
        "Ceiling: what real data score against real data. Floor: what a bad copy scores; for privacy the "
        "original itself, for all else the original with all columns and keys made independent of each "
        f"other. The bars run from floor to ceiling. {_MARK_WORDS}. Large tables are measured on random "
        "samples, see the appendix."
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
        paper.need(10)
        if score.group != group:
            group = score.group
            paper.set_draw_color(209, 213, 219)
            paper.line(MARGIN, paper.get_y(), MARGIN + WIDTH, paper.get_y())
            paper.ln(1)
        score_line(paper, score)
        paper.ln(4.6)
        paper.write_at(MARGIN + 6, score.meaning, 136, size=6.5, grey=True, height=3.4)
        paper.ln(3.9)
    paper.line(MARGIN, paper.get_y(), MARGIN + WIDTH, paper.get_y())
    paper.ln(1.5)


def score_line(paper: Paper, score: Score) -> None:
    """One score: mark, title, numbers, and where it stands between floor and ceiling."""
    _mark(paper, MARGIN + 2.5, paper.get_y() + 2.5, score.mark)
    paper.write_at(MARGIN + 6, score.title, 76, size=9, style="B")
    numbers = (score.value, score.ceiling, score.floor)
    for (name, left), value in zip(_COLUMNS, (*map(number, numbers), _limit(score)), strict=True):
        paper.write_at(MARGIN + left, value, 15, size=9, style="B" if name == "score" else "", align="R")
    _track(paper, score)


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
    _mark(paper, left + _TRACK_WIDTH * score.position, top + 1.2, score.mark)


def _mark(paper: Paper, x: float, y: float, mark: Mark, r: float = 1.5) -> None:
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


_CHAPTERS, _PER_PAGE = 9, 40


def contents_page(paper: Paper, tables: int) -> None:
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
    paper.contents(render, 1 + (_CHAPTERS + tables) // _PER_PAGE)


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
        "For validity, fidelity and structure: the original with every column shuffled by itself and every "
        "foreign key drawn uniformly from the parents. For privacy: the original itself, as if it were "
        "synthetic.",
    ),
    (
        "Marks",
        "By where a score stands between floor (0) and ceiling (1): good from 0.75, fair from 0.4; copies: "
        "good from 0.99, fair from 0.97. Nearer to training rows: good within 0.03 of the ceiling, fair "
        "within 0.07. Where the floor is less than 0.02 below the ceiling: validity within 0.005 (0.02) of "
        "the ceiling, column shapes, children per parent and siblings within 0.03 (0.1); for other scores it "
        "cannot be told. Beyond its limit a score is poor. A privacy score that is worse than the ceiling by "
        "more than chance does in one of a hundred cases is fair at best.",
    ),
    (
        "Dependence of two columns",
        "Pearson's correlation of two numbers or times (-1 to 1), the correlation ratio of a number and a "
        "category, Cramér's V of two categories (0 to 1); 20 categories at most, rows that lack a value "
        "left out.",
    ),
    (
        "What is not shown",
        "Categories, bars and cells that fewer than twice ``min_count`` entities (root rows) share (10 "
        "unless set otherwise); numbers beyond the 0.5 % and 99.5 % quantiles, or beyond what so many "
        "entities reach; text, except for its length and how many different values there are; keys.",
    ),
)
