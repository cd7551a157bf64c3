"""What is learned of each table, and in which order: counts, keys, columns. Plain data, kept in
checkpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from synth_models.columns.base import COLUMN_TYPES, Codec, even_ranks
from synth_models.columns.grid import NumberGrid
from synth_models.columns.keys import KeyFormat
from synth_models.graph.levels import MAX_LEVELS
from synth_models.graph.rules import Rule
from synth_models.graph.totals import SUM, Total

COUNT, NULL, COLUMN, DELTA, LEVEL, GAP = "count", "null", "column", "delta", "level", "gap"


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
        known: Foreign keys from the row, the first one chosen before this key; empty for the row itself.
        candidate: Foreign keys from the candidate parent; empty for the candidate itself.
        log_odds: How much more often they meet than by chance, in nats.
        exact: Whether they always meet.
        on: Two columns, one at either end, that must have the same value, if it is not the rows that meet:
            keys that share a column.
    """

    known: tuple[str, ...]
    candidate: tuple[str, ...]
    log_odds: float
    exact: bool
    on: tuple[str, str] | None = None


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
        levels: For a key to its own table without cycles: how many levels of rows there are. A row's parent
            is of the level above, so none come about.
    """

    column: str
    parent: str
    null_share: float
    source: tuple[str, str] | None
    matches: tuple[Match, ...]
    levels: int = 0

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
        rules: What the number is computed by; the first that knows it has it. Where none does, it is drawn.
        gaps: Whether it may be missing where a rule would know it: then that is drawn first.
        kind: The column that tells kinds of siblings apart, if a row repeats those of its own kind.
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
    kind: str | None = None


@final
@dataclass(frozen=True)
class TokenStep:
    """One token in the order of a row's autoregression.

    Args:
        kind: count, null, column, delta, level or gap.
        name: The column, the foreign key, or ``child.key`` for a count.
        part: Which token of that column.
        size: Its vocabulary.
        ranks: Where its values stand in their order, 0 to 1; None if they have none. Shapes: (size,).
        allowed: Which values can follow the previous token. Shapes: (size of the previous token or 1, size).
    """

    kind: str
    name: str
    part: int
    size: int
    ranks: np.ndarray | None
    allowed: np.ndarray


@final
@dataclass(frozen=True)
class KeyStep:
    """The choice of a parent row, a step in the order of a row's autoregression."""

    key: KeyPlan


Step = TokenStep | KeyStep


def _token_steps(kind: str, name: str, codec: Codec | NumberGrid) -> list[Step]:
    return [
        TokenStep(kind, name, part, int(size), ranks if ordered else None, np.asarray(allowed, dtype=bool))
        for part, (size, ordered, ranks, allowed) in enumerate(
            zip(codec.sizes, codec.ordered, codec.ranks(), codec.allowed(), strict=True)
        )
    ]


def _null_steps(key: KeyPlan) -> list[Step]:
    allowed = np.array([[key.null_share < 1, True]])
    return [TokenStep(NULL, key.column, 0, 2, None, allowed)] if key.nullable else []


