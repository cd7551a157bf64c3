"""One row after the other's step: draws tokens and keys of a set of rows of one table."""

import math
from collections.abc import Mapping
from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.again import NEW, again
from synth_models.graph.agreements import agreements_of_children, climb
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.steps import (
    AGAIN,
    COLUMN,
    COUNT,
    DELTA,
    GAP,
    LEVEL,
    NULL,
    PROFILE,
    KeyStep,
    TokenStep,
)
from synth_models.nn.linker import IMPOSSIBLE
from synth_models.nn.past import past_of
from synth_models.nn.table_decoder import TableDecoder
from synth_models.sampling.again import Siblings
from synth_models.sampling.draws import draw, without_unlikely
from synth_models.sampling.fixed_values import FixedValues
from synth_models.sampling.fks import Chooser
from synth_models.sampling.held_profiles import HeldProfiles
from synth_models.sampling.held_shares import HeldShares
from synth_models.sampling.known_values import KnownValues
from synth_models.sampling.owed import Owed
from synth_models.sampling.parent_numbers import ParentNumbers
from synth_models.sampling.parents import owners
from synth_models.sampling.state import Table
from synth_models.sampling.wanted import wanted_numbers

_DRAWS, _NEAR = 8, 0.001
"""Times at most that is drawn what few rows decide for many, and the share of these that may be amiss
(rejective sampling, Hajek 1964).
"""


