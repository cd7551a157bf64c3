"""YAML with comments says the same as without them, whatever the names are."""

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_dagster.cli.document import Noted, document

LEAVES = st.text(max_size=8) | st.integers() | st.booleans() | st.none()
NOTES = st.text(max_size=30)


def noted(inner: st.SearchStrategy) -> st.SearchStrategy:
    return inner | st.builds(Noted, inner, NOTES)


CONTENT = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        noted(LEAVES),
        lambda inner: noted(
            st.lists(noted(LEAVES) | st.dictionaries(st.text(max_size=4), inner, min_size=1), max_size=3)
            | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


def plain(content: Any) -> Any:
    if isinstance(content, Noted):
        return plain(content.value)
    if isinstance(content, dict):
        return {key: plain(value) for key, value in content.items()}
    return [plain(item) for item in content] if isinstance(content, list) else content


@settings(deadline=None, max_examples=50)
@given(CONTENT, st.text(max_size=20))
def test_comments_change_nothing(content: dict[str, Any], head: str) -> None:
    assert yaml.safe_load(document(content, head)) == plain(content)


def test_a_long_comment_stands_above() -> None:
    assert document({"a": {"b": Noted("c", "why " * 30)}}).splitlines()[1].lstrip().startswith("# why")


def test_a_comment_has_one_line() -> None:
    assert document({"a": Noted(1, "x\ny: 2")}) == "a: 1  # x?y: 2\n"
