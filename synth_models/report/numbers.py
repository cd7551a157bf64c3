"""The report as plain data: every number by table, column, pair and key."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from synth_models.report.findings import Findings, Measured
from synth_models.report.fits import Fit
from synth_models.report.metrics.base import Measurement
from synth_models.report.sections import Incoming, Section
from synth_models.report.stats.neighbours import Neighbours
from synth_models.report.verdict import Verdict

FORMAT = 2
"""Of ``report.json``; see docs/report.md."""


def as_dict(
    findings: Findings,
    told: Sequence[Verdict],
    sections: Sequence[Section],
    nearest: Sequence[tuple[str, Neighbours]],
    *,
    title: str,
    facts: Mapping[str, str],
) -> dict[str, Any]:
    """Plain Python data, with None where there is no number."""
    return plain(
        {
            "format": FORMAT,
            "title": title,
            "facts": dict(facts),
            "seed": findings.trial.seed,
            "ceiling_from": findings.ceiling_from,
            "held_out": findings.trial.held_out is not None,
            "min_count": findings.min_count,
            "verdict": {verdict.group: verdict.to_dict() for verdict in told},
            "rows": {s.table: {"real": s.rows[0], "synthetic": s.rows[1], "kept": s.kept} for s in sections},
            "scores": {
                name: {**score.to_dict(), "bounds": list(findings.measured[name].metric.bounds)}
                for name, score in findings.scores.items()
            },
            "measurements": {name: _measured(found) for name, found in findings.measured.items()},
            "distances": {name: _distances(curves) for name, curves in nearest},
            "tables": {section.table: _section(section) for section in sections},
        }
    )


def _measured(found: Measured) -> dict[str, list[dict[str, Any]]]:
    ends = {"synthetic": found.synthetic, "ceiling": found.ceiling, "floor": found.floor}
    return {
        end: [_measurement(measurement) for measurement in measurements] for end, measurements in ends.items()
    }


def _measurement(measurement: Measurement) -> dict[str, Any]:
    told: dict[str, Any] = {
        "table": measurement.table,
        "items": list(measurement.items),
        "value": measurement.value,
    }
    if measurement.aspect:
        told["aspect"] = measurement.aspect
    if measurement.alarm:
        told["alarm"] = measurement.alarm
    if measurement.error is not None:
        told["error"] = measurement.error
    return told | ({"details": dict(measurement.details)} if measurement.details else {})


def _section(section: Section) -> dict[str, Any]:
    return {
        "kept": section.kept,
        "scores": {name: score.to_dict() for name, score in section.scores.items()},
        "columns": {
            profile.column: {
                "kind": str(profile.kind),
                "shape": asdict(section.shapes.get(profile.column, Fit(None, None))),
                "real": asdict(profile.real),
                "synthetic": asdict(profile.synthetic),
                "bars": None if profile.bars is None else asdict(profile.bars),
            }
            for profile in section.profiles
        },
        "pairs": [
            {
                "columns": list(row.columns),
                "trend": asdict(row.trend),
                "dependence": {"real": row.real, "synthetic": row.synthetic},
            }
            for row in section.pairs
        ],
        "children": [_children(key) for key in section.incoming],
    }


def _distances(curves: Neighbours) -> dict[str, Any]:
    return {
        "real": quartiles(curves.real),
        "synthetic": quartiles(curves.other),
        "near": curves.near,
        "real_rows": curves.references,
    }


def _children(key: Incoming) -> dict[str, Any]:
    return {
        "table": key.table,
        "column": key.column,
        "cardinality": asdict(key.fit),
        "mean": {"real": _mean(key.real), "synthetic": _mean(key.synthetic)},
        "childless": {"real": _mean(key.real == 0), "synthetic": _mean(key.synthetic == 0)},
    }


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def quartiles(values: np.ndarray) -> list[float]:
    """The 25 %, 50 % and 75 % quantiles."""
    return np.quantile(values, [0.25, 0.5, 0.75]).tolist()


def plain(value: Any) -> Any:
    """The value with nothing but dict, list, str, bool, int, finite float and None in it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
