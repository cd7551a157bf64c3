"""One row after the other's step: draws tokens and keys of a set of rows of one table."""

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import (
    COLUMN,
    COUNT,
    DELTA,
    GAP,
    LEVEL,
    NULL,
    ColumnPlan,
    KeyStep,
    TableBlueprint,
    TokenStep,
)
from synth_models.graph.computed import computed
from synth_models.graph.rules import depends_on
from synth_models.graph.totals import owed
from synth_models.nn.decoder import TableDecoder, agreements_of_children, climb
from synth_models.nn.urn import past_of
from synth_models.sampling.fks import Chooser, draw
from synth_models.sampling.parents import owners
from synth_models.sampling.state import Table


@final
class RowDrawer:
    """Draws rows of one table, all steps in order, many rows at once.

    Args:
        net: The table's decoder.
        blueprints: Of all tables.
        tables: The tables made so far and this one.
        choosers: Per further key how its parents are chosen; empty where keys are given.
        generator: Where draws of tokens come from.
        rng: Where draws within cells come from.
    """

    def __init__(
        self,
        net: TableDecoder,
        blueprints: Mapping[str, TableBlueprint],
        tables: Mapping[str, Table],
        choosers: Mapping[str, Chooser],
        generator: torch.Generator,
        rng: np.random.Generator,
    ) -> None:
        self.net, self.blueprints, self.tables, self.choosers = net, blueprints, tables, choosers
        self.generator, self.rng = generator, rng
        self.blueprint = net.blueprint
        self.table = tables[self.blueprint.name]
        self.rows = {name: table.block for name, table in tables.items()}
        self.columns = {column.name: column for column in self.blueprint.columns}
        self._bases = np.zeros(0)
        self._parents: dict[tuple[str, str], np.ndarray] = {}
        self.derived_at = _derived_positions(self.blueprint)
        self.wanted = _wanted_numbers(self.blueprint, blueprints)
        self.vectors_of_values = net.embed.table() if self.blueprint.tokens else None
        self._so_far = [np.zeros(len(self.table)) for _ in self.blueprint.sums]
        for column in self.wanted:
            self.table.numbers.setdefault(column, np.full(len(self.table), np.nan))

    def draw(self, rows: Tensor, context: Tensor) -> None:
        """Fill in the tokens, keys and wanted numbers of these rows.

        Shapes:
            rows: (n,), rows of the table, ascending
            context: (n, context)
        """
        net, head, block = self.net, self.net.head, self.table.block
        if head is None:
            return
        mixed = head.start(net.told(context, self._owed(rows))).clone()
        past = past_of(block.tokens, rows, block.position[rows], block.siblings[rows]) if net.urn else None
        token = key = 0
        forced: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for step, what in enumerate(self.blueprint.steps):
            state = head.state(mixed, step)
            if isinstance(what, KeyStep):
                link = self._choose(what, key, state, rows)
                parent = self.tables[what.key.parent].vectors
                vector = net.key_vector(key, parent, link.to(parent.device))
                key += 1
            else:
                if what.part == 0:
                    forced[what.kind + what.name] = self._given(what, rows)
                given, values = forced[what.kind + what.name]
                mine = block.tokens[rows].to(state.device)
                logits = net.logits(state, step, token, mine, None if given.all() else past)
                self._draw_token(what, token, logits, rows, given, values)
                vector = self._token_vector(what, token, rows)
                token += 1
            head.add(mixed, step, vector)

    def _owed(self, rows: Tensor) -> Tensor:
        """What is missing of every sum before these rows. Shapes: (n, sums, 2)."""
        block, index = self.table.block, rows.numpy()
        position, siblings = block.position[rows].numpy(), block.siblings[rows].numpy()
        found = []
        for total, so_far in zip(self.blueprint.sums, self._so_far, strict=True):
            assert total.column is not None
            before, numbers = np.maximum(index - 1, 0), self.table.numbers[total.column]
            so_far[index] = np.where(position > 0, so_far[before] + np.nan_to_num(numbers[before]), 0.0)
            target = np.full(len(index), total.value)
            if total.parent_column is not None:
                link = block.links[total.key][rows].numpy()
                theirs = self._parents_numbers(total.key, total.parent_column)
                target = np.where(link >= 0, theirs[link], np.nan) if len(theirs) else target * np.nan
            found.append(owed(total, target, so_far[index], siblings - position))
        return torch.from_numpy(np.stack(found, axis=1)) if found else torch.zeros(len(rows), 0, 2)

    def _draw_token(
        self, what: TokenStep, token: int, logits: Tensor, rows: Tensor, given: np.ndarray, values: np.ndarray
    ) -> None:
        tokens = self.table.block.tokens
        given = given & (what.part < values.shape[1])
        if given.all():
            tokens[rows, token] = torch.from_numpy(values[:, what.part].astype(np.int16))
            return
        before = tokens[rows, token - 1].long().to(logits.device) if what.part else None
        drawn = draw(self.net.mask(logits, token, before), self.generator).cpu().short()
        if what.part < values.shape[1] and given.any():
            drawn = torch.where(
                torch.from_numpy(given), torch.from_numpy(values[:, what.part].astype(np.int16)), drawn
            )
        tokens[rows, token] = drawn

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
        at = self.derived_at.get(column.name, ())
        if at:
            derived = torch.from_numpy(column.codec.derived(mine[rows.numpy()]).astype(np.int16))
            block.derived[rows[:, None], torch.tensor(at)[None, :]] = derived

    def _given(self, what: TokenStep, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Which rows' tokens of a column are known without drawing, and what they are."""
        n, block = len(rows), self.table.block
        nothing = np.zeros(n, dtype=bool), np.zeros((n, 1), dtype=np.int64)
        if what.kind in (COUNT, LEVEL):
            if not self.table.clamped:
                return nothing
            at = self.blueprint.token_at(what.kind, what.name)
            return np.ones(n, dtype=bool), block.tokens[rows][:, at].numpy()
        if what.kind == NULL:
            return self._given_null(what, rows)
        column = self.columns[what.name]
        if what.kind == DELTA:
            self._base(column, rows)
            return np.isnan(self._bases), np.zeros(
                (n, len(column.delta.sizes if column.delta else ())), dtype=np.int64
            )
        if what.kind == GAP:
            known, value = self._computed(column, rows)
            return ~known | np.isnan(value), nothing[1]
        return self._given_column(column, rows) or nothing

    def _given_column(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray] | None:
        if column.copy:
            return self._copied(column, rows)
        if column.rules:
            return self._from_rules(column, rows)
        return None if column.delta is None else self._from_difference(column, rows)

    def _given_null(self, what: TokenStep, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        links = self.table.block.links[what.name][rows].numpy()
        if self.table.clamped:
            return np.ones(len(rows), dtype=bool), (links < 0).astype(np.int64)[:, None]
        source = next((k.source for k in self.blueprint.keys if k.column == what.name), None)
        determined, found = self._determined(source, rows)
        return determined, (found < 0).astype(np.int64)[:, None]

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
            return block.links[key.column][rows]
        determined, found = self._determined(key.source, rows)
        link = torch.from_numpy(np.where(determined, found, -1))
        wanted = torch.from_numpy(~determined)
        if key.nullable:
            (at,) = self.blueprint.token_at(NULL, key.column)
            wanted &= block.tokens[rows, at] == 0
        chosen = torch.nonzero(wanted)[:, 0]
        if len(chosen):
            which = rows[chosen]
            known = agreements_of_children(self.blueprints, self.rows, self.blueprint.name, key, which)
            link[chosen] = self.choosers[key.column].choose(
                self.net.linker(index).queries(state[chosen.to(state.device)]),
                known,
                owners(self.blueprint, self.tables, key.column, which),
            )
        block.links[key.column][rows] = link
        return link

    def _base(self, column: ColumnPlan, rows: Tensor) -> None:
        kind = column.base[0] if column.base else ""
        index = rows.numpy()
        if kind == "row" and column.base:
            self._bases = self.table.numbers[column.base[1]][index]
            return
        above = np.full(len(index), np.nan)
        wanted = column.first or (column.base[1] if kind == "parent" and column.base else None)
        if wanted and self.blueprint.parent:
            numbers = self.tables[self.blueprint.parent].numbers[wanted]
            parent = self.table.parent[index]
            if len(numbers):
                above = np.where(parent >= 0, numbers[parent], np.nan)
        if kind == "previous":
            first = self.table.block.position[rows].numpy() == 0
            before = self.table.numbers[column.name][np.maximum(index - 1, 0)]
            above = np.where(first, above, before)
        self._bases = above

    def _from_difference(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        assert column.delta is not None
        index, known = rows.numpy(), ~np.isnan(self._bases)
        at = self.blueprint.token_at(DELTA, column.name)
        tokens = self.table.block.tokens[rows][:, at].long().numpy()
        delta = column.delta.decode(tokens, self.rng)
        if column.by_period:
            periods = column.codec.periods(self._bases)
            assert periods is not None
            return known, column.codec.period_tokens(periods + delta)[:, None]
        numbers = np.clip(self._bases + delta, *column.bounds)
        self.table.numbers[column.name][index[known]] = numbers[known]
        return known, column.codec.encode_numbers(np.where(known, numbers, np.nan))

    def _computed(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """What the rules of a column say of these rows."""
        index, position = rows.numpy(), self.table.block.position[rows].numpy()

        def above(key: str, other: str) -> np.ndarray:
            theirs, link = self._parents_numbers(key, other), self.table.block.links[key][rows].numpy()
            return np.where(link >= 0, theirs[link], np.nan) if len(theirs) else np.full(len(link), np.nan)

        return computed(column, self.table.numbers, index, position, self.blueprint.family, above)

    def _parents_numbers(self, key: str, column: str) -> np.ndarray:
        """The numbers of a parent's column. Shapes: (rows of the parent,)."""
        if (key, column) not in self._parents:
            parent = self.blueprint.key_parents[key]
            codec = next(c.codec for c in self.blueprints[parent].columns if c.name == column)
            frame = self.tables[parent].frame
            assert frame is not None
            self._parents[key, column] = codec.to_numbers(frame[column])
        return self._parents[key, column]

    def _from_rules(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        known, values = self._computed(column, rows)
        if column.gaps:
            (at,) = self.blueprint.token_at(GAP, column.name)
            values = np.where(self.table.block.tokens[rows, at].numpy() == 1, np.nan, values)
        if column.codec.continuous:
            self._hold(column, rows, values)
            values = self._at_decimals(column, values)
        self.table.numbers[column.name][rows.numpy()[known]] = values[known]
        return known, column.codec.encode_numbers(values)

    def _at_decimals(self, column: ColumnPlan, values: np.ndarray) -> np.ndarray:
        return column.codec.to_numbers(column.codec.from_numbers(values, self.rng))

    def _hold(self, column: ColumnPlan, rows: Tensor, values: np.ndarray) -> None:
        """Keep a number that runs on within what was seen: a step that leads beyond is made smaller."""
        step = step_of(column, self.blueprint.columns)
        beyond = (values < column.bounds[0]) | (values > column.bounds[1])
        if step is None or not beyond.any():
            return
        which, numbers = rows[torch.from_numpy(beyond)], self.table.numbers[step]
        index, wanted = which.numpy(), np.clip(values[beyond], *column.bounds)
        drawn, numbers[index] = numbers[index], 0.0
        _, before = self._computed(column, which)
        with np.errstate(all="ignore"):
            part = np.clip((wanted - before) / (values[beyond] - before), 0.0, 1.0)
        codec = self.columns[step].codec
        numbers[index] = self._at_decimals(self.columns[step], np.nan_to_num(part) * drawn)
        at = torch.tensor(self.blueprint.token_at(COLUMN, step))
        tokens = torch.from_numpy(codec.encode_numbers(numbers[index]).astype(np.int16))
        self.table.block.tokens[which[:, None], at[None, :]] = tokens
        values[beyond] = self._computed(column, which)[1]

    def _copied(self, column: ColumnPlan, rows: Tensor) -> tuple[np.ndarray, np.ndarray]:
        assert column.copy is not None
        key, other = column.copy
        link = self.table.block.links[key][rows].numpy()
        frame = self.tables[self.blueprint.key_parents[key]].frame
        assert frame is not None
        known = link >= 0
        values = np.full(len(link), np.nan)
        if known.any():
            values[known] = column.codec.to_numbers(frame[other].iloc[link[known]].reset_index(drop=True))
        if column.name in self.wanted:
            self.table.numbers[column.name][rows.numpy()[known]] = values[known]
        return known, column.codec.encode_numbers(values)


def step_of(column: ColumnPlan, columns: Sequence[ColumnPlan]) -> str | None:
    """The column whose number is added to that of the sibling before, if nothing else is computed from it."""
    operands = [operand for rule in column.rules[:1] for operand in rule.operands[:2]]
    if len(column.rules) != 1 or not any(o.previous and o.column == column.name for o in operands):
        return None
    drawn = {c.name: c for c in columns if not (c.rules or c.copy or c.base) and c.codec.continuous}
    for operand in operands:
        readers = [c for c in columns if operand.column in depends_on(c.rules)]
        if operand.own and operand.column in drawn and readers == [column]:
            return operand.column
    return None


def _derived_positions(blueprint: TableBlueprint) -> dict[str, tuple[int, ...]]:
    found, at = {}, 0
    for column, sizes in blueprint.derived:
        found[column.name] = tuple(range(at, at + len(sizes)))
        at += len(sizes)
    return found


def _wanted_by_rules(column: ColumnPlan) -> set[str]:
    """A computed column, and those of its table that it is computed from."""
    operands = [operand for rule in column.rules for operand in rule.operands]
    return {column.name, *(o.column for o in operands if o.key is None)} if operands else set()


def _wanted_numbers(blueprint: TableBlueprint, blueprints: Mapping[str, TableBlueprint]) -> set[str]:
    """The columns whose numbers something refers to before the table is finished."""
    wanted = {column.name for column, _ in blueprint.derived}
    wanted |= {total.column for total in blueprint.sums if total.column}
    for column in blueprint.columns:
        wanted |= _wanted_by_rules(column)
        if column.base:
            wanted.add(column.name)
            if column.base[0] == "row":
                wanted.add(column.base[1])
    for child in blueprint.family_children:
        for column in blueprints[child].columns:
            if column.first:
                wanted.add(column.first)
            elif column.base and column.base[0] == "parent":
                wanted.add(column.base[1])
    return wanted
