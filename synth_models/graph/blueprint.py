"""What is learned of each table, and in which order: counts, keys, columns. Plain data, kept in
checkpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from synth_models.columns.base import to_array, to_tensor
from synth_models.columns.keys import KeyFormat
from synth_models.graph.balances import Balance
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.count_plan import CountPlan
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.profile_plan import ProfilePlan
from synth_models.graph.shares import Shares
from synth_models.graph.steps import (
    COLUMN,
    COUNT,
    DELTA,
    PROFILE,
    KeyStep,
    Step,
    TokenStep,
    again_steps,
    gap_steps,
    level_steps,
    null_steps,
    token_steps,
)
from synth_models.graph.totals import SUM, Total


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
        keys: The further keys, in the order they are chosen: implied ones at last, after the columns.
        columns: The content, in the order it is drawn.
        formats: What the values of key columns look like.
        output: The columns of the data frame, in order.
        unique: The columns of the primary key.
        unique_keys: The foreign keys that make up the primary key, if it consists of nothing else, or the
            family key and one whose parents never come twice beside its own: they may come only once.
        family_children: The tables whose families start here.
        late: The keys that close cycles, chosen when all rows of all tables are there.
        chain: The column that runs on from sibling to sibling by its first rule: in that order are siblings
            of the same time.
        totals: What its rows add up to.
        profiles: What its children come to on average, drawn at the end of a row.
        steered: The profiles of its family parent that its own rows keep to.
        hubs: The profiles of the parents that its further keys lead to: what is known of whom a row chooses.
        balances: The numbers of children that come to the same in every family of its rows.
        firsts: Per kind of token and name the shares of rows with the first outcome: nothing, or that nothing
            is missing.
        known: Digests of the keys of its rows that are known one by one; see ``graph.identities``.
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
    profiles: tuple[ProfilePlan, ...] = ()
    steered: tuple[ProfilePlan, ...] = ()
    hubs: tuple[ProfilePlan, ...] = ()
    balances: tuple[Balance, ...] = ()
    firsts: Mapping[tuple[str, str], Shares] = field(default_factory=dict)
    known: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    given: tuple[str, ...] | None = None
    steps: tuple[Step, ...] = field(init=False)

    def __post_init__(self) -> None:
        steps: list[Step] = []
        for count in self.counts if self.given is None else ():
            steps += token_steps(COUNT, f"{count.child}.{count.column}", count.grid)
        for key in self.drawn_keys:
            steps += [] if key.implied else [*null_steps(key), *again_steps(key), KeyStep(key)]
        for column in self.drawn_columns:
            steps += gap_steps(column)
            if column.delta is not None:
                steps += token_steps(DELTA, column.name, column.delta)
            steps += token_steps(COLUMN, column.name, column.codec)
        for key in self.drawn_keys:
            steps += [*null_steps(key), KeyStep(key)] if key.implied else []
        for key in self.drawn_late:
            steps += level_steps(key) if key.levels else null_steps(key)
        for plan in self.profiles:
            steps += token_steps(PROFILE, plan.name, plan.grid)
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
    def steers(self) -> int:
        """How many sums, profiles and balances a row keeps to, in this order."""
        return len(self.sums) + len(self.steered) + len(self.balances)

    @property
    def sibling_groups(self) -> list[list[tuple[int, ...]]]:
        """Per token the groups of earlier siblings whose values it may repeat: all, and those of its kind.

        A group is told by the tokens in which its siblings agree with the row; the parts before of the same
        column are among them. No groups for what is not repeated.
        """
        found: list[list[tuple[int, ...]]] = []
        kinds = {column.name: column.kind for column in self.drawn_columns if column.repeats}
        for at, token in enumerate(self.tokens if self.family else ()):
            if token.kind != COLUMN or token.name not in kinds:
                found.append([])
                continue
            parts, kind = tuple(range(at - token.part, at)), kinds[token.name]
            which = self.token_at(COLUMN, kind) if kind else []
            found.append([parts, *([(which[0], *parts)] if which else [])])
        return found

    @property
    def near_groups(self) -> list[list[tuple[int, ...]]]:
        """Per token the groups of earlier siblings, the last of which it is near to; none for most.

        A group is told by the tokens in which its siblings agree with the row: none, and the kind of a row.
        """
        found: list[list[tuple[int, ...]]] = [[] for _ in self.tokens]
        for column in self.drawn_columns if self.family else ():
            which = self.token_at(COLUMN, column.kind)[:1] if column.kind else []
            for at in self.token_at(COLUMN, column.name) if column.near else ():
                found[at] = [(), *([tuple(which)] if which else [])]
        return found

    @property
    def floors(self) -> list[tuple[int, ...] | None]:
        """Per token that rises from sibling to sibling, the tokens before it in their order; else None."""
        found: list[tuple[int, ...] | None] = [None] * len(self.tokens)
        before: tuple[int, ...] = ()
        near = {column.name for column in self.drawn_columns if column.near}
        for column in self.order:
            if column not in near:
                break
            first, *_ = at = self.token_at(COLUMN, column)
            found[first], before = before, (*before, *at)
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
            "counts": [count.state() for count in self.counts],
            "keys": [key.state() for key in self.keys],
            "late": [key.state() for key in self.late],
            "columns": [column.state() for column in self.columns],
            "formats": {column: form.state() for column, form in self.formats.items()},
            "output": list(self.output),
            "unique": list(self.unique),
            "unique_keys": list(self.unique_keys),
            "family_children": list(self.family_children),
            "chain": self.chain,
            "totals": [total.state() for total in self.totals],
            "profiles": [plan.state() for plan in self.profiles],
            "steered": [plan.state() for plan in self.steered],
            "hubs": [plan.state() for plan in self.hubs],
            "balances": [[b.child, list(b.keys), b.scale] for b in self.balances],
            "known": to_tensor(self.known.view(np.int64)),
            "firsts": [[*step, shares.state()] for step, shares in self.firsts.items()],
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
            counts=tuple(CountPlan.from_state(count) for count in state["counts"]),
            keys=tuple(KeyPlan.from_state(key) for key in state["keys"]),
            late=tuple(KeyPlan.from_state(key) for key in state["late"]),
            columns=tuple(ColumnPlan.from_state(column) for column in state["columns"]),
            formats={column: KeyFormat.from_state(form) for column, form in state["formats"].items()},
            output=tuple(state["output"]),
            unique=tuple(state["unique"]),
            unique_keys=tuple(state["unique_keys"]),
            family_children=tuple(state["family_children"]),
            chain=state["chain"],
            totals=tuple(Total.from_state(total) for total in state["totals"]),
            profiles=tuple(ProfilePlan.from_state(plan) for plan in state["profiles"]),
            steered=tuple(ProfilePlan.from_state(plan) for plan in state["steered"]),
            hubs=tuple(ProfilePlan.from_state(plan) for plan in state["hubs"]),
            balances=tuple(Balance(child, (a, b), scale) for child, (a, b), scale in state["balances"]),
            known=to_array(state["known"]).view(np.uint64),
            firsts={(kind, name): Shares.from_state(shares) for kind, name, shares in state["firsts"]},
        )
