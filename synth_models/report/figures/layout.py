"""Where the boxes of a schema go: in layers, with lanes for keys that skip a layer (after Sugiyama)."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, final

from synth_models.data.schema import Schema
from synth_models.report.figures.style import WIDTH

BOX, HEAD, LINE = 1.55, 0.36, 0.135
"""Inches: the width of a box, the height of its head, the height of one key."""
MAX_KEYS = 8
"""Keys that a box tells at most."""
_GAP, _LANE, _BETWEEN = 0.4, 0.12, 0.55
_PER_ROW = 4

Lane = tuple[str, str]
"""A way through a layer for the key of a child (first) to a parent (second)."""
Slot = str | Lane


class Place(NamedTuple):
    """A box, in inches from the left and the top."""

    left: float
    top: float
    height: float


class Route(NamedTuple):
    """The points that an arrow goes through, from child to parent."""

    points: list[tuple[float, float]]
    sideways: bool


@final
@dataclass
class Layout:
    """The whole picture.

    Args:
        places: Of the tables.
        routes: Of the keys, one for all keys of a child to the same parent.
        height: Inches.
    """

    places: dict[str, Place] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    height: float = 0.0


def laid_out(schema: Schema) -> Layout:
    """Boxes in layers of at most four, and the ways between them."""
    lines = layers(schema)
    where = {name: number for number, line in enumerate(lines) for name in line}
    edges = list(
        dict.fromkeys((name, key.parent) for name, t in schema.tables.items() for key in t.foreign_keys)
    )
    slots = _ordered(lines, where, edges)
    layout, centres, spans = Layout(), {}, []
    top = 0.1
    for line in slots:
        tall = max(_height(schema, name) for name in line if isinstance(name, str))
        for slot, left, wide in _spread(line):
            centres[slot, len(spans)] = left + wide / 2
            if isinstance(slot, str):
                layout.places[slot] = Place(left, top, _height(schema, slot))
        spans.append((top, top + tall))
        top += tall + _BETWEEN
    layout.height = top - _BETWEEN + 0.1
    ends = _ends(layout, [(c, p) for c, p in edges if where[p] < where[c]])
    for child, parent in edges:
        layout.routes.append(_route(layout, (child, parent), where, centres, spans, ends))
    return layout


def layers(schema: Schema) -> list[list[str]]:
    """The tables in lines, every parent in a line above its children where there is no circle."""
    depth: dict[str, int] = {}

    def deep(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            parents = {k.parent for k in schema.tables[name].foreign_keys} - above - {name}
            found = max((deep(parent, above | {name}) + 1 for parent in parents), default=0)
            depth.setdefault(name, found)
        return depth[name]

    for name in schema.tables:
        deep(name, frozenset({name}))
    lines = []
    for level in sorted(set(depth.values())):
        names = [name for name in schema.tables if depth[name] == level]
        lines += [names[start : start + _PER_ROW] for start in range(0, len(names), _PER_ROW)]
    return lines


def _height(schema: Schema, name: str) -> float:
    keys = min(MAX_KEYS, len(schema.tables[name].foreign_keys))
    return HEAD + (0.12 + LINE * keys if keys else 0.04)


def _ordered(lines: list[list[str]], where: dict[str, int], edges: list[Lane]) -> list[list[Slot]]:
    """Each line with its lanes, every one near the middle of what it is tied to: so few arrows cross."""
    slots: list[list[Slot]] = [list(line) for line in lines]
    links: list[dict[Slot, set[Slot]]] = [{} for _ in slots]
    for child, parent in (edge for edge in edges if where[edge[1]] < where[edge[0]]):
        lanes: list[Slot] = [(child, parent)] * (where[child] - where[parent] - 1)
        for number, lane in enumerate(lanes, where[parent] + 1):
            slots[number].append(lane)
        for number, (upper, lower) in enumerate(pairwise([parent, *lanes, child]), where[parent]):
            links[number].setdefault(upper, set()).add(lower)
    for _ in range(4):
        for number in range(1, len(slots)):
            _sort(slots[number], slots[number - 1], links[number - 1], downward=True)
        for number in range(len(slots) - 1, 0, -1):
            _sort(slots[number - 1], slots[number], links[number - 1], downward=False)
    return slots


def _sort(line: list[Slot], fixed: list[Slot], links: dict[Slot, set[Slot]], *, downward: bool) -> None:
    place = {slot: (number + 0.5) / len(fixed) for number, slot in enumerate(fixed)}
    own = {slot: (number + 0.5) / len(line) for number, slot in enumerate(line)}

    def middle(slot: Slot) -> float:
        near = [u for u, lower in links.items() if slot in lower] if downward else links.get(slot, set())
        found = [place[other] for other in near if other in place]
        return sum(found) / len(found) if found else own[slot]

    line.sort(key=middle)


def _spread(line: list[Slot]) -> list[tuple[Slot, float, float]]:
    """Each slot with its left edge and width, the line as a whole in the middle of the page."""
    widths = [BOX if isinstance(slot, str) else _LANE for slot in line]
    gap = min(_GAP, (WIDTH - 0.6 - sum(widths)) / max(1, len(line) - 1))
    left = (WIDTH - sum(widths) - gap * (len(line) - 1)) / 2
    found = []
    for slot, wide in zip(line, widths, strict=True):
        found.append((slot, left, wide))
        left += wide + gap
    return found


def _ends(layout: Layout, edges: list[Lane]) -> dict[tuple[Lane, int], float]:
    """Where each arrow leaves its child (0) and meets its parent (1): along the edge of the box."""
    found = {}
    for end in (0, 1):
        for name in layout.places:
            here = [edge for edge in edges if edge[end] == name]
            here.sort(key=lambda edge: layout.places[edge[1 - end]].left)
            for number, edge in enumerate(here, 1):
                found[edge, end] = layout.places[name].left + BOX * number / (len(here) + 1)
    return found


def _route(
    layout: Layout,
    edge: Lane,
    where: dict[str, int],
    centres: dict[tuple[Slot, int], float],
    spans: list[tuple[float, float]],
    ends: dict[tuple[Lane, int], float],
) -> Route:
    child, parent = (layout.places[name] for name in edge)
    if edge not in {found for found, _ in ends}:
        right = child.left + BOX
        same = child == parent
        start, end = (
            (right, child.top + (child.height * 0.8 if same else 0.2)),
            (parent.left + BOX, parent.top + 0.1),
        )
        return Route([start, end], sideways=True)
    points = [(ends[edge, 0], child.top)]
    for between in range(where[edge[0]] - 1, where[edge[1]], -1):
        x = centres[edge, between]
        points += [(x, spans[between][1]), (x, spans[between][0])]
    return Route([*points, (ends[edge, 1], parent.top + parent.height)], sideways=False)
