"""The rows of a data set in the order they are stored in: families one after the other, siblings in order."""

from collections.abc import Mapping
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec
from synth_models.data.relational import RelationalData
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.computed import Above
from synth_models.graph.profile_plan import Children, ProfilePlan
from synth_models.graph.ties import tie_ranks


@final
class StoredRows:
    """Where the rows of data are stored, and what is read of them there.

    Args:
        data: Data with the blueprints' schema.
        blueprints: Parents before children.
    """

    def __init__(self, data: RelationalData, blueprints: Mapping[str, TableBlueprint]) -> None:
        self.data, self.blueprints = data, blueprints
        self.order, place = _storage(data, blueprints)
        """Per table the data frame rows in stored order. Shapes: (rows,)"""
        self.links = {
            (name, column): _moved(link, self.order[name], place[_parent(data, name, column)])
            for (name, column), link in data.links.items()
        }
        """Per table and foreign key the parent's stored row, -1 for none. Shapes: (rows,)"""
        self._children: dict[tuple[str, str], Children] = {}
        self._profiles: dict[tuple[str, str], np.ndarray] = {}
        self._read: dict[tuple[str, str], np.ndarray] = {}

    def family(self, name: str) -> np.ndarray:
        """The family parent of every row of a table, -1 for none. Shapes: (rows,)."""
        key = self.blueprints[name].family
        return self.links[name, key] if key else np.full(len(self.order[name]), -1)

    def numbers(self, name: str, column: str) -> np.ndarray:
        """The numbers of a column. Shapes: (rows,)."""
        if (name, column) in self._read:  # for its parents' profiles
            return self._read.pop((name, column))
        return self._codec(name, column).to_numbers(self.data[name][column])[self.order[name]]

    def _codec(self, name: str, column: str) -> Codec:
        return next(c.codec for c in self.blueprints[name].columns if c.name == column)

    def profile(self, plan: ProfilePlan) -> np.ndarray:
        """The means or ends of every parent's children, NaN without any. Shapes: (parents,)."""
        if (plan.child, plan.name) not in self._profiles:
            key, place = plan.key or self.blueprints[plan.child].family, (plan.child, plan.column)
            assert key is not None
            parent = self.blueprints[plan.child].key_parents[key]
            numbers = self.numbers(*place)
            self._read[place] = numbers
            values = plan.read(numbers, self._codec(*place))
            if (plan.child, key) not in self._children:
                self._children[plan.child, key] = Children(
                    self.links[plan.child, key], len(self.order[parent])
                )
            children = self._children[plan.child, key]
            self._profiles[plan.child, plan.name] = plan.of_families(values, children)
        return self._profiles[plan.child, plan.name]

    def above(self, name: str) -> Above:
        """The numbers of the parents of a table's rows."""

        def above(key: str, column: str) -> np.ndarray:
            link, theirs = self.links[name, key], self.numbers(self.blueprints[name].key_parents[key], column)
            return np.where(link >= 0, theirs[link], np.nan) if len(theirs) else np.full(len(link), np.nan)

        return above


def _storage(
    data: RelationalData, blueprints: Mapping[str, TableBlueprint]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """For every table the data frame rows in stored order, and the stored place of each of them."""
    order: dict[str, np.ndarray] = {}
    place: dict[str, np.ndarray] = {}
    for name, blueprint in blueprints.items():
        n = len(data[name])
        ties = _ties(data, blueprint)
        keys: list[np.ndarray] = [] if ties is None else [ties]
        if blueprint.family and blueprint.parent:
            keys += [pd.factorize(data[name][c], sort=True)[0] for c in reversed(blueprint.order)]
            keys.append(_moved(data.links[name, blueprint.family], np.arange(n), place[blueprint.parent]))
        order[name] = np.lexsort(keys) if keys else np.arange(n)
        place[name] = np.empty(n, dtype=np.int64)
        place[name][order[name]] = np.arange(n)
    return order, place


def _parent(data: RelationalData, name: str, column: str) -> str:
    return next(k.parent for k in data.schema.tables[name].foreign_keys if k.name == column)


def _moved(link: np.ndarray, order: np.ndarray, place: np.ndarray) -> np.ndarray:
    link = link[order]
    if not len(place):
        return np.full(len(link), -1)
    moved = place[link]
    moved[link < 0] = -1
    return moved


def _ties(data: RelationalData, blueprint: TableBlueprint) -> np.ndarray | None:
    """The order of siblings of the same time; None for that of the data. Shapes: (rows,)."""
    if blueprint.chain is None or blueprint.family is None:
        return None
    codecs = {c.name: c.codec for c in blueprint.columns}
    (rule, *_) = next(c.rules for c in blueprint.columns if c.name == blueprint.chain)
    return tie_ranks(data, blueprint.name, blueprint.family, blueprint.order, codecs, blueprint.chain, rule)
