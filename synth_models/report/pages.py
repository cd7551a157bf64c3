"""The pages of a report that speak of the data as a whole."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from synth_models.report.figures.scores import number
from synth_models.report.findings import Findings
from synth_models.report.pdf import MARGIN, WIDTH, Paper
from synth_models.report.score import Mark, Score
from synth_models.report.score_lines import draw_mark, score_foot, score_head, score_line
from synth_models.report.verdict import Verdict

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
        draw_mark(paper, MARGIN + 4, paper.get_y() + 3, verdict.mark, 2.6)
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
        score_foot(paper, score)
        paper.ln(3.9)
    paper.line(MARGIN, paper.get_y(), MARGIN + WIDTH, paper.get_y())
    paper.ln(1.5)


_LINE = 6.0


def contents_page(paper: Paper, chapters: int) -> None:
    """The table of contents, filled in at the end: so many chapters there will be."""

    def render(pdf: Any, outline: Sequence[Any]) -> None:
        pdf.write_line("Contents", size=16, bold=True)
        pdf.ln(2)
        for entry in (entry for entry in outline if entry.level == 0):
            link = pdf.add_link(page=entry.page_number)
            pdf.set_font("DejaVu", size=9)
            pdf.cell(WIDTH - 15, _LINE, pdf.fitted(entry.name, WIDTH - 15), link=link)
            pdf.cell(15, _LINE, str(entry.page_number), align="R", link=link)
            pdf.ln(_LINE)

    paper.add_page()
    top, bottom = paper.get_y(), paper.page_break_trigger
    first, others = (int((bottom - start) / _LINE) for start in (top + 16 * 0.48 + 2, top))
    paper.contents(render, 1 + max(0, -((first - chapters) // others)))


def schema_page(paper: Paper, picture: Path, size: tuple[float, float]) -> None:
    """The tables and their keys."""
    paper.heading("Tables and keys")
    paper.picture(picture, size, caption="Arrows run from a table to the table its key refers to.")
