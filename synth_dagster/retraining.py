"""The policy: whether a model is trained again, and why."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

SKIP, WARM, COLD = "skip", "warm", "cold"
"""Keep the current checkpoint, go on from it, or begin anew."""
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
        kind: ``skip``, ``warm`` (go on from the checkpoint) or ``cold`` (from scratch).
        reason: In words, without a value of the data.
    """

    kind: str
    reason: str


@final
@dataclass(frozen=True, kw_only=True)
class Policy:
    """When a model goes on; see ``RetrainingSettings``."""

    mode: str = "auto"
    max_mean_drift: float = 0.1
    max_column_drift: float = 0.5
    max_warm: int = 30
    epochs: float = 0.2
    replay: float = 1.0


def decide(
    inputs: Inputs, known: Mapping[str, Any] | None, policy: Policy, *, force: bool = False
) -> Decision:
    """What is to be done, as far as the lineage tells.

    Args:
        inputs: What a model would be made from now.
        known: The lineage of the current checkpoint; None if there is none.
        policy: When to go on.
        force: Train from scratch in any case.

    Returns:
        ``warm`` if nothing but rows have changed: how much they have is still to be judged.
    """
    if known is None:
        return Decision(COLD, "there is no model yet")
    rows, others = _changes(known, inputs.to_dict())
    changes = "; ".join([*others, *rows])
    if force:
        return Decision(COLD, f"{changes or 'nothing has changed'}, but training was forced")
    if not changes:
        return Decision(SKIP, "rows, schema, settings and code are those the model was trained with")
    if others or policy.mode == COLD:
        return Decision(COLD, changes)
    warm = int(known.get("warm runs", 0))
    if warm >= policy.max_warm:
        return Decision(COLD, f"{changes}; the model has gone on {warm} times in a row, which is the limit")
    return Decision(WARM, changes)


def judge(drift: Mapping[str, Mapping[str, float]], policy: Policy) -> Decision:
    """Whether rows have changed too much to go on from the checkpoint.

    Args:
        drift: By table and column (``Model.drift``).
        policy: The limits.
    """
    found = {f"{table}.{column}": v for table, columns in drift.items() for column, v in columns.items()}
    if not found:
        return Decision(WARM, "there is no column that could have moved")
    most, mean = max(found, key=lambda name: found[name]), sum(found.values()) / len(found)
    said = f"mean drift {mean:.3f} (limit {policy.max_mean_drift:g}), most in {most}: {found[most]:.3f} "
    said += f"(limit {policy.max_column_drift:g})"
    too_much = mean > policy.max_mean_drift or found[most] > policy.max_column_drift
    return Decision(COLD if too_much else WARM, said)


def digest(document: Any) -> str:
    """A short version of plain data: the same for the same data."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What has changed in the rows, and what else has."""
    changes: list[str] = []
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
    for part in ("model", "training"):
        changes += _settings(part, old.get(part, {}), new[part])
    if old.get("code") != new["code"]:
        changes.append(f"the library changed from {old.get('code', 'an unknown version')} to {new['code']}")
    return [f"rows changed in {', '.join(rows)}"] if rows else [], changes


def _settings(part: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{part}.{name} changed from {old.get(name, _ABSENT)} to {new.get(name, _ABSENT)}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name, _ABSENT) != new.get(name, _ABSENT)
    ]
