"""The policy: whether a model is trained again, and why."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

SKIP, COLD = "skip", "cold"
"""Keep the current checkpoint, or train from scratch."""
_ABSENT = "unset"


@final
@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything a model is a function of.

    Args:
        source: The data version of every source table.
        tables: Columns, types and keys of every table (``Schema.to_dict()["tables"]``).
        model: The parameters of the model.
        training: The settings of the training.
        code: The version of the library.
    """

    source: Mapping[str, str]
    tables: Mapping[str, Any]
    model: Mapping[str, Any]
    training: Mapping[str, Any]
    code: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as a checkpoint's lineage holds it."""
        return json.loads(json.dumps(asdict(self)))

    @property
    def version(self) -> str:
        """The data version of the model that these inputs make."""
        return digest(self.to_dict())


@final
@dataclass(frozen=True)
class Decision:
    """Whether to train, and why.

    Args:
        kind: ``skip`` or ``cold`` (from scratch).
        reason: In words, without a value of the data.
    """

    kind: str
    reason: str


def decide(inputs: Inputs, known: Mapping[str, Any] | None, *, force: bool = False) -> Decision:
    """Skip if the current checkpoint was made from these very inputs, else train from scratch.

    Args:
        inputs: What a model would be made from now.
        known: The lineage of the current checkpoint; None if there is none.
        force: Train in any case.
    """
    if known is None:
        return Decision(COLD, "there is no model yet")
    changes = _changes(known, inputs.to_dict())
    if changes:
        return Decision(COLD, "; ".join(changes))
    if force:
        return Decision(COLD, "nothing has changed, but training was forced")
    return Decision(SKIP, "rows, schema, settings and code are those the model was trained with")


def digest(document: Any) -> str:
    """A short version of plain data: the same for the same data."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    changes = []
    tables = sorted(set(old.get("tables", {})) ^ set(new["tables"]))
    if tables:
        changes.append(f"tables came or went: {', '.join(tables)}")
    both = set(old.get("tables", {})) & set(new["tables"])
    shapes = sorted(name for name in both if old["tables"][name] != new["tables"][name])
    if shapes:
        changes.append(f"columns, types or keys changed in {', '.join(shapes)}")
    rows = sorted(
        name for name in both - set(shapes) if old.get("source", {}).get(name) != new["source"].get(name)
    )
    if rows:
        changes.append(f"rows changed in {', '.join(rows)}")
    for part in ("model", "training"):
        changes += _settings(part, old.get(part, {}), new[part])
    if old.get("code") != new["code"]:
        changes.append(f"the library changed from {old.get('code', 'an unknown version')} to {new['code']}")
    return changes


def _settings(part: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{part}.{name} changed from {old.get(name, _ABSENT)} to {new.get(name, _ABSENT)}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name, _ABSENT) != new.get(name, _ABSENT)
    ]
