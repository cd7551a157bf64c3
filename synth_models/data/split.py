"""Two parts of the data by whole families, with no dangling key in either."""

from collections.abc import Callable, Mapping

import numpy as np

from synth_models.data.digests import key_digests, shares
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.data.topology import family_keys, parent_of, roots, table_order
from synth_models.errors import SettingError

Families = Mapping[str, str | None]
"""For every table the foreign key that makes its families; None for the roots."""
Kept = dict[str, np.ndarray]
"""For every table which of its rows belong to a part; (rows,) bool."""
Draw = Callable[[str], np.ndarray]
"""For a table that is split: which of its rows, if they begin a family, belong to the first part; (rows,)."""


def split_families(
    data: RelationalData, ratio: float, seed: int, *, by_key: bool = False
) -> tuple[RelationalData, RelationalData]:
    """Draw the families of the root tables into two parts.

    Trees of tables that others choose from (a key other than their family's points in from outside) are
    dimensions: both parts hold them whole. If trees choose from each other all around, the one with the most
    rows is split all the same. A row is left out of a part that lacks one of its parents.

    Args:
        data: What to split; it stays as it is.
        ratio: The share of families in the first part, between 0 and 1.
        seed: The same seed draws the same parts.
        by_key: Whether the primary key of its root alone decides on which side a family is: there it stays,
            whatever other rows come and go. The sizes of the parts are then a little off the ratio.

    Raises:
        SettingError: If the ratio is not between 0 and 1.
    """
    if not 0 < ratio < 1:
        raise SettingError(f"ratio: it must lie between 0 and 1 (got {ratio}). For instance 0.8.")
    families = family_keys(data)
    if by_key:
        first, second = rows_by_key(data, families, ratio, seed)
    else:
        random = np.random.default_rng(seed)
        first, second = _parts(data, families, lambda name: _drawn(len(data[name]), ratio, random))
    return data.take(first), data.take(second)


def rows_by_key(data: RelationalData, families: Families, ratio: float, seed: int) -> tuple[Kept, Kept]:
    """The rows of either part, if the key of its root decides on which side a family is."""
    return _parts(data, families, lambda name: _by_key(data, name, ratio, seed))


def family_rows(data: RelationalData, families: Families, draw: Draw) -> Kept:
    """The families that begin with the rows drawn, with everything that all families share."""
    return _part(data, _sides(data, families, draw), first=True)


def family_roots(data: RelationalData, families: Families) -> dict[str, np.ndarray]:
    """For every table that is split the rows that begin a family; (rows,) bool."""
    return {
        name: np.ones(len(data[name]), dtype=bool) if column is None else data.links[name, column] < 0
        for name in _split_tables(data, families)
        for column in [families[name]]
    }


def _parts(data: RelationalData, families: Families, draw: Draw) -> tuple[Kept, Kept]:
    sides = _sides(data, families, draw)
    return _part(data, sides, first=True), _part(data, sides, first=False)


def _sides(data: RelationalData, families: Families, draw: Draw) -> dict[str, np.ndarray]:
    """For every table that is split, by row: whether its family belongs to the first part."""
    sides: dict[str, np.ndarray] = {}
    for name in _split_tables(data, families):
        own = draw(name)
        column = families[name]
        if column is None:
            sides[name] = own
        else:
            link = data.links[name, column]
            parents = sides[parent_of(data.schema, name, column)]
            sides[name] = np.where(link >= 0, parents[link], own) if len(parents) else own
    return sides


def _split_tables(data: RelationalData, families: Families) -> list[str]:
    """The tables whose families are split, parents first; the others are whole in every part."""
    root_of = roots(data.schema, families)
    shared = _shared(data.schema, families, root_of)
    if shared == set(root_of.values()):
        sizes = {root: sum(n for name, n in data.n_rows.items() if root_of[name] == root) for root in shared}
        shared = shared - {max(sizes, key=lambda root: sizes[root])}
    return [name for name in table_order(data) if root_of[name] not in shared]


def _shared(schema: Schema, families: Families, root_of: Mapping[str, str]) -> set[str]:
    """The roots whose trees are chosen from by rows of other trees."""
    return {
        root_of[key.parent]
        for name, table in schema.tables.items()
        for key in table.foreign_keys
        if key.name != families[name] and root_of[key.parent] != root_of[name]
    }


def _drawn(rows: int, ratio: float, random: np.random.Generator) -> np.ndarray:
    """A random mask with the given share of rows, at least one on either side where there are two."""
    count = round(rows * ratio)
    if rows > 1:
        count = min(max(count, 1), rows - 1)
    mask = np.zeros(rows, dtype=bool)
    mask[random.permutation(rows)[:count]] = True
    return mask


def _by_key(data: RelationalData, name: str, ratio: float, seed: int) -> np.ndarray:
    """A mask that is a function of each row's key and the seed, with a row on either side at least."""
    place = shares(key_digests(data, name), seed)
    mask = place < ratio
    if len(place) > 1 and mask.all():
        mask[place.argmax()] = False
    elif len(place) > 1 and not mask.any():
        mask[place.argmin()] = True
    return mask


def _part(data: RelationalData, sides: Mapping[str, np.ndarray], *, first: bool) -> Kept:
    order = table_order(data)
    kept = {n: sides[n] == first if n in sides else np.ones(len(data[n]), dtype=bool) for n in order}
    changed = True
    while changed:  # once, but for cycles
        changed = False
        for name in order:
            before = int(kept[name].sum())
            for key in data.schema.tables[name].foreign_keys:
                link = data.links[name, key.name]
                if len(kept[key.parent]):
                    kept[name] = kept[name] & ((link < 0) | kept[key.parent][link])
            changed |= int(kept[name].sum()) < before
    return kept
