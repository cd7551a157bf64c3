"""How a column is drawn, copied, computed or measured. Plain data, kept in checkpoints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from synth_models.columns.base import COLUMN_TYPES, Codec
from synth_models.columns.grid import NumberGrid
from synth_models.graph.rules import Operand, Rule


@final
@dataclass(frozen=True)
class ColumnPlan:
    """A column: its codec, and what its value is copied from or measured against.

    Args:
        name: The column.
        type: Its column type.
        codec: Values to numbers and tokens.
        copy: The (key, column of its parent) this column repeats, if it does.
        base: What the number is the difference to: ``("previous",)`` sibling, ``("row", column)`` or
            ``("parent", column)``.
        first: For a difference to the previous sibling: the parent's column the first sibling refers to.
        delta: The grid of the differences.
        by_period: Whether the difference is one of months, and the day is drawn as it is.
        bounds: What sums of differences are kept within: means of the most extreme numbers.
        rules: What the number is computed by; the first that knows it has it. Where none does, it is drawn.
        gaps: Whether it may be missing where a rule would know it: then that is drawn first.
        repeats: Whether a row is likely to have what its earlier siblings had.
        near: Whether a row is likely to have nearly what an earlier sibling had.
        kind: The column that tells kinds of siblings apart, if it repeats, or is near to, those of its kind.
        fixed_by: The keys that tell it: rows with the same parents by them have the same value.
        least: How many entities must share what parents tell for a sample with these parents to read it.
    """

    name: str
    type: str
    codec: Codec
    copy: tuple[str, str] | None = None
    base: tuple[str, ...] | None = None
    first: str | None = None
    delta: NumberGrid | None = None
    by_period: bool = False
    bounds: tuple[float, float] = (-np.inf, np.inf)
    rules: tuple[Rule, ...] = ()
    gaps: bool = False
    repeats: bool = False
    near: bool = False
    kind: str | None = None
    fixed_by: tuple[str, ...] = ()
    least: int = 0

    @property
    def level(self) -> Operand | None:
        """What it runs on from, if it is computed from what the sibling before has, within bounds."""
        operands = [o for rule in self.rules for o in rule.operands if o.previous and o.column == self.name]
        low, high = self.bounds
        return operands[0] if operands and -np.inf < low < high < np.inf else None

    def state(self) -> dict[str, Any]:
        """Plain data; ``from_state`` is the inverse."""
        return {
            "name": self.name,
            "type": self.type,
            "codec": self.codec.state(),
            "copy": list(self.copy) if self.copy else None,
            "base": list(self.base) if self.base else None,
            "first": self.first,
            "delta": self.delta.state() if self.delta else None,
            "by_period": self.by_period,
            "bounds": list(self.bounds),
            "rules": [rule.state() for rule in self.rules],
            "gaps": self.gaps,
            "repeats": self.repeats,
            "near": self.near,
            "kind": self.kind,
            "fixed_by": list(self.fixed_by),
            "least": self.least,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The plan a checkpoint holds."""
        return cls(
            name=state["name"],
            type=state["type"],
            codec=COLUMN_TYPES.get(state["type"]).from_state(state["codec"]),
            copy=tuple(state["copy"]) if state["copy"] else None,
            base=tuple(state["base"]) if state["base"] else None,
            first=state["first"],
            delta=NumberGrid.from_state(state["delta"]) if state["delta"] else None,
            by_period=state["by_period"],
            bounds=(state["bounds"][0], state["bounds"][1]),
            rules=tuple(Rule.from_state(rule) for rule in state["rules"]),
            gaps=state["gaps"],
            repeats=state["repeats"],
            near=state["near"],
            kind=state["kind"],
            fixed_by=tuple(state["fixed_by"]),
            least=state["least"],
        )
