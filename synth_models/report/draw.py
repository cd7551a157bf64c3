"""All pictures of a report, as PNG files."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from synth_models.report.figures.columns import PER_PAGE, draw_columns
from synth_models.report.figures.keys import draw_children
from synth_models.report.figures.matrices import draw_matrices
from synth_models.report.figures.nearest import PER_PAGE as NEAREST_PER_PAGE
from synth_models.report.figures.nearest import draw_nearest
from synth_models.report.figures.pairs import PER_PAGE as PAIRS_PER_PAGE
from synth_models.report.figures.pairs import draw_pairs
from synth_models.report.figures.schema import draw_schema
from synth_models.report.figures.scores import draw_scores, number
from synth_models.report.findings import Findings
from synth_models.report.sections import Section
from synth_models.report.stats.neighbours import Neighbours
from synth_models.report.table_pairs import PairRow

MAX_COLUMNS = 4 * PER_PAGE
"""Columns of a table that are drawn; of the others there are numbers."""
_WORST = 6


def draw_overview(
    folder: Path, findings: Findings, nearest: Sequence[tuple[str, Neighbours]]
) -> dict[str, Path]:
    """The headline scores, the schema, and the distances to the nearest real records."""
    figures = {name: folder / f"{name}.png" for name in ("scores", "schema")}
    draw_scores(figures["scores"], list(findings.scores.values()))
    real, other = findings.trial.real, findings.trial.other
    rows = {name: (real.n_rows[name], other.n_rows[name]) for name in real.schema.tables}
    draw_schema(figures["schema"], real.schema, rows, findings.kept)
    for number_of_page, start in enumerate(range(0, len(nearest), NEAREST_PER_PAGE), 1):
        name = f"nearest-{number_of_page}"
        figures[name] = folder / f"{name}.png"
        draw_nearest(figures[name], nearest[start : start + NEAREST_PER_PAGE])
    return figures


def draw_worst(folder: Path, sections: Sequence[Section]) -> dict[str, Path]:
    """The columns of all tables that fit worst, of those that may be shown."""
    found = [
        (fit.value, replace(profile, column=f"{section.table}.{profile.column}"))
        for section in sections
        for profile in section.profiles
        if (fit := section.shapes.get(profile.column)) is not None
        and fit.value is not None
        and profile.bars is not None
    ]
    found.sort(key=lambda pair: pair[0])
    if not found:
        return {}
    path = folder / "worst.png"
    shown = found[:_WORST]
    draw_columns(path, [profile for _, profile in shown], {p.column: value for value, p in shown})
    return {"worst": path}


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
    pairs = [(" × ".join(row.columns), cells, _told(row)) for row, cells in section.pictured]
    for page in range(0, len(pairs), PAIRS_PER_PAGE):
        draw_pairs(add(f"pairs-{page // PAIRS_PER_PAGE + 1}"), pairs[page : page + PAIRS_PER_PAGE])
    if section.associations is not None and len(section.associations[0]) > 2:  # one number is no matrix
        draw_matrices(add("associations"), *section.associations)
    if section.incoming:
        keys = [(f"{k.table}.{k.column}", k.real, k.synthetic, k.fit.value) for k in section.incoming]
        draw_children(add("children"), keys, section.least)
    return figures


def _told(row: PairRow) -> str:
    strengths = " / ".join("–" if value is None else f"{value:.2f}" for value in (row.real, row.synthetic))
    return f"dependence {strengths} · trend {number(row.trend.value)}"


def slug(name: str) -> str:
    """A name as part of a file name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:40] or "table"


def pages_of(figures: Mapping[str, Path], what: str) -> Sequence[Path]:
    """The pictures of columns, or of pairs, in order."""
    return [path for name, path in figures.items() if name.startswith(f"{what}-")]