@final
class RowDrawer:
    """Draws rows of one table, all steps in order, many rows at once.

    Args:
        net: The table's decoder.
        blueprints: Of all tables.
        tables: The tables made so far and this one.
        choosers: Per further key how its parents are chosen; empty where keys are given.
        fixed: What rows with the same parents have in common.
        generator: Where draws of tokens come from.
        rng: Where draws within cells come from.
    """

    def __init__(
        self,
        net: TableDecoder,
        blueprints: Mapping[str, TableBlueprint],
        tables: Mapping[str, Table],
        choosers: Mapping[str, Chooser],
        fixed: FixedValues,
        generator: torch.Generator,
        rng: np.random.Generator,
    ) -> None:
        self.net, self.blueprints, self.tables, self.choosers = net, blueprints, tables, choosers
        self.fixed, self.generator, self.rng = fixed, generator, rng
        self.blueprint = net.blueprint
        self.table = tables[self.blueprint.name]
        self.rows = {name: table.block for name, table in tables.items()}
        self.columns = {column.name: column for column in self.blueprint.columns}
        self.shares = HeldShares(self.blueprint)
        self.profiles = HeldProfiles(self.blueprint, blueprints, self.table)
        self.implied = {k.column for k in self.blueprint.drawn_keys if k.implied}
        self.again = {k.column: Siblings(self.table, k.column) for k in self.blueprint.drawn_keys if k.again}
        self.derived_at = _derived_positions(self.blueprint)
        self.wanted = wanted_numbers(self.blueprint, blueprints)
        steps = [at for at, what in enumerate(self.blueprint.steps) if isinstance(what, TokenStep)]
        self.usual = [net.head.usual(at) for at in steps] if net.head is not None else []
        self.vectors_of_values = net.embed.table() if self.blueprint.tokens else None
        parents = ParentNumbers(self.blueprint, blueprints, tables)
        self.known = KnownValues(self.blueprint, tables, parents, self.wanted, fixed, rng)
        self.owed = Owed(self.blueprint, self.table, parents, self.known)
        for column in self.wanted:
            self.table.numbers.setdefault(column, np.full(len(self.table), np.nan))

    def draw(self, rows: Tensor, context: Tensor) -> None:
        """Fill in the tokens, keys and wanted numbers of these rows, which are in one place of families.

        Shapes:
            rows: (n,), rows of the table, ascending
            context: (n, context)
        """
        net, head, block = self.net, self.net.head, self.table.block
        if head is None:
            return
        self.shares.step()
        owed = self.owed.before(rows)
        mixed = head.start(net.told(context, owed)).clone()
        past = None
        if net.window:
            past = past_of(block.tokens, rows, block.position[rows], net.window).to(context.device)
        token = key = 0
        forced: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for step, what in enumerate(self.blueprint.steps):
            state = head.state(mixed, step)
            if isinstance(what, KeyStep):
                link = self._choose(what, key, state, rows)
                parent = self.tables[what.key.parent].pointed
                vector = net.key_vector(key, parent, link.to(parent.device))
                key += 1
            else:
                if what.part == 0:
                    forced[what.kind + what.name] = self._given(what, rows)
                given, values = forced[what.kind + what.name]
                mine = block.tokens[rows].to(state.device) if past is not None else None
                logits = net.logits(state, step, token, mine, past)
                self._draw_token(what, token, logits, owed, rows, given, values)
                vector = self._token_vector(what, token, rows)
                token += 1
            head.add(mixed, step, vector)

    def forget(self, rows: Tensor) -> None:
        """Rows that are to be drawn again. Shapes: (n,)."""
        for column in self.wanted:
            self.table.numbers[column][rows.numpy()] = np.nan

    def _draw_token(
        self,
        what: TokenStep,
        token: int,
        logits: Tensor,
        owed: Tensor,
        rows: Tensor,
        given: np.ndarray,
        values: np.ndarray,
    ) -> None:
        tokens = self.table.block.tokens
        given = given & (what.part < values.shape[1])
        known = values[:, min(what.part, values.shape[1] - 1)]
        if given.all():
            drawn = torch.from_numpy(known.astype(np.int16))
        else:
            before = tokens[rows, token - 1].long().to(logits.device) if what.part else None
            logits = self.net.mask(logits, token, before, owed)
            if what.kind in (COLUMN, DELTA):
                logits = without_unlikely(logits, self.usual[token])
            if what.kind == AGAIN:
                possible = self.again[what.name].possible(rows).to(logits.device)
                logits = logits.masked_fill(~possible, IMPOSSIBLE)
            logits = self.shares.held(what, logits, given, known == 0)
            logits = self.profiles.held(what, logits, rows, given)
            drawn = self._drawn(what, logits, rows, given, torch.from_numpy(known.astype(np.int16)))
        tokens[rows, token] = drawn
        self.shares.note(what, drawn)

    def _drawn(
        self, what: TokenStep, logits: Tensor, rows: Tensor, given: np.ndarray, known: Tensor
    ) -> Tensor:
        """One outcome per row; of what few rows decide for many, the draw that comes to what it should."""
        weights = self.shares.weights(what)
        if weights is None:
            weights = self.profiles.weights(what, rows)
        best, least = torch.zeros(len(rows), dtype=torch.short), math.inf
        for _ in range(_DRAWS):
            drawn = draw(logits, self.generator, evenly=True, weights=weights).cpu().short()
            if what.kind == COLUMN and self.columns[what.name].fixed_by:
                drawn = drawn[torch.from_numpy(self.fixed.first(self.columns[what.name], rows.numpy()))]
            if given.any():
                drawn = torch.where(torch.from_numpy(given), known, drawn)
            off = max(self.shares.off(what, drawn), self.profiles.off(what, drawn))
            if off < least:
                best, least = drawn, off
            if least <= _NEAR:
                break
        return best

    def _token_vector(self, what: TokenStep, token: int, rows: Tensor) -> Tensor:
        embed, block = self.net.embed, self.table.block
        assert self.vectors_of_values is not None
        index = block.tokens[rows, token].long().to(self.vectors_of_values.device) + embed.starts[token]
        vector = self.vectors_of_values[index]
        last = what.kind == COLUMN and what.part == len(self.columns[what.name].codec.sizes) - 1
        if last and what.name in self.wanted:
            self._settle(self.columns[what.name], token, rows)
            for at in self.derived_at.get(what.name, ()):
                vector = vector + embed.derived[at](block.derived[rows, at].long().to(vector.device))
        return vector

    def _settle(self, column: ColumnPlan, token: int, rows: Tensor) -> None:
        """Fix the numbers of a column that something else refers to."""
        block, width = self.table.block, len(column.codec.sizes)
        mine = self.table.numbers[column.name]
        open_rows = rows.numpy()[np.isnan(mine[rows.numpy()])]
        tokens = block.tokens[open_rows, token - width + 1 : token + 1].long().numpy()
        mine[open_rows] = column.codec.decode_numbers(tokens, self.rng)
        if column.fixed_by:
            mine[open_rows] = mine[open_rows[self.fixed.first(column, open_rows)]]
            self.fixed.note(column, open_rows, mine[open_rows])
        at = self.derived_at.get(column.name, ())
        if at:
            derived = torch.from_numpy(column.codec.derived(mine[rows.numpy()]).astype(np.int16))
            block.derived[rows[:, None], torch.tensor(at)[None, :]] = derived

    def _given(self, what: TokenStep, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Which rows' tokens of a column are known without drawing, and what they are."""
        n, block = len(rows), self.table.block
        nothing = np.zeros(n, dtype=bool), np.zeros((n, 1), dtype=np.int64)
        if what.kind == PROFILE:
            told = self.table.told.get(what.name)
            at = self.blueprint.token_at(PROFILE, what.name)
            return nothing if told is None else (told[rows.numpy()], block.tokens[rows][:, at].numpy())
        unsure = self.table.kept and what.kind == NULL and what.name in self.implied
        if (self.table.kept and not unsure) or what.kind in (COUNT, LEVEL):
            if not self.table.clamped:
                return self.owed.last_count(what.name, rows) or nothing
            at = self.blueprint.token_at(what.kind, what.name)
            return np.ones(n, dtype=bool), block.tokens[rows][:, at].numpy()
        if what.kind in (NULL, AGAIN):
            return self._given_null(what, rows) if what.kind == NULL else self._given_again(what, rows)
        column = self.columns[what.name]
        if what.kind == DELTA:
            width = len(column.delta.sizes if column.delta else ())
            return np.isnan(self.known.base(column, rows)), np.zeros((n, width), dtype=np.int64)
        if what.kind == GAP:
            known, value = self.known.computed(column, rows)
            return ~known | np.isnan(value), nothing[1]
        return self.known.of(column, rows) or nothing

    def _given_null(self, what: TokenStep, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        links = self.table.block.links[what.name][rows].numpy()
        if self.table.kept:  # nothing tells whether the others have one
            return links >= 0, np.zeros((len(rows), 1), dtype=np.int64)
        if self.table.clamped:
            return np.ones(len(rows), dtype=bool), (links < 0).astype(np.int64)[:, None]
        source = next((k.source for k in self.blueprint.keys if k.column == what.name), None)
        determined, found = self._determined(source, rows)
        return determined, (found < 0).astype(np.int64)[:, None]

    def _given_again(self, what: TokenStep, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        block = self.table.block
        if self.table.clamped:
            if what.name not in self.table.again:
                links, position = block.links[what.name].numpy(), block.position.numpy()
                self.table.again[what.name] = again(links, position)
            return np.ones(len(rows), dtype=bool), self.table.again[what.name][rows.numpy()][:, None]
        new = block.position[rows] == 0
        for at in self.blueprint.token_at(NULL, what.name):
            new |= block.tokens[rows, at] == 1
        return new.numpy(), np.full((len(rows), 1), NEW)

    def _determined(self, source: tuple[str, str] | None, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """For a key that follows from another: for which rows it does, and the parents."""
        if source is None:
            return np.zeros(len(rows), dtype=bool), np.full(len(rows), -1)
        through = self.table.block.links[source[0]][rows]
        above = self.blueprint.key_parents[source[0]]
        found = climb(self.blueprints, self.rows, above, (source[1],), through)
        return (through >= 0).numpy(), found.numpy()

    def _choose(self, what: KeyStep, index: int, state: Tensor, rows: Tensor) -> Tensor:
        key, block = what.key, self.table.block
        if self.table.clamped:
            link = block.links[key.column][rows]
            wanted = (link < 0) & (key.column in self.choosers)
        else:
            determined, found = self._determined(key.source, rows)
            link = torch.from_numpy(np.where(determined, found, -1))
            wanted = torch.from_numpy(~determined)
        if key.nullable:
            (at,) = self.blueprint.token_at(NULL, key.column)
            wanted &= block.tokens[rows, at] == 0
        siblings = None if self.table.clamped else self.again.get(key.column)
        which = torch.full((len(rows),), NEW)
        if siblings is not None:
            (at,) = self.blueprint.token_at(AGAIN, key.column)
            which = block.tokens[rows, at].long()
            same = torch.nonzero(wanted & (which != NEW))[:, 0]
            if len(same):
                link[same] = siblings.parents(rows[same], which[same], self.generator)
                self.choosers[key.column].spend(link[same])
            wanted &= which == NEW
        chosen = torch.nonzero(wanted)[:, 0]
        if len(chosen):
            mine = rows[chosen]
            known = agreements_of_children(self.blueprints, self.rows, self.blueprint.name, key, mine)
            chooser = self.choosers[key.column]
            queries = self.net.linker(index).queries(state[chosen.to(state.device)])
            if len(chooser.asked):
                chooser.asked[mine.to(state.device)] = queries
            family = mine - block.position[mine]
            taken = family if key.again else owners(self.blueprint, self.tables, key.column, mine)
            link[chosen] = chooser.choose(queries, known, taken, chooser.brought(mine))
        block.links[key.column][rows] = link
        if siblings is not None:
            siblings.note(rows, link, which)
        return link


def _derived_positions(blueprint: TableBlueprint) -> dict[str, tuple[int, ...]]:
    found, at = {}, 0
    for column, sizes in blueprint.derived:
        found[column.name] = tuple(range(at, at + len(sizes)))
        at += len(sizes)
    return found
