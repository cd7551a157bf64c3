"""Batches of whole families, with the rows of other families that they refer to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows

SMALL_TABLE = 512
"""Parents of a smaller table are all candidates of every key step; of a larger one, those the
batch refers to.
"""


@final
@dataclass(frozen=True)
class Batch:
    """Rows to learn from (whole families) and the rows they refer to, all tables together.

    Shapes:
        rows: per table (n,), the row numbers in ``Rows``, ascending
        tree: per table (m,), which of these are learned from, ascending
        links: per (table, key) (n,), index into ``rows`` of the parent's table, -1 where missing
        tree_parent: per table (m,), index into ``tree`` of the family parent's table, -1 for none
    """

    rows: dict[str, Tensor]
    tree: dict[str, Tensor]
    links: dict[tuple[str, str], Tensor]
    tree_parent: dict[str, Tensor]

    @property
    def n_rows(self) -> int:
        """How many rows are learned from."""
        return sum(len(rows) for rows in self.tree.values())

    def to(self, device: torch.device) -> "Batch":
        """The same batch on a device."""
        return Batch(
            rows={k: v.to(device) for k, v in self.rows.items()},
            tree={k: v.to(device) for k, v in self.tree.items()},
            links={k: v.to(device) for k, v in self.links.items()},
            tree_parent={k: v.to(device) for k, v in self.tree_parent.items()},
        )


@final
class Families:
    """The families of one root table: its units are the root rows and the rows without a family parent.

    Args:
        rows: The encoded rows.
        blueprints: Parents before children.
        root: The root table.
    """

    def __init__(self, rows: Rows, blueprints: Mapping[str, TableBlueprint], root: str) -> None:
        self.root = root
        self.tables = [root]
        self._first = {root: np.arange(len(rows[root]))}
        unit_of = dict(self._first)
        units = len(rows[root])
        for name, blueprint in blueprints.items():
            if blueprint.family is None or blueprint.parent not in unit_of:
                continue
            parent = rows[name].links[blueprint.family].numpy()
            mine = np.where(parent >= 0, unit_of[blueprint.parent][parent], -1) if len(parent) else parent
            alone = mine < 0
            mine[alone] = units + np.arange(alone.sum())
            units += int(alone.sum())
            self._first[name] = np.flatnonzero(alone)
            unit_of[name] = mine
            self.tables.append(name)
        self.units = units
        self.sizes = np.zeros(units, dtype=np.int64)
        for unit in unit_of.values():
            self.sizes += np.bincount(unit, minlength=units)
        self._rows = {name: np.argsort(unit, kind="stable") for name, unit in unit_of.items()}
        self._starts = {
            name: np.searchsorted(unit[self._rows[name]], np.arange(units + 1))
            for name, unit in unit_of.items()
        }

    def members(self, units: np.ndarray) -> dict[str, np.ndarray]:
        """The rows of these families, per table, ascending."""
        found = {}
        for name in self.tables:
            starts, ends = self._starts[name][units], self._starts[name][units + 1]
            counts = ends - starts
            inside = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            found[name] = np.sort(self._rows[name][np.repeat(starts, counts) + inside])
        return found

    def by_first_row(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """For every unit what the values say of the row that it begins with; per table (rows,)."""
        return np.concatenate([values[name][rows] for name, rows in self._first.items()])

    def draw(
        self, units: np.ndarray, rows_per_batch: int, rng: np.random.Generator, at_most: int | None = None
    ) -> Iterator[np.ndarray]:
        """The units in random order, in batches of about that many rows (one unit at least).

        Args:
            units: To draw from.
            rows_per_batch: About how many rows a batch has.
            rng: Where the order comes from.
            at_most: How many units a batch has at most; None for any number.
        """
        shuffled = rng.permutation(units)
        cumulative = np.cumsum(self.sizes[shuffled])
        which = (cumulative - self.sizes[shuffled]) // max(1, rows_per_batch)
        for batch in np.split(shuffled, np.flatnonzero(np.diff(which)) + 1):
            yield from np.array_split(batch, max(1, -(-len(batch) // at_most)) if at_most else 1)


def families(rows: Rows, blueprints: Mapping[str, TableBlueprint]) -> list[Families]:
    """The families of every root table."""
    return [Families(rows, blueprints, name) for name, b in blueprints.items() if b.family is None]


def make_batch(
    members: Mapping[str, np.ndarray], rows: Rows, blueprints: Mapping[str, TableBlueprint]
) -> Batch:
    """A batch to learn from: the members, and every row they refer to, directly or further up."""
    local = _closure(members, rows, blueprints)
    links = {
        (name, column): _find(local.get(parent), rows[name].links[column][mine])
        for name, mine in local.items()
        for column, parent in blueprints[name].key_parents.items()
    }
    tree = {
        name: torch.searchsorted(local[name], torch.from_numpy(mine))
        for name, mine in members.items()
        if len(mine)
    }
    tree_parent = {}
    for name, mine in tree.items():
        blueprint = blueprints[name]
        if blueprint.family and blueprint.parent:
            above = torch.from_numpy(members.get(blueprint.parent, np.zeros(0, dtype=np.int64)))
            tree_parent[name] = _find(above, rows[name].links[blueprint.family][local[name]][mine])
    return Batch(local, tree, links, tree_parent)


def _closure(
    members: Mapping[str, np.ndarray], rows: Rows, blueprints: Mapping[str, TableBlueprint]
) -> dict[str, Tensor]:
    """Per table, parents first, the members and all they refer to, ascending."""
    wanted: dict[str, list[Tensor]] = {name: [] for name in blueprints}
    for name, mine in members.items():
        wanted[name].append(torch.from_numpy(mine))
        if len(mine):
            for parent, chosen in _candidates(torch.from_numpy(mine), rows, blueprints[name]):
                wanted[parent].append(chosen)
    local: dict[str, Tensor] = {}
    for name in reversed(list(blueprints)):
        if not wanted[name]:
            continue
        local[name] = torch.unique(torch.cat(wanted[name]))
        for column, parent in blueprints[name].key_parents.items():
            link = rows[name].links[column][local[name]]
            wanted[parent].append(link[link >= 0])
    return {name: local[name] for name in blueprints if name in local}


def _candidates(mine: Tensor, rows: Rows, blueprint: TableBlueprint) -> Iterator[tuple[str, Tensor]]:
    """Per table the rows that keys of these rows choose from, beyond those that all rows refer to."""
    for key in (*blueprint.keys, *blueprint.late):
        if len(rows[key.parent]) <= SMALL_TABLE:
            yield key.parent, torch.arange(len(rows[key.parent]))
    for key in blueprint.late:
        link = rows[blueprint.name].links[key.column][mine]
        yield key.parent, link[link >= 0]


def _find(among: Tensor | None, wanted: Tensor) -> Tensor:
    if among is None or not len(among):
        return torch.full_like(wanted, -1)
    return torch.where(wanted >= 0, torch.searchsorted(among, wanted.clamp(min=0)), -1)
