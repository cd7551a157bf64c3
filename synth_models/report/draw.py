"""All pictures of a report, as PNG files."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from synth_models.report.compute import Findings
from synth_models.report.figures.columns import PER_PAGE, draw_columns
from synth_models.report.figures.keys import draw_children
from synth_models.report.figures.matrices import draw_matrices
from synth_models.report.figures.nearest import draw_nearest
from synth_models.report.figures.pairs import draw_pairs
from synth_models.report.figures.schema import draw_schema
from synth_models.report.figures.scores import draw_scores, number
from synth_models.report.sections import PairRow, Section

MAX_COLUMNS = 2 * PER_PAGE
"""Columns of a table that are drawn; of the others there are numbers."""


def draw_overview(folder: Path, findings: Findings) -> dict[str, Path]:
    """The headline scores and the schema."""
    figures = {"scores": folder / "scores.png", "schema": folder / "schema.png"}
    draw_scores(figures["scores"], list(findings.scores.values()))
    real, other = findings.trial.real, findings.trial.other
    rows = {name: (real.n_rows[name], other.n_rows[name]) for name in real.schema.tables}
    draw_schema(figures["schema"], real.schema, rows, findings.kept)
    return figures


def draw_table(folder: Path, number_of_table: int, section: Section) -> dict[str, Path]:
    """The pictures of one table by what they show, as far as there is something to show."""
    stem = f"{number_of_table:02d}-{slug(section.table)}"
    figures: dict[str, Path] = {}

    def add(what: str) -> Path:
        figures[what] = folder / f"{stem}-{what}.png"
        return figures[what]

    drawn = [profile for profile in section.profiles if profile.column in section.shapes][:MAX_COLUMNS]
    scores = {name: fit.value for name, fit in section.shapes.items()}
    for page in range(0, len(drawn), PER_PAGE):
        draw_columns(add(f"columns-{page // PER_PAGE + 1}"), drawn[page : page + PER_PAGE], scores)
    if section.pictured:
        draw_pairs(
            add("pairs"), [(" × ".join(row.columns), cells, _told(row)) for row, cells in section.pictured]
        )
    if section.associations is not None:
        draw_matrices(add("associations"), *section.associations)
    if section.incoming:
        keys = [(f"{k.table}.{k.column}", k.real, k.synthetic, k.fit.value) for k in section.incoming]
        draw_children(add("children"), keys)
    if section.distances is not None:
        draw_nearest(add("nearest"), section.distances)
    return figures


def _told(row: PairRow) -> str:
    strengths = " / ".join("–" if value is None else f"{value:.2f}" for value in (row.real, row.synthetic))
    return f"dependence {strengths} · trend {number(row.trend.value)}"


def slug(name: str) -> str:
    """A name as part of a file name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:40] or "table"


def column_pages(figures: dict[str, Path]) -> Sequence[Path]:
    """The pictures of columns, in order."""
    return [path for name, path in figures.items() if name.startswith("columns-")]
