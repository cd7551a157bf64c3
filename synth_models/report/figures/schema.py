"""The tables and their keys: parents above, children below."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from synth_models.data.schema import Schema
from synth_models.report.figures.style import INK, QUIET, REAL, WIDTH, picture, printable

_BOX, _GAP, _LINE, _HEAD = 1.55, 0.4, 0.135, 0.36
_PER_ROW = 4
_MAX_KEYS = 8


class _Place(NamedTuple):
    left: float
    top: float
    height: float


def draw_schema(path: Path, schema: Schema, rows: Mapping[str, tuple[int, int]], kept: Collection[str]) -> None:
    """A box per table with its rows (real, synthetic) and keys, an arrow per key from child to parent."""
    lines = levels(schema)
    heights = {name: _HEAD + 0.16 + _LINE * min(_MAX_KEYS, len(t.foreign_keys)) for name, t in schema.tables.items()}
    places: dict[str, _Place] = {}
    top = 0.1
    for line in lines:
        left = (WIDTH - len(line) * _BOX - (len(line) - 1) * _GAP) / 2
        for number, name in enumerate(line):
            places[name] = _Place(left + number * (_BOX + _GAP), top, heights[name])
        top += max(heights[name] for name in line) + 0.5
    height = top - 0.35
    with picture(path, height) as figure:
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set(xlim=(0, WIDTH), ylim=(height, 0))
        axis.axis("off")
        for name, table in schema.tables.items():
            for key in table.foreign_keys:
                _arrow(axis, places[name], places[key.parent], itself=name == key.parent)
        for name in schema.tables:
            _box(axis, places[name], schema, name, rows[name], name in kept)


def levels(schema: Schema) -> list[list[str]]:
    """The tables in lines, every parent in a line above its children where there is no circle."""
    depth: dict[str, int] = {}

    def deep(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            parents = {k.parent for k in schema.tables[name].foreign_keys} - above - {name}
            found = max((deep(parent, above | {name}) + 1 for parent in parents), default=0)
            depth[name] = found
        return depth[name]

    for name in schema.tables:
        deep(name, frozenset({name}))
    lines: list[list[str]] = []
    where: dict[str, float] = {}
    for level in sorted(set(depth.values())):
        names = [name for name in schema.tables if depth[name] == level]
        names.sort(key=lambda name: _centre(schema, name, where))
        for start in range(0, len(names), _PER_ROW):
            line = names[start : start + _PER_ROW]
            where |= {name: (number + 0.5) / len(line) for number, name in enumerate(line)}
            lines.append(line)
    return lines


def _centre(schema: Schema, name: str, where: Mapping[str, float]) -> float:
    """The middle of the parents, so that arrows cross less."""
    found = [where[key.parent] for key in schema.tables[name].foreign_keys if key.parent in where]
    return float(np.mean(found)) if found else 0.5


def _box(axis: Axes, place: _Place, schema: Schema, name: str, rows: tuple[int, int], kept: bool) -> None:
    table = schema.tables[name]
    colour = QUIET if kept else REAL
    axis.add_patch(
        FancyBboxPatch((place.left, place.top), _BOX, place.height, boxstyle="round,pad=0,rounding_size=0.05",
                       facecolor="white", edgecolor=colour, linewidth=0.9)
    )  # fmt: skip
    axis.add_patch(Rectangle((place.left, place.top + _HEAD), _BOX, 0.008, color=colour, linewidth=0))
    axis.text(place.left + 0.07, place.top + 0.15, printable(name, 21), fontweight="bold", color=INK, fontsize=7)
    count = f"{rows[0]:,} rows, kept as it is" if kept else f"{rows[0]:,} → {rows[1]:,} rows"
    axis.text(place.left + 0.07, place.top + 0.3, count, color=QUIET, fontsize=5.5)
    shown = list(table.foreign_keys)[:_MAX_KEYS]
    if len(table.foreign_keys) > _MAX_KEYS:
        shown = shown[:-1]
    texts = [f"{printable(key.column, 14)} → {printable(key.parent, 14)}" for key in shown]
    if len(shown) < len(table.foreign_keys):
        texts.append(f"and {len(table.foreign_keys) - len(shown)} more keys")
    for number, text in enumerate(texts):
        axis.text(place.left + 0.07, place.top + _HEAD + 0.15 + _LINE * number, text, fontsize=5.5, color=INK)


def _arrow(axis: Axes, child: _Place, parent: _Place, *, itself: bool) -> None:
    if itself:
        right = child.left + _BOX
        start, end, bend = (right, child.top + child.height * 0.75), (right, child.top + 0.15), 1.6
    elif parent.top < child.top:
        start, end, bend = (child.left + _BOX / 2, child.top), (parent.left + _BOX / 2, parent.top + parent.height), 0.0
    else:
        start, end, bend = (child.left + _BOX, child.top + 0.2), (parent.left + _BOX, parent.top + 0.2), 0.5
    axis.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=7, color=QUIET, linewidth=0.8, shrinkA=0,
                        shrinkB=1, connectionstyle=f"arc3,rad={bend}", zorder=0)
    )  # fmt: skip
