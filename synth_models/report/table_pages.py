"""The pages about one table."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from synth_models.report.draw import MAX_COLUMNS, pages_of
from synth_models.report.figures.matrices import MAX_COLUMNS as MATRIX_COLUMNS
from synth_models.report.figures.scores import number
from synth_models.report.figures.style import DPI
from synth_models.report.metrics import METRICS, Measurement
from synth_models.report.pdf import Paper
from synth_models.report.profile import Profile, Summary
from synth_models.report.score_lines import score_head, score_line
from synth_models.report.sections import Section
from synth_models.report.side import Kind

_WIDTHS = [50, 19, 26, 55, 26, 14]
_HEAD = ["column", "kind", "missing", "mean ± deviation", "distinct", "shape"]


def inches(picture: Path) -> tuple[float, float]:
    """The size that a picture was drawn for."""
    with Image.open(picture) as image:
        return image.width / DPI, image.height / DPI


def worst_columns(paper: Paper, figures: Mapping[str, Path]) -> None:
    """The columns of all tables that fit worst, where there is room for them on the first page."""
    if "worst" in figures:
        size = inches(figures["worst"])
        if paper.fits(size, above=16):
            paper.heading("Columns that fit worst", level=1, outline=False)
            paper.picture(figures["worst"], size)


def table_pages(paper: Paper, section: Section, figures: Mapping[str, Path]) -> None:
    """Everything about one table."""
    if section.kept or not section.profiles:  # there is little to tell
        paper.ln(6)
        paper.need(100)
    else:
        paper.add_page()
    paper.heading(f"Table {section.table}")
    paper.write_line(_intro(section), size=8.5)
    paper.ln(1)
    if section.scores:
        score_head(paper)
    for score in section.scores.values():
        if score.value is not None:
            score_line(paper, score)
            paper.ln(5)
    pictures(paper, pages_of(figures, "columns"), "Columns", _COLUMN_CAPTION)
    _undrawn(paper, section)
    pictures(paper, pages_of(figures, "pairs"), "Pairs of columns", _PAIR_CAPTION)
    caption = _MATRIX_CAPTION
    if section.associations is not None and len(section.associations[0]) > MATRIX_COLUMNS:
        caption += f" Only the {MATRIX_COLUMNS} columns with the strongest dependences are shown."
    pictures(paper, _one(figures, "associations"), "Dependences", caption)
    pictures(paper, _one(figures, "children"), "Children per row", _CHILDREN_CAPTION)
    _given_away(paper, section)


def _given_away(paper: Paper, section: Section) -> None:
    """The features by which the classifiers told synthetic rows from real ones."""
    told = [
        [METRICS.get(name).title, number(m.value), ", ".join(f"{f} {part:.0%}" for f, part in _features(m))]
        for name, m in section.detections.items()
        if _features(m)
    ]
    if told:
        paper.need(25)
        paper.heading("What gave rows away", level=1)
        paper.write_line(_AWAY_CAPTION, size=7.5, grey=True)
        paper.table_of(
            ["test", "AUC", "features, with their part of the trees' gain"], told, [52, 14, 124], texts=(0, 2)
        )


def _features(measurement: Measurement) -> list[tuple[str, float]]:
    found = measurement.details.get("features")
    return list(found.items())[:4] if isinstance(found, Mapping) else []


def _intro(section: Section) -> str:
    real, synthetic = section.rows
    if section.kept:
        return f"{real:,} rows, kept as they are: their content is not compared and does not count."
    text = f"{real:,} real and {synthetic:,} synthetic rows, {len(section.profiles)} content columns."
    if not synthetic:
        text += " The synthetic table is empty."
    if not section.profiles:
        text += " The table consists of keys only."
    return text


def _one(figures: Mapping[str, Path], what: str) -> list[Path]:
    return [figures[what]] if what in figures else []


def pictures(paper: Paper, pictures: Sequence[Path], title: str, caption: str) -> None:
    """Under one heading; the caption is above the first."""
    for number_of_picture, picture in enumerate(pictures):
        if not number_of_picture:
            _heading(paper, title, picture)
        paper.picture(picture, inches(picture), caption="" if number_of_picture else caption)


def _heading(paper: Paper, title: str, picture: Path) -> None:
    """A heading on the page of its picture."""
    if not paper.fits(inches(picture), above=20):
        paper.add_page()
    paper.heading(title, level=1)


def _undrawn(paper: Paper, section: Section) -> None:
    """The numbers of the columns that are not drawn."""
    drawn = [p.column for p in section.profiles if p.column in section.shapes][:MAX_COLUMNS]
    rest = [profile for profile in section.profiles if profile.column not in drawn]
    if rest:
        paper.need(30)
        paper.heading("Columns that are not drawn", level=1)
        paper.write_line(
            "Real / synthetic. Of text: the length, and how many different values.", size=7.5, grey=True
        )
        paper.table_of(_HEAD, [_row(profile, section) for profile in rest], _WIDTHS)


def _row(profile: Profile, section: Section) -> list[str]:
    sides = (profile.real, profile.synthetic)
    fit = section.shapes.get(profile.column)
    return [
        profile.column,
        "text, length" if profile.kind is Kind.TEXT else str(profile.kind),
        " / ".join("–" if side.missing is None else f"{side.missing:.1%}" for side in sides),
        " / ".join(_moments(side, profile.kind) for side in sides),
        " / ".join("–" if side.distinct is None else f"{side.distinct:,}" for side in sides),
        number(None if fit is None else fit.value),
    ]


def _moments(side: Summary, kind: Kind) -> str:
    if side.mean is None or side.std is None:
        return "–"
    if kind is Kind.TIME:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=side.mean)
        return f"{moment:%Y-%m-%d} ± {side.std / 86400:.3g} d"
    return f"{_short(side.mean)} ± {_short(side.std)}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:.4g}"


_COLUMN_CAPTION = (
    "Worst-fitting columns first. Shares of the rows that have a value; shape: 1 is the same "
    "distribution. Missing: share of rows without a value, real / synthetic. Hatched at the foot: no real "
    "rows there, or of too few entities to be shown."
)
_PAIR_CAPTION = (
    "The strongest dependences of the real data, then the pairs that fit worst. Darker: more rows; where "
    "categories go down, each line adds up to 100 %. Hatched: no real rows there, or of too few "
    "entities to be shown. "
    "Dependence: real / synthetic."
)
_MATRIX_CAPTION = "Strength of the dependence of each pair of columns (see the appendix). Grey: not defined."
_CHILDREN_CAPTION = (
    "How many rows of another table refer to a row of this one, for each key that points here. Hatched at "
    "the foot: no real rows have that many, or too few to be shown."
)
_AWAY_CAPTION = (
    "The columns that the trees leaned on most to tell synthetic rows from real ones; where the area under "
    "the curve (AUC) is near 0.5 they say nothing."
)
