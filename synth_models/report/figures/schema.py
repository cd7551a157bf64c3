"""The tables and their keys: parents above, children below."""

from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path as Curve

from synth_models.data.schema import Schema
from synth_models.report.figures.layout import BOX, HEAD, LINE, MAX_KEYS, Layout, Place, Route, laid_out
from synth_models.report.figures.style import INK, QUIET, REAL, WIDTH, picture, printable


def draw_schema(
    path: Path, schema: Schema, rows: Mapping[str, tuple[int, int]], kept: Collection[str]
) -> None:
    """A box per table with its rows (real, synthetic) and keys, an arrow from each child to each parent."""
    layout: Layout = laid_out(schema)
    with picture(path, layout.height) as figure:
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set(xlim=(0, WIDTH), ylim=(layout.height, 0))
        axis.axis("off")
        for route in layout.routes:
            _arrow(axis, route)
        for name, place in layout.places.items():
            _box(axis, place, schema, name, rows[name], name in kept)


def _box(axis: Axes, place: Place, schema: Schema, name: str, rows: tuple[int, int], kept: bool) -> None:
    colour = QUIET if kept else REAL
    axis.add_patch(
        FancyBboxPatch((place.left, place.top), BOX, place.height, boxstyle="round,pad=0,rounding_size=0.05",
                       facecolor="white", edgecolor=colour, linewidth=0.9)
    )  # fmt: skip
    axis.text(
        place.left + 0.07, place.top + 0.15, printable(name, 21), fontweight="bold", color=INK, fontsize=7
    )
    count = f"{rows[0]:,} rows, kept as it is" if kept else f"{rows[0]:,} → {rows[1]:,} rows"
    axis.text(place.left + 0.07, place.top + 0.3, count, color=QUIET, fontsize=5.5)
    keys = schema.tables[name].foreign_keys
    if not keys:
        return
    axis.add_patch(Rectangle((place.left, place.top + HEAD), BOX, 0.006, color=colour, linewidth=0))
    shown = keys[: MAX_KEYS - 1] if len(keys) > MAX_KEYS else keys
    texts = [f"{printable(key.name, 14)} → {printable(key.parent, 14)}" for key in shown]
    if len(shown) < len(keys):
        texts.append(f"and {len(keys) - len(shown)} more keys")
    for number, text in enumerate(texts):
        axis.text(place.left + 0.07, place.top + HEAD + 0.15 + LINE * number, text, fontsize=5.5, color=INK)


def _arrow(axis: Axes, route: Route) -> None:
    """A smooth line through the points, vertical at each; bent to the side where there is no way up."""
    points = route.points
    if route.sideways:
        axis.add_patch(
            FancyArrowPatch(points[0], points[-1], arrowstyle="-|>", mutation_scale=7, color=QUIET,
            linewidth=0.8,
                            shrinkA=0, shrinkB=1, connectionstyle="arc3,rad=0.8", zorder=0)
        )  # fmt: skip
        return
    vertices, codes = [points[0]], [Curve.MOVETO]
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (y + to_y) / 2
        vertices += [(x, middle), (to_x, middle), (to_x, to_y)]
        codes += [Curve.CURVE4] * 3
    axis.add_patch(
        PathPatch(
            Curve(np.asarray(vertices), codes), facecolor="none", edgecolor=QUIET, linewidth=0.8, zorder=0
        )
    )
    x, y = points[-1]
    axis.add_patch(
        FancyArrowPatch((x, y + 0.06), (x, y), arrowstyle="-|>", mutation_scale=7, color=QUIET, linewidth=0.8,
                        shrinkA=0, shrinkB=0, zorder=0)
    )  # fmt: skip
