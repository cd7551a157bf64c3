"""Boxes do not overlap, parents are above, and every key has its way."""

from itertools import combinations

import pytest

from synth_models.data.schema import Schema, Table
from synth_models.report.figures.layout import BOX, Layout, laid_out, layers
from synth_models.report.figures.style import WIDTH
from synth_models.testing import shop_schema


def schema(parents: dict[str, list[str]]) -> Schema:
    return Schema(
        {
            name: Table({"id": "key", **{f"k{n}": "key" for n in range(len(up))}}, "id",
                        {f"k{n}": parent for n, parent in enumerate(up)})
            for name, up in parents.items()
        }
    )  # fmt: skip


SHAPES = {
    "shop": shop_schema(),
    "one": schema({"a": []}),
    "itself": schema({"a": ["a"], "b": ["a", "a"]}),
    "circle": schema({"a": ["b"], "b": ["a"], "c": ["a", "b"]}),
    "deep": schema({f"t{n}": [f"t{m}" for m in range(n)] for n in range(7)}),
    "wide": schema({"hub": [], **{f"t{n}": ["hub"] for n in range(11)}}),
    "many keys": schema({"a": [], "b": ["a"] * 12}),
}


@pytest.fixture(params=SHAPES)
def case(request: pytest.FixtureRequest) -> tuple[Schema, Layout]:
    found = SHAPES[request.param]
    return found, laid_out(found)


def test_boxes_are_on_the_page_and_apart(case: tuple[Schema, Layout]) -> None:
    tables, layout = case
    assert layout.places.keys() == set(tables.tables)
    for place in layout.places.values():
        assert 0 <= place.left <= WIDTH - BOX
        assert 0 <= place.top <= layout.height - place.height
    for one, other in combinations(layout.places.values(), 2):
        apart = abs(one.left - other.left) >= BOX
        assert apart or one.top + one.height < other.top or other.top + other.height < one.top


def test_every_child_has_one_arrow_to_each_parent(case: tuple[Schema, Layout]) -> None:
    tables, layout = case
    edges = {(name, key.parent) for name, table in tables.tables.items() for key in table.foreign_keys}
    assert len(layout.routes) == len(edges)


def test_arrows_do_not_pass_through_boxes(case: tuple[Schema, Layout]) -> None:
    _, layout = case
    for route in layout.routes:
        for x, y in route.points[1:-1]:
            inside = [
                p
                for p in layout.places.values()
                if p.left < x < p.left + BOX and p.top < y < p.top + p.height
            ]
            assert route.sideways or inside == []


def test_parents_are_above_their_children() -> None:
    lines = layers(SHAPES["shop"])
    assert lines == [["users", "products"], ["orders"], ["items"]]
    assert [len(line) for line in layers(SHAPES["wide"])] == [1, 4, 4, 3]
