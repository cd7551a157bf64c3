"""What the demo prints at the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from synth_dagster.demo.files import HOME
from synth_dagster.translator import Role


def summary(result: dg.ExecuteInProcessResult, destination: Path, seconds: float) -> str:
    """The published tables, the headline scores beside their ceilings, and where to look further."""
    shown = {
        tuple(event.asset_key.path[1:]): event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    model, report = shown[Role.MODEL,], shown[Role.REPORT,]
    lines = [
        "",
        f"Done in {seconds:.0f} s. {_decision(model)}",
        "",
        f"Published in {destination}, schema 'synthetic':",
        *_tables(shown),
        "",
        "Scores (ceiling: real data against real data; floor: a bad copy):",
        *_aligned(_text(report["scores"])),
        "",
        f"Report:  {_near(Path(_text(report['PDF'])))}",
        f"History: DAGSTER_HOME={HOME.absolute()} dagster dev -w workspace.yaml   (or: make ui)",
    ]
    return "\n".join(lines)


def _decision(model: Mapping[str, Any]) -> str:
    again = (
        "The model was not trained again" if _text(model["decision"]) == "skip" else "The model was trained"
    )
    return f"{again}: {_text(model['reason'])}."


def _tables(shown: Mapping[tuple[str, ...], Mapping[str, Any]]) -> list[str]:
    return [
        f"  {path[1]:<12} {said['dagster/row_count'].value:>8,} rows   "
        f"{'kept as it is (lookup table)' if said['kept as it is'].value else 'new'}"
        for path, said in shown.items()
        if path[0] == Role.PUBLISHED
    ]


def _aligned(table: str) -> list[str]:
    """A table in Markdown, for a terminal."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    del rows[1]
    return [f"  {name:<34} {' '.join(f'{cell:>8}' for cell in cells)}" for name, *cells in rows]


def _near(path: Path) -> Path:
    """The path from here, if it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _text(value: Any) -> str:
    return str(value.value)
