"""The second appendix: every score of every table, column, pair and key."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from synth_models.report.figures.scores import number
from synth_models.report.findings import Findings, Measured
from synth_models.report.pdf import Paper
from synth_models.report.score import shortfall

_MOST = 1500
"""Lines of single columns, pairs and keys; a report on hundreds of columns would have tens of thousands."""


def numbers_pages(paper: Paper, findings: Findings) -> None:
    """Every score of every table, and every number they come from, as far as there is room."""
    measured = [found for found in findings.measured.values() if found.synthetic]
    rows = [
        [table, found.metric.title, *map(number, (s.value, s.ceiling, s.floor))]
        for table in findings.trial.real.schema.tables
        for found in measured
        if (s := found.table_scores.get(table)) is not None and s.value is not None
    ]
    paper.add_page()
    paper.heading("Appendix: numbers")
    paper.heading("Every score of every table", level=1)
    paper.table_of(["table", "score", *_NUMBERS], rows, [60, 70, 20, 20, 20], texts=(0, 1))
    parts = [part for found in measured for part in _parts(found)]
    if not parts:
        return
    shown = sorted(sorted(parts, key=lambda part: -part.short)[:_MOST], key=lambda part: part.at)
    paper.heading("Every number of single columns, pairs and keys", level=1)
    if len(shown) < len(parts):
        paper.write_line(
            f"The {len(shown):,} of {len(parts):,} farthest below real data; all are in report.json.",
            size=7.5,
            grey=True,
        )
    for metric in dict.fromkeys(part.metric for part in shown):
        paper.need(18)
        paper.write_line(metric, size=8, bold=True)
        lines = [[p.table, p.what, *map(number, p.numbers)] for p in shown if p.metric == metric]
        paper.table_of(["table", "of", *_NUMBERS], lines, [50, 80, 20, 20, 20], size=6, texts=(0, 1))


_NUMBERS = ("value", "ceiling", "floor")


@final
@dataclass(frozen=True)
class _Part:
    """One number beside what real data and a bad copy come to."""

    metric: str
    table: str
    what: str
    numbers: tuple[float | None, float | None, float | None]
    short: float

    @property
    def at(self) -> tuple[str, str]:
        """Where it is printed."""
        return self.table, self.what


def _parts(found: Measured) -> Iterator[_Part]:
    """The numbers of a metric that are about a part of a table."""
    ends = [
        {(m.table, m.items, m.aspect): m.value for m in measurements}
        for measurements in (found.ceiling, found.floor)
    ]
    for m in found.synthetic:
        if m.items and m.value is not None:
            ceiling, floor = (end.get((m.table, m.items, m.aspect)) for end in ends)
            goal = found.metric.goal if ceiling is None else ceiling
            what = " - ".join(m.items) + (f" ({m.aspect})" if m.aspect else "")
            short = shortfall(found.metric, m.value, goal)
            yield _Part(found.metric.title, m.table, what, (m.value, ceiling, floor), short)
