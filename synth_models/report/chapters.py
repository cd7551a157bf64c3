"""The chapters that speak of all tables: structure, detection and privacy."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synth_models.report.figures.scores import number
from synth_models.report.findings import Findings, Measured
from synth_models.report.metrics.base import Group, Measurement
from synth_models.report.pdf import Paper
from synth_models.report.score_lines import score_head, score_line
from synth_models.report.sections import DETECTIONS
from synth_models.report.table_pages import pictures

_WORST = 12


def has_structure(findings: Findings) -> bool:
    """Whether there are keys to tell of."""
    return any(table.foreign_keys for table in findings.trial.real.schema.tables.values())


def structure_page(paper: Paper, findings: Findings) -> None:
    """What holds along foreign keys: a line per key, and the pairs of columns that fit worst."""
    if not has_structure(findings):
        return
    paper.add_page()
    paper.heading("Structure")
    _scores_of(paper, findings, Group.STRUCTURE)
    paper.heading("Along each key", level=1)
    paper.write_line(
        "Score / ceiling. Children: children per parent; trend and dependence: of pairs of a row's and its "
        "parent's columns; likeness, order, time and transitions: of siblings.", size=7.5, grey=True,
    )  # fmt: skip
    paper.table_of(["key", *_KEY_METRICS.values()], _by_key(findings), [43, *[21] * 7])
    worst = _worst_pairs(findings)
    if worst:
        paper.heading("Pairs of columns across keys that fit worst", level=1)
        paper.table_of(
            ["table", "keys and columns", "score", "ceiling"], worst, [40, 114, 18, 18], texts=(0, 1)
        )


_KEY_METRICS = {
    "cardinality": "children",
    "parent_trend": "trend",
    "parent_dependence": "dependence",
    "sibling_icc": "likeness",
    "sibling_lag1": "order",
    "sibling_gaps": "time",
    "sibling_transitions": "transitions",
}


def _by_key(findings: Findings) -> list[list[str]]:
    tables = findings.trial.real.schema.tables
    means = {name: _key_means(findings.measured[name]) for name in _KEY_METRICS}
    return [
        [f"{table}.{key.name}", *(means[name].get((table, key.name), "–") for name in _KEY_METRICS)]
        for table, spec in tables.items()
        for key in spec.foreign_keys
    ]


def _key_means(found: Measured) -> dict[tuple[str, str], str]:
    ends = []
    for measurements in (found.synthetic, found.ceiling):
        values: dict[tuple[str, str], list[float]] = {}
        for m in measurements:
            if m.value is not None:
                values.setdefault((m.table, m.items[0]), []).append(m.value)
        ends.append({key: sum(v) / len(v) for key, v in values.items()})
    return {key: f"{_two(value)} / {_two(ends[1].get(key))}" for key, value in ends[0].items()}


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _worst_pairs(findings: Findings) -> list[list[str]]:
    found = []
    for name in ("parent_dependence", "grandparent_dependence", "link_dependence", "parent_trend"):
        tops = {(m.table, m.items): m.value for m in findings.measured[name].ceiling}
        for m in findings.measured[name].synthetic:
            top = tops.get((m.table, m.items))
            if m.value is not None:
                short = (1.0 if top is None else top) - m.value
                found.append((short, [m.table, " · ".join(m.items), number(m.value), number(top)]))
    found.sort(key=lambda line: -line[0])
    return [line for short, line in found[:_WORST] if short > 0]


def detected_tables(findings: Findings) -> list[str]:
    """The tables whose rows a classifier was asked about."""
    return list(dict.fromkeys(m.table for name in DETECTIONS for m in findings.measured[name].synthetic))


def detection_page(paper: Paper, findings: Findings) -> None:
    """How well each table's rows are told apart."""
    tables = detected_tables(findings)
    if not tables:
        return
    paper.need(60)
    paper.heading("Detection")
    paper.write_line(
        "The area under the ROC curve of a classifier that tells synthetic from real rows (0.5: not at all, "
        "1: always) / the same of real against real. What gave rows away is told with each table.",
        size=7.5, grey=True,
    )  # fmt: skip
    cells = {name: _by_table(findings.measured[name]) for name in DETECTIONS}
    rows = [[table, *(cells[name].get(table, "–") for name in DETECTIONS)] for table in tables]
    paper.table_of(["table", "single rows", "with children", "more of the children"], rows, [70, 40, 40, 40])


def _by_table(found: Measured) -> dict[str, str]:
    tops = {m.table: m.value for m in found.ceiling}
    return {m.table: f"{number(m.value)} / {number(tops.get(m.table))}" for m in found.synthetic}


def privacy_page(paper: Paper, findings: Findings, figures: Mapping[str, Path], pages: Sequence[str]) -> None:
    """Copies, nearness to training rows, and the curves of the distances; of rows and of whole entities."""
    paper.ln(6)
    paper.need(120)
    paper.heading("Privacy")
    _scores_of(paper, findings, Group.PRIVACY)
    for title, prefix in (("Rows", ""), ("Whole entities: a row and its children together", "entity_")):
        lines = _private_lines(findings, prefix)
        if lines:
            paper.heading(title, level=1)
            paper.table_of(_PRIVACY_HEAD, lines, [40, 22, 22, 24, 44, 38])
    pictures(paper, [figures[name] for name in pages], "Distance to the nearest real row", _NEAREST_CAPTION)


_PRIVACY_HEAD = ["table", "copied", "by chance", "rows", "nearer to training (95 %)",
                 "near: synthetic / real"]  # fmt: skip
_NEAREST_CAPTION = (
    "Curves on top of each other: synthetic rows are as near to real rows as other real rows are. An orange "
    "curve that rises earlier, at distance 0 above all, means that rows of the original are repeated. "
    "Dotted: the distance that counts as near."
)


def _private_lines(findings: Findings, prefix: str) -> list[list[str]]:
    copies, share, near = (
        {m.table: m for m in findings.measured[prefix + name].synthetic}
        for name in ("copies", "train_share", "proximity")
    )
    return [
        [
            table,
            _detail(copies.get(table), "copied", "{:.2%}"),
            _detail(copies.get(table), "expected", "{:.2%}"),
            _detail(copies.get(table), "rows", "{:,}"),
            _interval(share.get(table)),
            f"{_detail(near.get(table), 'near_synthetic', '{:.1%}')} / "
            f"{_detail(near.get(table), 'near_real', '{:.1%}')}",
        ]
        for table in dict.fromkeys([*copies, *share, *near])
    ]


def _detail(measurement: Measurement | None, name: str, form: str) -> str:
    value: Any = None if measurement is None else measurement.details.get(name)
    return "–" if value is None else form.format(value)


def _interval(measurement: Measurement | None) -> str:
    interval = None if measurement is None else measurement.details.get("interval")
    if measurement is None or not isinstance(interval, Mapping):
        return "–"
    return f"{number(measurement.value)} ({interval['from']:.3f} to {interval['to']:.3f})"


def _scores_of(paper: Paper, findings: Findings, group: Group) -> None:
    score_head(paper)
    for score in findings.scores.values():
        if score.group == group and score.value is not None:
            score_line(paper, score)
            paper.ln(5)
    paper.ln(1)
