"""Two sides to compare, and what else is known about them."""

from dataclasses import dataclass, field
from typing import Any, final

from synth_models.report.side import Side


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """Two sides to compare.

    Args:
        real: The original data.
        other: What is held against them: synthetic data, other real data, or a bad copy.
        held_out: Real data of the same source that neither side has seen, if there are any.
        skip: Tables that are not measured.
        unseen: Tables whose held-out rows are really unseen.
        seed: Of every random draw.
    """

    real: Side
    other: Side
    held_out: Side | None = None
    skip: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    seed: int = 0
    memo: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found of this trial already, for metrics that are made of the same statistics."""

    def tables(self) -> list[str]:
        """The tables to measure."""
        return [name for name in self.real.schema.tables if name not in self.skip]

    def unseen_rows(self, table: str) -> Side | None:
        """The side with held-out rows of the table, None if there are none."""
        if self.held_out is None or table not in self.unseen or not self.held_out.n_rows[table]:
            return None
        return self.held_out
