"""Names to classes, with help for a misspelling."""

import pytest

from synth_models.errors import UnknownNameError
from synth_models.registry import Registry


@pytest.fixture
def shapes() -> Registry[object]:
    registry: Registry[object] = Registry("shape")
    registry.register("square")(int)
    registry.register("circle")(str)
    return registry


def test_register_returns_the_class_itself(shapes: Registry[object]) -> None:
    assert shapes.register("point")(float) is float
    assert shapes.get("point") is float


def test_names_are_sorted(shapes: Registry[object]) -> None:
    assert shapes.names() == ["circle", "square"]


def test_a_misspelling_is_answered_with_the_nearest_name(shapes: Registry[object]) -> None:
    with pytest.raises(UnknownNameError) as caught:
        shapes.get("sqaure")
    assert str(caught.value) == (
        "No shape is called 'sqaure'. Did you mean 'square'? There are: circle, square."
    )


def test_a_name_like_no_other_gets_the_list(shapes: Registry[object]) -> None:
    with pytest.raises(UnknownNameError, match=r"^No shape is called 'xyz'\. There are: circle, square\.$"):
        shapes.get("xyz")
