"""The numbers that rules of a table may read, as they are in the data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec
from synth_models.columns.support import ranked
from synth_models.data.relational import RelationalData
from synth_models.graph.detect import previous_rows
from synth_models.graph.numbers import Numbers
from synth_models.graph.rules import DATE_PARTS, MISSING, TIME_PARTS, Operand, Rule, visible
from synth_models.graph.ties import tie_ranks

SAMPLE = 20_000
"""Rows that relations are looked for in."""
_ALL = slice(None)
_DRAWS = 4
_KEPT = 2
"""Coded columns that are kept: what is tabulated next often has one in common."""
_SECONDS = {"date": 86_400.0, "datetime": 1.0, "time": 1.0, "duration": 1.0}


@final
class Readings:
    """What rules of one table may read.

    Args:
        data: All tables.
        name: The table.
        family: Its family key, if any.
        order: The columns its siblings are ordered by.
        codecs: Of its columns.
        parents: Per foreign key whose parent is known before the columns are drawn, the parent and the codecs
            of its columns.
        ties: Where every row is among siblings of the same time, if not as in the data. Shapes: (rows,)
        numbers: Those of its columns, if some are read already.
        mixed: Its rows in an order that tells nothing, if there is one already. Shapes: (rows,)
    """

    def __init__(
        self,
        data: RelationalData,
        name: str,
        family: str | None,
        order: Sequence[str],
        codecs: Mapping[str, Codec],
        parents: Mapping[str, tuple[str, Mapping[str, Codec]]],
        *,
        ties: np.ndarray | None = None,
        numbers: Numbers | None = None,
        mixed: np.ndarray | None = None,
    ) -> None:
        self.data, self.name, self.family, self.order = data, name, family, list(order)
        self.codecs, self.parents, self.ties = codecs, parents, ties
        self.numbers = numbers or Numbers(data[name], codecs)
        self.mixed = np.random.default_rng(0).permutation(len(data[name])) if mixed is None else mixed
        self.rows = np.sort(self.mixed[:SAMPLE])
        self._sampled: dict[Operand, np.ndarray] = {}
        self._written: dict[Operand, tuple[float, ...]] = {}
        self._unclear: dict[Operand, np.ndarray] = {}
        self._before: np.ndarray | None = None
        self._coded: dict[Operand, tuple[np.ndarray, np.ndarray]] = {}

    def in_order_of(self, order: Sequence[str]) -> "Readings":
        """The same with siblings ordered by these columns."""
        return self._again(order)

    def ordered_by(self, column: str, rule: Rule) -> "Readings":
        """The same with siblings of the same time in the order in which a column runs on."""
        assert self.family is not None
        ties = tie_ranks(self.data, self.name, self.family, self.order, self.codecs, column, rule)
        return self._again(self.order, ties)

    def _again(self, order: Sequence[str], ties: np.ndarray | None = None) -> "Readings":
        return Readings(
            self.data,
            self.name,
            self.family,
            order,
            self.codecs,
            self.parents,
            ties=ties,
            numbers=self.numbers,
            mixed=self.mixed,
        )

    def type_of(self, operand: Operand) -> str:
        """The column type of what is read."""
        table = self.parents[operand.key][0] if operand.key else self.name
        return self.data.schema.tables[table].columns[operand.column].type

    def codec_of(self, operand: Operand) -> Codec:
        """The codec of the column that is read."""
        codecs = self.parents[operand.key][1] if operand.key else self.codecs
        return codecs[operand.column]

    def seconds(self, operand: Operand) -> float | None:
        """How many seconds one stands for; None for what is no time."""
        return _SECONDS.get(self.type_of(operand)) if operand.part is None else None

    def all_rows(self, operand: Operand) -> np.ndarray:
        """What would be read in every row of the data frame. Shapes: (rows,)."""
        return self._read(operand, _ALL)

    def coded(self, operand: Operand) -> tuple[np.ndarray, np.ndarray]:
        """What can be seen in every row as places among the values, and these, rising; see ``visible``.

        The values of a parent are told apart in the parent's rows, which are fewer.

        Shapes:
            returns: (rows,) int64, (values,)
        """
        if operand not in self._coded:
            for old in list(self._coded)[: 1 - _KEPT]:
                del self._coded[old]
            self._coded[operand] = self._code(operand)
        return self._coded[operand]

    def _code(self, operand: Operand) -> tuple[np.ndarray, np.ndarray]:
        if not operand.key:
            return ranked(visible(self.all_rows(operand)))
        table, codecs = self.parents[operand.key]
        theirs = operand.of(codecs[operand.column].to_numbers(self.data[table][operand.column]))
        codes, values = ranked(np.r_[visible(theirs), MISSING])  # -1 is the last one
        return codes[self.data.links[self.name, operand.key]], values

    def _read(self, operand: Operand, rows: np.ndarray | slice) -> np.ndarray:
        """What would be read in some rows of the data frame, at the cost of these. Shapes: (rows,)."""
        if operand.key:
            table, codecs = self.parents[operand.key]
            values, at = self.data[table][operand.column], self.data.links[self.name, operand.key][rows]
            there, numbers = at >= 0, np.full(len(at), np.nan)
            needed, place = (_ALL, at[there]) if rows is _ALL else np.unique(at[there], return_inverse=True)
            numbers[there] = codecs[operand.column].to_numbers(values.iloc[needed])[place]
        elif operand.previous:
            at, start = self._siblings()[rows], self._start(operand, rows)
            there = at >= 0
            numbers = start if isinstance(start, np.ndarray) else np.full(len(at), start)
            numbers[there] = self.numbers[operand.column][at[there]]
        else:
            numbers = self.numbers[operand.column][rows]
        return operand.of(numbers)

    def _siblings(self) -> np.ndarray:
        """For every row the sibling before it, -1 for the first. Shapes: (rows,)."""
        assert self.family is not None
        if self._before is None:
            frame = self.data[self.name]
            ranks = [pd.factorize(frame[c], sort=True)[0] for c in self.order]
            self._before = previous_rows(self.data.links[self.name, self.family], ranks, self.ties)
        return self._before

    def _start(self, operand: Operand, rows: np.ndarray | slice) -> np.ndarray | float:
        """What counts as the number before the first sibling's, for every row."""
        if not isinstance(operand.start, str):
            return np.nan if operand.start is None else operand.start
        return self._read(Operand(operand.start, self.family), rows)

    def sample(self, operand: Operand) -> np.ndarray:
        """What would be read in the rows of the sample. Shapes: (sample,)."""
        if operand not in self._sampled:
            whole = replace(operand, part=None, seconds=1.0, levels=())
            self._sampled[operand] = (
                self._read(operand, self.rows) if operand == whole else operand.of(self.sample(whole))
            )
        return self._sampled[operand]

    def own(self) -> list[Operand]:
        """The table's own columns, but for texts."""
        return [Operand(c) for c in self.codecs if self.type_of(Operand(c)) != "text"]

    def above(self) -> list[Operand]:
        """The columns of the parents, but for texts."""
        found = [Operand(c, key) for key, (_, codecs) in self.parents.items() for c in codecs]
        return [operand for operand in found if self.type_of(operand) != "text"]

    def parts(self) -> list[Operand]:
        """The parts of the table's own dates and times."""
        found = []
        for operand in self.own():
            kind, seconds = self.type_of(operand), self.seconds(operand)
            parts = {"date": DATE_PARTS, "datetime": (*DATE_PARTS, *TIME_PARTS, "date"), "time": TIME_PARTS}
            for part in parts.get(kind, ()):
                found.append(replace(operand, part=part, seconds=seconds))
        return found

    def numeric(self, operands: Sequence[Operand]) -> list[Operand]:
        """Those that can be calculated with; categories that are written as numbers among them."""
        found = []
        for operand in operands:
            if self.codec_of(operand).continuous or operand.part is not None:
                found.append(operand)
            elif levels := self._levels(replace(operand, previous=False)):
                found.append(replace(operand, levels=levels))
        return found

    def _levels(self, operand: Operand) -> tuple[float, ...]:
        """The numbers that categories stand for; none if they are no numbers."""
        if operand not in self._written:
            self._written[operand] = self._find_levels(operand)
        return self._written[operand]

    def _find_levels(self, operand: Operand) -> tuple[float, ...]:
        codec, numbers = self.codec_of(operand), self.sample(operand)
        codes = np.unique(numbers[~np.isnan(numbers)])
        if self.type_of(operand) != "categorical" or not len(codes):
            return ()
        some = codec.from_numbers(codes[:_DRAWS], np.random.default_rng(0)).astype(object)
        if pd.to_numeric(some, errors="coerce").isna().all():
            return ()
        codes = np.setdiff1d(codes, self.unclear(operand))
        values = codec.from_numbers(np.repeat(codes, _DRAWS), np.random.default_rng(0)).astype(object)
        drawn = values.to_numpy().reshape(-1, _DRAWS)
        stays = (codec.to_numbers(values) == np.repeat(codes, _DRAWS)).reshape(drawn.shape).all(1)
        codes = codes[stays & (drawn == drawn[:, :1]).all(1)]  # a rare value is made up anew each time
        if not len(codes):
            return ()
        values = codec.from_numbers(codes, np.random.default_rng(0)).astype(object)
        written = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        levels = np.full(int(codes.max()) + 1, np.nan)
        levels[codes.astype(np.int64)] = written
        return tuple(levels.tolist()) if np.isfinite(written).all() else ()

    def unclear(self, operand: Operand) -> np.ndarray:
        """Numbers that stand for several values (all the rare ones)."""
        if operand not in self._unclear:
            self._unclear[operand] = self._find_unclear(operand)
        return self._unclear[operand]

    def _find_unclear(self, operand: Operand) -> np.ndarray:
        codec = self.codec_of(operand)
        if codec.continuous or operand.part is not None:
            return np.zeros(0)
        frame = self.data[self.parents[operand.key][0] if operand.key else self.name]
        numbers, counts = np.unique(
            codec.to_numbers(frame[operand.column].drop_duplicates().dropna()), return_counts=True
        )
        return numbers[counts > 1]
