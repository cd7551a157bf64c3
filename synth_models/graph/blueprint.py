"""What is learned of each table, and in which order: counts, keys, columns. Plain data, kept in
checkpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from synth_models.columns.base import COLUMN_TYPES, Codec
from synth_models.columns.grid import NumberGrid
from synth_models.columns.keys import KeyFormat

COUNT, NULL, COLUMN, DELTA = "count", "null", "column", "delta"


@final
@dataclass(frozen=True)
class CountPlan:
    """How many rows of ``child`` have this row as their ``column``: one or two tokens.

    Args:
        child: The table of the children.
        column: Their foreign key.
        grid: Counts to tokens.
        seen: The counts there are, ascending.
    """

    child: str
    column: str
    grid: NumberGrid
    seen: np.ndarray


@final
@dataclass(frozen=True)
class Match:
    """Two ways from a row up to the same table: over what is known of the row, and over the candidate.

    Args:
        known: Foreign keys from the row, the first one chosen before this key.
        candidate: Foreign keys from the candidate parent; empty for the candidate itself.
        log_odds: How much more often they meet than by chance, in nats.
        exact: Whether they always meet.
    """

    known: tuple[str, ...]
    candidate: tuple[str, ...]
    log_odds: float
    exact: bool


@final
@dataclass(frozen=True)
class KeyPlan:
    """A further key of a row: null or not, then which parent.

    Args:
        column: The foreign key column.
        parent: The table it points at.
        null_share: How often it is missing.
        source: The (earlier key, key of that key's parent) that determine it, if any do.
        matches: Ways in which the parent agrees with what is known of the row.
    """

    column: str
    parent: str
    null_share: float
    source: tuple[str, str] | None
    matches: tuple[Match, ...]

    @property
    def nullable(self) -> bool:
        """Whether it is ever missing."""
        return self.null_share > 0


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


@final
@dataclass(frozen=True)
class TokenStep:
    """One token in the order of a row's autoregression.

    Args:
        kind: count, null, column or delta.
        name: The column, the foreign key, or ``child.key`` for a count.
        part: Which token of that column.
        size: Its vocabulary.
        ordered: Whether neighbouring values are alike.
        allowed: Which values can follow the previous token. Shapes: (size of the previous token or 1, size).
    """

    kind: str
    name: str
    part: int
    size: int
    ordered: bool
    allowed: np.ndarray


@final
@dataclass(frozen=True)
class KeyStep:
    """The choice of a parent row, a step in the order of a row's autoregression."""

    key: KeyPlan


Step = TokenStep | KeyStep


def _token_steps(kind: str, name: str, codec: Codec | NumberGrid) -> list[Step]:
    return [
        TokenStep(kind, name, part, int(size), bool(ordered), np.asarray(allowed, dtype=bool))
        for part, (size, ordered, allowed) in enumerate(
            zip(codec.sizes, codec.ordered, codec.allowed(), strict=True)
        )
    ]


@final
@dataclass(frozen=True)
class TableBlueprint:
    """Everything that is known of a table before its network is built.

    Args:
        name: The table.
        family: The foreign key that makes its families, if any.
        parent: The table that key points at.
        order: The columns its siblings are ordered by.
        rows: How many rows it was fitted on.
        null_families: Share of rows without a family parent.
        counts: Numbers of children, per key that points here.
        keys: The further keys, in the order they are chosen.
        columns: The content, in the order it is drawn.
        formats: What the values of key columns look like.
        output: The columns of the data frame, in order.
        unique: The columns of the primary key.
        family_children: The tables whose families start here.
    """

    name: str
    family: str | None
    parent: str | None
    order: tuple[str, ...]
    rows: int
    null_families: float
    counts: tuple[CountPlan, ...]
    keys: tuple[KeyPlan, ...]
    columns: tuple[ColumnPlan, ...]
    formats: Mapping[str, KeyFormat]
    output: tuple[str, ...]
    unique: tuple[str, ...]
    family_children: tuple[str, ...]
    steps: tuple[Step, ...] = field(init=False)

    def __post_init__(self) -> None:
        steps: list[Step] = []
        for count in self.counts:
            steps += _token_steps(COUNT, f"{count.child}.{count.column}", count.grid)
        for key in self.keys:
            if key.nullable:
                allowed = np.array([[key.null_share < 1, True]])
                steps.append(TokenStep(NULL, key.column, 0, 2, False, allowed))
            steps.append(KeyStep(key))
        for column in self.columns:
            if column.delta is not None:
                steps += _token_steps(DELTA, column.name, column.delta)
            steps += _token_steps(COLUMN, column.name, column.codec)
        object.__setattr__(self, "steps", tuple(steps))

    @property
    def tokens(self) -> list[TokenStep]:
        """The steps that are tokens, in the order of the columns of a token block."""
        return [step for step in self.steps if isinstance(step, TokenStep)]

    @property
    def derived(self) -> list[tuple[ColumnPlan, tuple[int, ...]]]:
        """The columns with input-only tokens, and the sizes of these."""
        return [(c, tuple(c.codec.derived_sizes)) for c in self.columns if c.codec.derived_sizes]

    @property
    def derived_tokens(self) -> list[tuple[int, int]]:
        """Of each input-only token its size, and the last token of the column it belongs to."""
        last = {step.name: index for index, step in enumerate(self.tokens) if step.kind == COLUMN}
        return [(int(size), last[column.name]) for column, sizes in self.derived for size in sizes]

    @property
    def key_parents(self) -> dict[str, str]:
        """Every foreign key with the table it points at, the family key first."""
        family = {self.family: self.parent} if self.family and self.parent else {}
        return {**family, **{key.column: key.parent for key in self.keys}}

    def state(self) -> dict[str, Any]:
        """Plain data; ``from_state`` is the inverse."""
        return {
            "name": self.name,
            "family": self.family,
            "parent": self.parent,
            "order": list(self.order),
            "rows": self.rows,
            "null_families": self.null_families,
            "counts": [[c.child, c.column, c.grid.state(), c.seen.tolist()] for c in self.counts],
            "keys": [
                {
                    "column": k.column,
                    "parent": k.parent,
                    "null_share": k.null_share,
                    "source": list(k.source) if k.source else None,
                    "matches": [[list(m.known), list(m.candidate), m.log_odds, m.exact] for m in k.matches],
                }
                for k in self.keys
            ],
            "columns": [
                {
                    "name": c.name,
                    "type": c.type,
                    "codec": c.codec.state(),
                    "copy": list(c.copy) if c.copy else None,
                    "base": list(c.base) if c.base else None,
                    "first": c.first,
                    "delta": c.delta.state() if c.delta else None,
                    "by_period": c.by_period,
                    "bounds": list(c.bounds),
                }
                for c in self.columns
            ],
            "formats": {column: form.state() for column, form in self.formats.items()},
            "output": list(self.output),
            "unique": list(self.unique),
            "family_children": list(self.family_children),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "TableBlueprint":
        """The blueprint a checkpoint holds."""
        return cls(
            name=state["name"],
            family=state["family"],
            parent=state["parent"],
            order=tuple(state["order"]),
            rows=state["rows"],
            null_families=state["null_families"],
            counts=tuple(
                CountPlan(child, column, NumberGrid.from_state(grid), np.asarray(seen, dtype=np.int64))
                for child, column, grid, seen in state["counts"]
            ),
            keys=tuple(
                KeyPlan(
                    k["column"],
                    k["parent"],
                    k["null_share"],
                    tuple(k["source"]) if k["source"] else None,
                    tuple(Match(tuple(a), tuple(b), odds, exact) for a, b, odds, exact in k["matches"]),
                )
                for k in state["keys"]
            ),
            columns=tuple(
                ColumnPlan(
                    c["name"],
                    c["type"],
                    COLUMN_TYPES.get(c["type"]).from_state(c["codec"]),
                    tuple(c["copy"]) if c["copy"] else None,
                    tuple(c["base"]) if c["base"] else None,
                    c["first"],
                    NumberGrid.from_state(c["delta"]) if c["delta"] else None,
                    c["by_period"],
                    (c["bounds"][0], c["bounds"][1]),
                )
                for c in state["columns"]
            ),
            formats={column: KeyFormat.from_state(form) for column, form in state["formats"].items()},
            output=tuple(state["output"]),
            unique=tuple(state["unique"]),
            family_children=tuple(state["family_children"]),
        )
