"""``report.json`` keeps the format that docs/report.md tells of."""

import json
from pathlib import Path

import jsonschema

from synth_models.report import report as write_report
from synth_models.testing import shop

NUMBER = {"type": ["number", "null"]}
FIT = {"type": "object", "required": ["value", "ceiling"], "properties": {"value": NUMBER, "ceiling": NUMBER}}
SCORE = {
    "type": "object",
    "required": [
        "name",
        "title",
        "meaning",
        "group",
        "goal",
        "value",
        "ceiling",
        "floor",
        "position",
        "mark",
    ],
    "properties": {
        "group": {"enum": ["validity", "fidelity", "structure", "privacy"]},
        "mark": {"enum": ["good", "fair", "poor", "cannot tell", "not measured"]},
        **dict.fromkeys(["value", "ceiling", "floor", "position"], NUMBER),
    },
}
SUMMARY = {
    "type": "object",
    "required": ["rows", "missing", "mean", "std", "distinct"],
    "additionalProperties": NUMBER,
}
FORMAT = {
    "type": "object",
    "required": [
        "format",
        "title",
        "facts",
        "seed",
        "ceiling_from",
        "held_out",
        "rows",
        "scores",
        "tables",
        "verdict",
    ],
    "properties": {
        "format": {"const": 2},
        "scores": {"type": "object", "additionalProperties": SCORE, "minProperties": 10},
        "measurements": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["synthetic", "ceiling", "floor"],
                "additionalProperties": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["table", "items", "value"],
                        "properties": {"value": NUMBER},
                    },
                },
            },
        },
        "tables": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["kept", "scores", "columns", "pairs", "children"],
                "properties": {
                    "scores": {"type": "object", "additionalProperties": SCORE},
                    "columns": {
                        "type": "object",
                        "additionalProperties": {
                            "type": "object",
                            "properties": {"shape": FIT, "real": SUMMARY, "synthetic": SUMMARY},
                        },
                    },
                    "pairs": {"type": "array", "items": {"type": "object", "properties": {"trend": FIT}}},
                    "children": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"cardinality": FIT}},
                    },
                },
            },
        },
    },
}


def test_the_json_keeps_its_format(tmp_path: Path) -> None:
    original, holdout = shop(rows=150, seed=0).split(0.7, seed=0)
    report = write_report(
        original, shop(rows=100, seed=1), tmp_path, holdout_data=holdout, kept=["products"], progress=False
    )

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    data = json.loads(report.json.read_text(encoding="utf-8"), parse_constant=refuse)
    jsonschema.validate(data, FORMAT)
    assert data["rows"]["products"] == {"real": 18, "synthetic": 12, "kept": True}
    assert data["tables"]["users"]["columns"].keys() == {"country", "age", "premium", "income", "joined"}
    assert data["tables"]["products"]["columns"] == {}
    assert {name: score["value"] for name, score in data["scores"].items()} == {
        name: score.value for name, score in report.scores.items()
    }
