"""Keys that no column holds, but the children tell: all flights of a plane are one airline's, so it is, too.

Where rows with the same parent by one key always have the same parent by another, the first of these parents
gets a further key to the second. It is learned and drawn like any other, so that a plane has one airline, of
its kind, before its flights choose among the planes of theirs. No table of a sample has it.

Where they usually have the same one (a driver his team), the key leads to that, and rows that choose meet it
as often as they do in the data: it is one more way in which a row and its parent agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from typing import Any, Self, final

import numpy as np
import pandas as pd

from synth_models.columns.base import threshold
from synth_models.data.entities import entities
from synth_models.data.relational import RelationalData
from synth_models.data.schema import ForeignKey
from synth_models.data.topology import family_keys, late_keys
from synth_models.graph.detect import follow, key_paths
from synth_models.graph.fixed import Groups
from synth_models.graph.rules import EXACT
from synth_models.graph.usual import gain, usual_parents


@final
@dataclass(frozen=True)
class ImpliedKey:
    """A key that the children of a table tell.

    Args:
        table: Whose rows have it.
        child: The table whose rows tell it,
        by: by their key to ``table``,
        key: and their key to where it points,
        parent: the table.
        columns: What its columns are called.
        least: Entities whose rows must tell it before it may be known of a row that is kept in a sample.
        usual: Whether it leads to whom rows usually have, not always.
    """

    table: str
    child: str
    by: str
    key: str
    parent: str
    columns: tuple[str, ...]
    least: int
    usual: bool = False

    @property
    def foreign_key(self) -> ForeignKey:
        """The key itself."""
        return ForeignKey(self.columns, self.parent, implied=True, usual=self.usual)

    def told(self, data: RelationalData) -> np.ndarray:
        """Whom it leads to, -1 where nothing tells; where rows do not agree, as the first one says, or most.

        Shapes:
            (rows,), of its table
        """
        by, link = data.links[self.child, self.by], data.links[self.child, self.key]
        if self.usual:
            return usual_parents(by, link, len(data[self.table]))
        found = np.full(len(data[self.table]), -1)
        both = np.flatnonzero((by >= 0) & (link >= 0))[::-1]  # of several rows the first one stays
        found[by[both]] = link[both]
        return found

    def state(self) -> dict[str, Any]:
        """Plain data; ``from_state`` is the inverse."""
        return {**asdict(self), "columns": list(self.columns)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The key a checkpoint holds."""
        return cls(**{**state, "columns": tuple(state["columns"])})


def find_implied(data: RelationalData, *, seed: int, min_count: int) -> tuple[ImpliedKey, ...]:
    """The keys that the data's rows imply and that close no cycle: what always holds, then what usually does.

    Args:
        data: The training data.
        seed, min_count: As in ``make_blueprints``.
    """
    families = family_keys(data)
    whose, found = entities(data, families), []

    def add(child: str, by: ForeignKey, key: ForeignKey, *, usual: bool) -> None:
        nonlocal data
        says = "usual in" if usual else "of"
        columns = tuple(_new_name(data, by.parent, f"{c} {says} {child} by {by.name}") for c in key.columns)
        least = threshold(pd.Series(data.links[child, key.name], name=columns[0]), min_count, seed)
        found.append(ImpliedKey(by.parent, child, by.name, key.name, key.parent, columns, least, usual))
        data = widened(data, found[-1:])

    always = [one for table in data.schema.tables for one in _likely(data, table)]
    usually = [
        one for table in data.schema.tables for one in _usually(data, table, families[table], whose[table])
    ]
    for child, by, key, groups in always:
        codes, family = {key.name: data.links[child, key.name]}, families[child]
        if _reached_already(data, child, by, key, EXACT):
            continue
        if groups.told((by.name,), codes, family, whose[child]):
            add(child, by, key, usual=False)
    for _, share, child, by, key in sorted(usually, key=lambda one: -one[0]):
        if not _reached_already(data, child, by, key, share):
            add(child, by, key, usual=True)
    return tuple(found)


def _likely(data: RelationalData, child: str) -> Iterator[tuple[str, ForeignKey, ForeignKey, Groups]]:
    """Pairs of keys of a table, the first of which tells the second of a few rows."""
    late, mixed = late_keys(data), np.random.default_rng(0).permutation(len(data[child]))
    keys = [key for key in data.schema.tables[child].foreign_keys if (child, key.name) not in late]
    links = {key.name: data.links[child, key.name] for key in keys}
    groups = Groups(links, mixed)
    for by, key in permutations(keys, 2):
        if set(by.columns) & set(key.columns) or by.parent == key.parent:
            continue
        if (links[key.name][links[by.name] >= 0] < 0).any():
            continue  # then it would have to be told who has none
        if groups.likely((by.name,), {key.name: links[key.name]}):
            yield child, by, key, groups


def _usually(
    data: RelationalData, child: str, family: str | None, whose: np.ndarray
) -> Iterator[tuple[float, float, str, ForeignKey, ForeignKey]]:
    """Pairs of keys of a table, the first of which tells whom the second usually leads to; before them how
    much that is over chance, and how usual: shares of the rows.

    Neither makes families: what siblings have in common is told otherwise (``graph.again``).
    """
    late = late_keys(data)
    keys = [k for k in data.schema.tables[child].foreign_keys if (child, k.name) not in late]
    for by, key in permutations(keys, 2):
        if set(by.columns) & set(key.columns) or by.parent == key.parent or family in (by.name, key.name):
            continue
        others = [data.links[child, other.name] for other in keys if other not in (by, key)]
        one, other = data.links[child, by.name], data.links[child, key.name]
        gained = gain(one, other, others, whose)
        if gained:
            told = usual_parents(one, other, len(data[by.parent]))
            share = (told[one] == other)[(one >= 0) & (other >= 0)].mean()
            yield gained, min(float(share), EXACT), child, by, key


def widened(data: RelationalData, implied: Sequence[ImpliedKey]) -> RelationalData:
    """The data with keys that their rows imply.

    Args:
        data: Data without them.
        implied: The keys.
    """
    for one in implied:
        data = data.with_key(one.table, one.foreign_key, one.told(data))
    return data


def _reached_already(data: RelationalData, child: str, by: ForeignKey, key: ForeignKey, share: float) -> bool:
    """Whether the parent's own keys lead where this one does, as often, or the other way round."""
    late, goal = late_keys(data), key.parent
    if by.parent in _above(data, goal):
        return True
    rows, own = np.arange(len(data[child])), data.links[child, key.name]
    for path, end in key_paths(data, by.parent, late).items():
        if end == goal:
            theirs = follow(data.links, data, child, (by.name, *path), rows)
            both = (own >= 0) & (theirs >= 0)
            if both.any() and (own[both] == theirs[both]).mean() >= share:
                return True
    return False


def _above(data: RelationalData, table: str) -> set[str]:
    """The tables above one, by late keys as well: no new cycle comes about, and no other key must be late."""
    found, waiting = {table}, [table]
    while waiting:
        above = {key.parent for key in data.schema.tables[waiting.pop()].foreign_keys}
        waiting += above - found
        found |= above
    return found - {table}


def _new_name(data: RelationalData, table: str, name: str) -> str:
    while name in data.schema.tables[table].columns:
        name += "'"
    return name
