"""Measure, draw and print one report into a folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from tqdm import tqdm

from synth_models.data.relational import RelationalData
from synth_models.report.chapters import (
    detected_tables,
    detection_page,
    has_structure,
    privacy_page,
    structure_page,
)
from synth_models.report.compute import compute, steps
from synth_models.report.draw import draw_overview, draw_table, draw_worst
from synth_models.report.findings import Findings
from synth_models.report.glossary import appendix
from synth_models.report.number_pages import numbers_pages
from synth_models.report.numbers import as_dict
from synth_models.report.pages import contents_page, front_page, schema_page, scores_page
from synth_models.report.pdf import Paper
from synth_models.report.preview import draw_page
from synth_models.report.score import Score
from synth_models.report.sections import Section, section
from synth_models.report.stats.neighbours import Neighbours, neighbours
from synth_models.report.stats.records import entity_records, entity_tables, row_records
from synth_models.report.table_pages import inches, table_pages, worst_columns
from synth_models.report.verdict import Verdict, verdicts

_CHAPTERS = 6
"""Without those of the tables, structure and detection: summary, scores, keys, privacy and two appendices."""


@final
@dataclass(frozen=True)
class Request:
    """What is asked for; see ``report``."""

    original: RelationalData
    synthetic: RelationalData
    holdout: RelationalData | None
    trained: RelationalData | None
    title: str
    facts: Mapping[str, str]
    kept: frozenset[str]
    thresholds: Mapping[str, float | None]
    enough: float
    min_count: int
    seed: int
    progress: bool


def compile_report(
    request: Request, figures_folder: Path, pdf: Path
) -> tuple[dict[str, Score], list[Verdict], dict[str, Path], dict[str, Any]]:
    """Write the pictures and the PDF.

    Returns:
        The headline scores, the verdicts, the pictures by name, and everything as plain data.
    """
    total = steps() + len(request.original) + 2
    with tqdm(total=total, desc="report", disable=not request.progress, unit="step") as bar:

        def tick(what: str) -> None:
            bar.set_postfix_str(what, refresh=False)
            bar.update()

        findings = compute(
            request.original,
            request.synthetic,
            request.holdout,
            request.kept,
            seed=request.seed,
            tick=tick,
            trained=request.trained,
            thresholds=request.thresholds,
            min_count=request.min_count,
        )
        tick("pictures")
        told = verdicts(findings.scores, request.enough)
        nearest = curves(findings)
        figures = draw_overview(figures_folder, findings, nearest)
        sections, by_table = [], {}
        for number, table in enumerate(request.original, 1):
            tick(f"table {number} of {len(request.original)}")
            sections.append(section(findings, table))
            by_table[table] = draw_table(figures_folder, number, sections[-1])
        figures |= draw_worst(figures_folder, sections)
        tick("pages")
        _print(pdf, request, findings, told, sections, figures, by_table)
        figures["first_page"] = figures_folder / "first_page.png"
        draw_page(pdf, 0, figures["first_page"])
    data = as_dict(findings, told, sections, nearest, title=request.title, facts=request.facts)
    for table, drawn in by_table.items():
        figures |= {f"{table}/{what}": path for what, path in drawn.items()}
    return findings.scores, told, figures, data


def _print(
    path: Path,
    request: Request,
    findings: Findings,
    told: list[Verdict],
    sections: list[Section],
    figures: Mapping[str, Path],
    by_table: Mapping[str, Mapping[str, Path]],
) -> None:
    with Paper(request.title) as paper:
        front_page(paper, findings, told, request.title, request.facts)
        worst_columns(paper, figures)
        optional = [has_structure(findings), bool(detected_tables(findings))]
        contents_page(paper, _CHAPTERS + len(sections) + sum(optional))
        scores_page(paper, findings)
        schema_page(paper, figures["schema"], inches(figures["schema"]))
        for each in sorted(sections, key=lambda each: each.kept):
            table_pages(paper, each, by_table[each.table])
        structure_page(paper, findings)
        detection_page(paper, findings)
        privacy_page(paper, findings, figures, [name for name in figures if name.startswith("nearest")])
        appendix(paper)
        numbers_pages(paper, findings)
        paper.output(str(path))


def curves(findings: Findings) -> list[tuple[str, Neighbours]]:
    """The distances of the rows of every table that has some, and of whole entities."""
    trial = findings.private
    records = [
        *((table, row_records(trial, table)) for table in trial.tables() if table not in findings.kept),
        *(
            (f"{table}, whole entities", entity_records(trial, table))
            for table in entity_tables(trial)
            if table not in findings.kept
        ),
    ]
    found = [(name, neighbours(each, trial.seed)) for name, each in records if each is not None]
    return [(name, curve) for name, curve in found if curve is not None]
