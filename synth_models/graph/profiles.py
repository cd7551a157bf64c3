"""What the rows of a family come to on average: drawn with their parent, and then kept to row by row.

Families differ by more than chance, or by less: some accounts never use a card, every molecule is half
carbon. Rows that are drawn one after the other lose both. So the parent's row ends with a profile of its
family (means of numbers, shares of values), and every child knows what is still missing of it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import final

import numpy as np

from synth_models.columns.grid import NumberGrid
from synth_models.data.entities import FEW
from synth_models.data.relational import RelationalData
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.profile_plan import LEAST, MOST, Children, ProfilePlan
from synth_models.graph.protection import Protection
from synth_models.graph.readings import Readings

_MOST = 12
"""Profiles of the rows of one table."""
_VALUES = 5
"""Values of a column whose shares may be told: the most common ones."""
_KINDS = 64
_SHARE = 0.01
_RATIO = 1.5
"""How far the variance between families must be from that of rows dealt out at random."""
_CHANCE = 3.0
"""The same in standard deviations of what chance makes of it."""
_FEWEST = 12
"""Families of several rows that it takes to tell."""
_ROWS = 200_000
_CELLS = 24
_RUNNING = 6
"""Columns that run on whose ends are told."""
_PARTS = 32
"""Of what is between the ends of all numbers: what the distance from those of a family is measured in."""
_NUMBERS = {"integer", "numeric"}


def find_profiles(
    readings: Readings, blueprint: TableBlueprint, told: Collection[str], protection: Protection
) -> TableBlueprint:
    """The blueprint of a table with the profiles of its parents' children that tell something.

    Args:
        readings: The table.
        blueprint: The table's, all but these.
        told: The columns that others always tell.
        protection: What a rare mean or share is protected by.
    """
    known = {*told, *(total.column for total in blueprint.sums), *_running(blueprint)}
    free = [c for c in blueprint.columns if not c.copy and c.delta is None and c.name not in known]
    steered: list[ProfilePlan] = []
    if blueprint.family is not None:
        steered = _means(readings, blueprint, blueprint.family, free, protection)
        if _enough(readings.data, blueprint):
            steered += _ends(readings, blueprint, blueprint.family, protection)
    hubs = [
        plan for key in blueprint.keys for plan in _means(readings, blueprint, key.column, free, protection)
    ]
    return replace(blueprint, steered=tuple(steered), hubs=tuple(hubs))


def _means(
    readings: Readings,
    blueprint: TableBlueprint,
    key: str,
    columns: Sequence[ColumnPlan],
    protection: Protection,
) -> list[ProfilePlan]:
    """The means of numbers and the shares of values by which the children of parents differ."""
    data, name, parent = readings.data, blueprint.name, blueprint.key_parents[key]
    children, by = (
        Children(data.links[name, key], len(data[parent])),
        None if key == blueprint.family else key,
    )
    plans = []
    for column, token, values in _telling(readings, columns, children):
        means = children.means(values)
        scale = float((np.nanstd if np.isnan(values).any() else np.std)(values))
        least = _least(means, f"{name}.{column}", protection)
        grid = _grid(means, least, parent, protection)
        plans.append(ProfilePlan(name, column, token, grid, scale, key=by, least=least))
    return plans


def _ends(
    readings: Readings, blueprint: TableBlueprint, key: str, protection: Protection
) -> list[ProfilePlan]:
    """The least and the most of what runs on from child to child."""
    data, name, parent = readings.data, blueprint.name, blueprint.key_parents[key]
    children, plans = Children(data.links[name, key], len(data[parent])), list[ProfilePlan]()
    running = [c for c in blueprint.columns if c.level and c.type in _NUMBERS]
    for column in running[:_RUNNING]:
        values = readings.numbers[column.name]
        scale = (column.bounds[1] - column.bounds[0]) / _PARTS
        for how in (LEAST, MOST):
            found = children.ends(values, how)
            least = _least(found, f"{name}.{column.name}", protection)
            grid = _grid(found, least, parent, protection)
            plans.append(ProfilePlan(name, column.name, None, grid, scale, how))
    return plans


def _enough(data: RelationalData, blueprint: TableBlueprint) -> bool:
    """Whether there are as many families of several rows as it takes."""
    link = data.links[blueprint.name, str(blueprint.family)]
    return int((np.bincount(link[link >= 0]) > 1).sum()) >= FEW


def _least(found: np.ndarray, what: str, protection: Protection) -> int:
    """How many entities must share what is stored of these means or ends. Shapes: (parents,)."""
    return protection.least(np.sort(found.astype(np.float32)), what)


def _grid(found: np.ndarray, least: int, parent: str, protection: Protection) -> NumberGrid:
    """The means, or the ends, of the children of all rows of a parent as tokens. Shapes: (parents,)."""
    return NumberGrid.fit(
        found,
        min_count=least,
        entities=protection.entities[parent],
        max_atoms=_CELLS,
        max_coarse=_CELLS,
        max_fine=1,
    )


def with_profiles(blueprints: Mapping[str, TableBlueprint]) -> dict[str, TableBlueprint]:
    """The blueprints, parents with the profiles that their children keep to.

    They stay as they are when training goes on: a mean beyond those of before counts as the nearest of them.
    """
    found: dict[str, list[ProfilePlan]] = {name: [] for name in blueprints}
    for name, blueprint in blueprints.items():
        for child in blueprint.family_children:
            found[name] += blueprints[child].steered
    for blueprint in blueprints.values():
        for plan in blueprint.hubs:
            found[blueprint.key_parents[str(plan.key)]].append(plan)
    return {name: replace(blueprint, profiles=tuple(found[name])) for name, blueprint in blueprints.items()}


def _running(blueprint: TableBlueprint) -> set[str]:
    """The columns that a running level is computed from: they follow the level, not a mean."""
    return {
        operand.column
        for column in blueprint.columns
        for rule in column.rules
        if any(o.previous for o in rule.operands)
        for operand in rule.operands
        if operand.own
    }


def _telling(
    readings: Readings, columns: Sequence[ColumnPlan], children: Children
) -> list[tuple[str, int | None, np.ndarray]]:
    """The numbers and shares that differ between families otherwise than by chance; those that most do."""
    found, families = [], _Families(children)
    for column in columns:
        for token, values in _values(column, readings.numbers[column.name]):
            ratio, by_chance = families.variance_ratio(values)
            effect = abs(np.log(max(ratio, 1e-6)))
            if effect > np.log(_RATIO) and abs(ratio - 1) > _CHANCE * by_chance:
                found.append((effect, column.name, token, values))
    found.sort(key=lambda one: -round(one[0], 6))
    return [one[1:] for one in found[:_MOST]]


def _values(column: ColumnPlan, numbers: np.ndarray) -> Iterator[tuple[int | None, np.ndarray]]:
    """The numbers of a column, or which rows have each of its common values."""
    if column.type in _NUMBERS:
        yield None, numbers
        return
    sizes = [int(size) for size in column.codec.sizes]
    if len(sizes) > 1 or column.codec.ordered[0] or sizes[0] > _KINDS:
        return
    tokens = column.codec.encode_numbers(numbers)[:, 0]
    shares = np.bincount(tokens, minlength=sizes[0]) / max(len(tokens), 1)
    common = np.argsort(-shares, kind="stable")[:_VALUES]
    common = [int(t) for t in common if _SHARE <= shares[t] <= 1 - _SHARE]
    if len(common) == 2 and shares[common].sum() > 1 - 1e-9:  # one tells the other
        common = common[:1]
    for token in common:
        yield token, (tokens == token).astype(np.float64)


@final
class _Families:
    """Children, of which so many whole families are looked at that they tell enough."""

    def __init__(self, children: Children) -> None:
        self._children, self._link, self._parents = children, children.link, children.parents

    def variance_ratio(self, values: np.ndarray) -> tuple[float, float]:
        """The variance of family means, as a multiple of that of rows dealt out at random; 1 if unclear.

        And the standard deviation of that multiple if they are. Shapes: (children,).
        """
        missing = np.isnan(values)
        there = self._rows(self._children.there & ~missing) if missing.any() else self._all
        whose, mine = self._link[there], values[there]
        sizes = np.bincount(whose, minlength=self._parents)
        several, n = sizes > 1, len(mine)
        if several.sum() < _FEWEST or mine.std() == 0:
            return 1.0, 1.0
        means = np.bincount(whose, weights=mine, minlength=self._parents)[several] / sizes[several]
        found = (sizes[several] * (means - mine.mean()) ** 2).sum()
        by_chance = mine.var() * ((n - sizes[several]) / (n - 1)).sum()  # drawn without replacement
        return float(found / by_chance) if by_chance > 0 else 1.0, float((2 / several.sum()) ** 0.5)

    @cached_property
    def _all(self) -> np.ndarray:
        return self._rows(self._children.there)

    def _rows(self, given: np.ndarray) -> np.ndarray:
        """Which of the given rows are looked at. Shapes: (children,) bool -> (some,)."""
        if (n_given := np.count_nonzero(given)) > _ROWS:
            some = np.random.default_rng(0).permutation(self._parents)
            chosen = np.zeros(self._parents, dtype=bool)
            chosen[some[: max(FEW, self._parents * _ROWS // n_given)]] = True
            given = given & chosen[self._link]
        return np.flatnonzero(given)
