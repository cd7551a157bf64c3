"""The columns of a table, one small picture each, real and synthetic overlaid."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from synth_models.report.figures.style import (
    QUIET,
    REAL,
    SYNTHETIC,
    grid,
    hatched,
    labels,
    legend,
    picture,
    printable,
)
from synth_models.report.figures.ticks import measure_ticks, share_ticks
from synth_models.report.profile import Bars, Profile
from synth_models.report.side import Kind

PER_ROW, PER_PAGE = 3, 6
_ROW = 1.6


def draw_columns(path: Path, profiles: Sequence[Profile], scores: Mapping[str, float | None]) -> None:
    """Up to ``PER_PAGE`` columns, in the order given; ``scores`` are their shape scores."""
    rows = -(-len(profiles) // PER_ROW)
    with picture(path, height=0.62 + rows * _ROW) as figure:
        axes = grid(figure, rows, PER_ROW, margins=(0.42, 0.1, 0.6, 0.5), gaps=(0.45, 0.84))
        legend(figure)
        for axis, profile in zip(axes, profiles, strict=False):
            _draw(axis, profile, scores.get(profile.column))
        for axis in axes[len(profiles) :]:
            axis.remove()


def _draw(axis: Axes, profile: Profile, score: float | None) -> None:
    shown = "–" if score is None else f"{score:.3f}"
    axis.set_title(printable(profile.column, 27), fontweight="bold", pad=13)
    missing = " / ".join(
        "–" if m is None else f"{m:.1%}" for m in (profile.real.missing, profile.synthetic.missing)
    )
    axis.text(
        0, 1.03, f"shape {shown} · missing {missing}", transform=axis.transAxes, fontsize=6, color=QUIET
    )
    if profile.bars is None:
        axis.text(0.5, 0.5, "too rare to show", transform=axis.transAxes, ha="center", color=QUIET)
        axis.set(xticks=[], yticks=[])
        return
    if profile.bars.names is None:
        _histogram(axis, profile.bars, profile.kind)
    else:
        _categories(axis, profile.bars)


def _histogram(axis: Axes, bars: Bars, kind: Kind) -> None:
    edges = measure_ticks(axis.xaxis, np.asarray(bars.edges), kind, most=5, offset=True)
    real = np.asarray([np.nan if share is None else share for share in bars.real])
    for shares, colour in ((real, REAL), (np.asarray(bars.synthetic), SYNTHETIC)):
        axis.stairs(shares, edges, fill=True, color=colour, alpha=0.4, linewidth=0)
        axis.stairs(shares, edges, color=colour, linewidth=1.1)
    rare = np.isnan(real)
    hatched(axis, edges[:-1][rare], np.diff(edges)[rare])
    _share_axis(axis)


def _categories(axis: Axes, bars: Bars) -> None:
    places = np.arange(len(bars.names or ()))
    axis.bar(places - 0.2, [share or 0.0 for share in bars.real], 0.4, color=REAL, alpha=0.8)
    axis.bar(places + 0.2, bars.synthetic, 0.4, color=SYNTHETIC, alpha=0.8)
    names = labels(bars.names or (), 12)
    slanted = len(names) * max(map(len, names), default=0) > 27
    axis.set_xticks(places, names, rotation=35 if slanted else 0, ha="right" if slanted else "center",
                    rotation_mode="anchor", fontsize=6)  # fmt: skip
    axis.tick_params(axis="x", length=0)
    _share_axis(axis)


def _share_axis(axis: Axes) -> None:
    axis.set_ylim(0, axis.get_ylim()[1] * 1.06)  # room below the line of text
    share_ticks(axis.yaxis)