def _level_steps(key: KeyPlan) -> list[Step]:
    ranks, allowed = even_ranks(MAX_LEVELS)[: key.levels], np.ones((1, key.levels), dtype=bool)
    return [TokenStep(LEVEL, key.column, 0, key.levels, ranks, allowed)]


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
        unique_keys: The foreign keys that make up the primary key, if it consists of nothing else: pairs of
            their parents may come only once.
        family_children: The tables whose families start here.
        late: The keys that close cycles, chosen when all rows of all tables are there.
        chain: The column that runs on from sibling to sibling by its first rule: in that order are siblings
            of the same time.
        totals: What its rows add up to.
        given: None where all is drawn; else the columns that are known before the others are drawn, as all
            counts and keys are then.
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
    unique_keys: tuple[str, ...]
    family_children: tuple[str, ...]
    late: tuple[KeyPlan, ...] = ()
    chain: str | None = None
    totals: tuple[Total, ...] = ()
    given: tuple[str, ...] | None = None
    steps: tuple[Step, ...] = field(init=False)

    def __post_init__(self) -> None:
        steps: list[Step] = []
        for count in self.counts if self.given is None else ():
            steps += _token_steps(COUNT, f"{count.child}.{count.column}", count.grid)
        for key in self.drawn_keys:
            steps += [*_null_steps(key), KeyStep(key)]
        for column in self.drawn_columns:
            if column.gaps:
                steps.append(TokenStep(GAP, column.name, 0, 2, None, np.ones((1, 2), dtype=bool)))
            if column.delta is not None:
                steps += _token_steps(DELTA, column.name, column.delta)
            steps += _token_steps(COLUMN, column.name, column.codec)
        for key in self.drawn_late:
            steps += _level_steps(key) if key.levels else _null_steps(key)
        object.__setattr__(self, "steps", tuple(steps))

    @property
    def drawn_keys(self) -> tuple[KeyPlan, ...]:
        """The further keys that are not given."""
        return self.keys if self.given is None else ()

    @property
    def drawn_late(self) -> tuple[KeyPlan, ...]:
        """The late keys that are not given."""
        return self.late if self.given is None else ()

    @property
    def drawn_columns(self) -> tuple[ColumnPlan, ...]:
        """The columns that are not given."""
        return tuple(c for c in self.columns if c.name not in (self.given or ()))

    @property
    def tokens(self) -> list[TokenStep]:
        """The steps that are tokens, in the order of the columns of a token block."""
        return [step for step in self.steps if isinstance(step, TokenStep)]

    @property
    def derived(self) -> list[tuple[ColumnPlan, tuple[int, ...]]]:
        """The columns with input-only tokens, and the sizes of these."""
        return [(c, tuple(c.codec.derived_sizes)) for c in self.drawn_columns if c.codec.derived_sizes]

    @property
    def derived_tokens(self) -> list[tuple[int, int]]:
        """Of each input-only token its size, and the last token of the column it belongs to."""
        last = {step.name: index for index, step in enumerate(self.tokens) if step.kind == COLUMN}
        return [(int(size), last[column.name]) for column, sizes in self.derived for size in sizes]

    @property
    def key_parents(self) -> dict[str, str]:
        """Every foreign key, but for the late ones, with the table it points at, the family key first."""
        family = {self.family: self.parent} if self.family and self.parent else {}
        return {**family, **{key.column: key.parent for key in self.keys}}

    def token_at(self, kind: str, name: str) -> list[int]:
        """Where the tokens of that kind and name are in a token block."""
        return [at for at, token in enumerate(self.tokens) if token.kind == kind and token.name == name]

    @property
    def sums(self) -> tuple[Total, ...]:
        """What the rows of a family sum up to: what is still missing is known before each is drawn."""
        drawn = {column.name for column in self.columns}
        return tuple(t for t in self.totals if t.key == self.family and t.how == SUM and t.column in drawn)

    @property
    def sibling_groups(self) -> list[list[tuple[int, ...]]]:
        """Per token the groups of earlier siblings whose values it may repeat: all, and those of its kind.

        A group is told by the tokens in which its siblings agree with the row; the parts before of the same
        column are among them.
        """
        found: list[list[tuple[int, ...]]] = []
        kinds = {column.name: column.kind for column in self.drawn_columns}
        for at, token in enumerate(self.tokens if self.family else ()):
            parts = tuple(range(at - token.part, at))
            kind = kinds.get(token.name) if token.kind in (COLUMN, DELTA) else None
            which = self.token_at(COLUMN, kind) if kind else []
            found.append([parts, *([(which[0], *parts)] if which else [])])
        return found

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
            "keys": [_key_state(key) for key in self.keys],
            "late": [_key_state(key) for key in self.late],
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
                    "rules": [rule.state() for rule in c.rules],
                    "gaps": c.gaps,
                    "kind": c.kind,
                }
                for c in self.columns
            ],
            "formats": {column: form.state() for column, form in self.formats.items()},
            "output": list(self.output),
            "unique": list(self.unique),
            "unique_keys": list(self.unique_keys),
            "family_children": list(self.family_children),
            "chain": self.chain,
            "totals": [total.state() for total in self.totals],
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
            keys=tuple(_key_from(key) for key in state["keys"]),
            late=tuple(_key_from(key) for key in state["late"]),
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
                    tuple(Rule.from_state(rule) for rule in c["rules"]),
                    c["gaps"],
                    c["kind"],
                )
                for c in state["columns"]
            ),
            formats={column: KeyFormat.from_state(form) for column, form in state["formats"].items()},
            output=tuple(state["output"]),
            unique=tuple(state["unique"]),
            unique_keys=tuple(state["unique_keys"]),
            family_children=tuple(state["family_children"]),
            chain=state["chain"],
            totals=tuple(Total.from_state(total) for total in state["totals"]),
        )


def _key_state(key: KeyPlan) -> dict[str, Any]:
    return {
        "column": key.column,
        "parent": key.parent,
        "null_share": key.null_share,
        "source": list(key.source) if key.source else None,
        "matches": [
            [list(m.known), list(m.candidate), m.log_odds, m.exact, list(m.on) if m.on else None]
            for m in key.matches
        ],
        "levels": key.levels,
    }


def _key_from(state: Mapping[str, Any]) -> KeyPlan:
    matches = (
        Match(tuple(known), tuple(candidate), odds, exact, (on[0], on[1]) if on else None)
        for known, candidate, odds, exact, on in state["matches"]
    )
    source = state["source"]
    return KeyPlan(
        column=state["column"],
        parent=state["parent"],
        null_share=state["null_share"],
        source=(source[0], source[1]) if source else None,
        matches=tuple(matches),
        levels=state["levels"],
    )
