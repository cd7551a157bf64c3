"""YAML with comments: what was guessed, why, and how sure it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import yaml

_WIDTH = 100  # of a line with a comment beside it; a longer one has the comment above


@final
@dataclass(frozen=True)
class Noted:
    """A value with a comment.

    Args:
        value: A text, number, list or mapping.
        note: The comment; empty for none.
    """

    value: Any
    note: str = ""


def document(content: Mapping[str, Any], head: str = "") -> str:
    """A YAML document.

    Args:
        content: Mappings, lists, texts and numbers, any of them in a ``Noted``.
        head: A comment at the top.

    Example:
        >>> print(document({"a": Noted("b c", "why"), "d": [1, "2"], "e": {}}), end="")
        a: b c  # why
        d:
          - 1
          - '2'
        e: {}
    """
    lines = [f"# {_printable(line)}".rstrip() for line in head.splitlines()]
    return "\n".join([*lines, *_mapping(content, "")]) + "\n"


def _mapping(content: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in content.items():
        yield from _entry(f"{indent}{_scalar(key)}:", value, indent)


def _entry(start: str, value: Any, indent: str) -> Iterator[str]:
    noted = value if isinstance(value, Noted) else Noted(value)
    inner = noted.value
    nested = isinstance(inner, (Mapping, list, tuple)) and len(inner) > 0
    line = start if nested else f"{start} {_scalar(inner)}"
    comment = _printable(noted.note)
    if comment and len(line) + len(comment) > _WIDTH:
        yield f"{indent}# {comment}"
        yield line
    else:
        yield f"{line}  # {comment}" if comment else line
    if nested and isinstance(inner, Mapping):
        yield from _mapping(inner, f"{indent}  ")
    elif nested:
        for item in inner:
            yield from _item(item, f"{indent}  ")


def _item(item: Any, indent: str) -> Iterator[str]:
    noted = item if isinstance(item, Noted) else Noted(item)
    if not isinstance(noted.value, Mapping):
        yield from _entry(f"{indent}-", noted, indent)
        return
    if noted.note:
        yield f"{indent}# {_printable(noted.note)}"
    first, *rest = _mapping(noted.value, f"{indent}  ")
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _scalar(value: Any) -> str:
    style = '"' if isinstance(value, str) and not value.isprintable() else None  # escapes ends of lines
    text = yaml.safe_dump(
        value, allow_unicode=True, width=2**20, default_flow_style=True, default_style=style
    )
    return text.removesuffix("\n").removesuffix("\n...")
