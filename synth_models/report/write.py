"""A report from start to end: measure, draw, print, put in place."""

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final
from uuid import uuid4

from synth_models.columns.base import MIN_COUNT
from synth_models.data.relational import RelationalData
from synth_models.errors import SchemaError, SettingError, report_all
from synth_models.report.score import Score
from synth_models.report.verdict import ENOUGH, Verdict

_FIGURES, _STAGE = "figures", ".report-"


@final
@dataclass(frozen=True)
class Report:
    """What was written.

    Args:
        pdf: The report for people.
        json: The same numbers for programs.
        scores: The headline scores by metric, in the order they are shown.
        verdicts: What to think of validity, fidelity, structure and privacy.
        figures: The pictures (PNG): ``scores``, ``schema``, ``nearest-<page>``,
            and ``<table>/<what>``.
    """

    pdf: Path
    json: Path
    scores: Mapping[str, Score]
    verdicts: Sequence[Verdict]
    figures: Mapping[str, Path]


def report(
    original_data: RelationalData,
    synthetic_data: RelationalData,
    out_dir: Path | str,
    *,
    holdout_data: RelationalData | None = None,
    train_data: RelationalData | None = None,
    title: str = "Synthetic data report",
    facts: Mapping[str, str] | None = None,
    kept: Collection[str] = (),
    thresholds: Mapping[str, float | None] | None = None,
    enough: float = ENOUGH,
    min_count: int = MIN_COUNT,
    seed: int = 0,
    progress: bool = True,
) -> Report:
    """Compare synthetic data with their original, as ``report.pdf``, ``report.json`` and ``figures/*.png``.

    Files of an earlier report in the folder are replaced when the new ones are complete, ``report.json``
    last. No rare value of the original is shown: no category, bar or cell that fewer than twice ``min_count``
    entities share, no text, no key.

    Args:
        original_data: The real data to hold the synthetic data against.
        synthetic_data: What to compare, of the same schema; tables may be empty.
        out_dir: The folder to write to; it is created.
        holdout_data: Real data of the same source that the model has not seen: they make the ceiling of every
            score, and show memorising.
        train_data: What the model was trained on, for the privacy scores; None: ``original_data``.
        title: On the first page.
        facts: What to tell about the model and the data on the first page, name to text.
        kept: Tables that were kept as they are on purpose; they are marked, and do not count.
        thresholds: By metric what its score must reach, or not exceed; None for no threshold. Metrics that
            are left out have their own (``Metric.limit``).
        enough: Where between floor (0) and ceiling (1) fidelity and structure must stand on average.
        min_count: How many entities (root rows) had to share a value before the model could hold it.
        seed: Of all random samples: the same seed gives the same numbers.
        progress: Whether to show a progress bar.

    Raises:
        SchemaError: If the tables, columns or keys are not the same on both sides.
        SettingError: If ``kept`` or ``thresholds`` name a table or a metric that is not there.

    Example:
        >>> from synth_models.report.write import report
        >>> from synth_models.testing import shop
        >>> made = report(shop(60), shop(60, seed=1), getfixture("tmp_path"), progress=False)
        >>> made.pdf.name, made.verdicts[0].title
        ('report.pdf', 'Validity')
    """
    _check(original_data, synthetic_data, "synthetic")
    for data, what in ((holdout_data, "holdout"), (train_data, "train")):
        if data is not None:
            _check(original_data, data, what)
    unknown = sorted(set(kept) - set(original_data))
    if unknown:
        raise SettingError(f"kept: there are no tables {unknown} (there are: {', '.join(original_data)}).")
    from synth_models.report.compile import Request, compile_report
    from synth_models.report.metrics import METRICS

    for name in thresholds or {}:
        METRICS.get(name)
    request = Request(
        original_data,
        synthetic_data,
        holdout_data,
        train_data,
        title,
        dict(facts or {}),
        frozenset(kept),
        dict(thresholds or {}),
        enough,
        min_count,
        seed,
        progress,
    )
    folder = Path(out_dir)
    with _staged(folder) as stage:
        scores, told, pictures, data = compile_report(request, stage / _FIGURES, stage / "report.pdf")
        _write_json(stage / "report.json", data)
    figures = {name: folder / _FIGURES / path.name for name, path in pictures.items()}
    return Report(folder / "report.pdf", folder / "report.json", scores, told, figures)


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")


def _check(original: RelationalData, other: RelationalData, what: str) -> None:
    """Both must have the same tables, columns, types and keys; options of columns may differ."""
    faults = []
    for name, table in original.schema.tables.items():
        if name not in other.schema.tables:
            faults.append(f"{what}: table '{name}' of the original is missing. Add it.")
            continue
        theirs = other.schema.tables[name]
        for column, spec in table.columns.items():
            if column not in theirs.columns:
                faults.append(f"{what}: table '{name}' lacks column '{column}' of the original. Add it.")
            elif theirs.columns[column].type != spec.type:
                faults.append(
                    f"{what}: table '{name}': column '{column}' is declared {theirs.columns[column].type}, "
                    f"in the original {spec.type}. Declare it the same."
                )
        if set(table.foreign_keys) != set(theirs.foreign_keys):
            faults.append(
                f"{what}: table '{name}' has other foreign keys than the original. Declare the same."
            )
    report_all(SchemaError, f"{what}: the schema is not the original's", faults)


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """A hidden folder to write in, whose content is put in place when the block ends well, and vanishes if
    not.
    """
    created = not folder.exists()
    for left in folder.glob(f"{_STAGE}*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    stage = folder / f"{_STAGE}{uuid4().hex[:8]}"
    (stage / _FIGURES).mkdir(parents=True)
    try:
        yield stage
        _put_in_place(folder, stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if created and not any(folder.iterdir()):
            folder.rmdir()


def _put_in_place(folder: Path, stage: Path) -> None:
    (folder / "report.json").unlink(missing_ok=True)  # there only while all is whole
    if (folder / _FIGURES).exists():
        (folder / _FIGURES).rename(stage / "old")
    (stage / _FIGURES).rename(folder / _FIGURES)
    for name in ("report.pdf", "report.json"):
        (stage / name).replace(folder / name)
