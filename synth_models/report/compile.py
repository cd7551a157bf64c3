"""Measure, draw and print one report into a folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from tqdm import tqdm

from synth_models.data.relational import RelationalData
from synth_models.report.compute import Findings, compute, steps
from synth_models.report.draw import draw_overview, draw_table
from synth_models.report.numbers import as_dict
from synth_models.report.pages import appendix, contents_page, front_page, schema_page
from synth_models.report.pdf import Paper
from synth_models.report.score import Score
from synth_models.report.sections import Section, section
from synth_models.report.table_pages import inches, table_pages


@final
@dataclass(frozen=True)
class Request:
    """What is asked for; see ``write_report``."""

    original: RelationalData
    synthetic: RelationalData
    holdout: RelationalData | None
    title: str
    facts: Mapping[str, str]
    kept: frozenset[str]
    seed: int
    progress: bool


def compile_report(
    request: Request, figures_folder: Path, pdf: Path
) -> tuple[dict[str, Score], dict[str, Path], dict[str, Any]]:
    """Write the pictures and the PDF.

    Returns:
        The headline scores, the pictures by name, and everything as plain data.
    """
    total = steps() + len(request.original) + 2
    with tqdm(total=total, desc="report", disable=not request.progress, unit="step") as bar:

        def tick(what: str) -> None:
            bar.set_postfix_str(what, refresh=False)
            bar.update()

        findings = compute(
            request.original, request.synthetic, request.holdout, request.kept, seed=request.seed, tick=tick
        )
        tick("pictures")
        figures = draw_overview(figures_folder, findings)
        sections, by_table = [], {}
        for number, table in enumerate(request.original, 1):
            tick(f"table {number} of {len(request.original)}")
            sections.append(section(findings, table))
            by_table[table] = draw_table(figures_folder, number, sections[-1])
        tick("pages")
        _print(pdf, request, findings, sections, figures, by_table)
    data = as_dict(findings, sections, title=request.title, facts=request.facts)
    for table, drawn in by_table.items():
        figures |= {f"{table}/{what}": path for what, path in drawn.items()}
    return findings.scores, figures, data


def _print(
    path: Path,
    request: Request,
    findings: Findings,
    sections: list[Section],
    figures: Mapping[str, Path],
    by_table: Mapping[str, Mapping[str, Path]],
) -> None:
    with Paper(request.title) as paper:
        front_page(paper, findings, request.title, request.facts)
        contents_page(paper)
        schema_page(paper, figures["schema"], inches(figures["schema"]))
        for told in sorted(sections, key=lambda told: told.kept):
            table_pages(paper, told, by_table[told.table])
        appendix(paper)
        paper.output(str(path))
