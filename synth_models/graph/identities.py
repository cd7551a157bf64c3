"""Rows that so many others point at that what is special about each may be learned: an airline, a product."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from synth_models.data.digests import key_digests
from synth_models.data.entities import sharing
from synth_models.data.relational import RelationalData
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.protection import Protection

_ENTITIES = 20
"""From so many entities, at least, the rows must be that point at a row for it to be known."""
_MOST = 16_384
"""Known rows of a table: those that most point at."""


def with_identities(
    blueprints: Mapping[str, TableBlueprint],
    data: RelationalData,
    protection: Protection,
    *,
    more: bool = False,
) -> dict[str, TableBlueprint]:
    """Blueprints that know, by a digest of the key, the rows that rows of enough entities point at.

    Who is known stays so, in the same place. Families tell nothing: those of a row are its own.

    Args:
        blueprints: Parents before children.
        data: What they were made for.
        protection: Whose rows they are, and how many must share what is stored.
        more: Whether only tables of which some rows are known already get to know others.
    """
    whose, least = protection.entities, max(protection.min_count, _ENTITIES)
    shared = {name: np.zeros(len(data[name]), dtype=np.int64) for name in blueprints}
    for name, blueprint in blueprints.items():
        for key in blueprint.keys:
            theirs = sharing(data.links[name, key.column], whose[name], len(shared[key.parent]))
            np.maximum(shared[key.parent], theirs, out=shared[key.parent])
    found = {}
    for name, blueprint in blueprints.items():
        rows = np.argsort(-shared[name], kind="stable")[: np.count_nonzero(shared[name] >= least)]
        known = blueprint.known
        if len(rows) and (len(known) or not more):
            known = pd.unique(np.concatenate([known, key_digests(data, name)[rows]]))[
                : max(_MOST, len(known))
            ]
        found[name] = replace(blueprint, known=known)
    return found


def identities(blueprint: TableBlueprint, data: RelationalData, order: np.ndarray) -> np.ndarray:
    """Which of the known rows each row is, from 1; 0 if it is none of them.

    Args:
        blueprint: The table's.
        data: All tables.
        order: The rows that are wanted. Shapes: (rows,)

    Shapes:
        returns: (rows,) int64; (0,) if no row of the table is known
    """
    if not len(blueprint.known):
        return np.zeros(0, dtype=np.int64)
    digests = key_digests(data, blueprint.name)[order]
    return pd.Index(blueprint.known).get_indexer(pd.Index(digests)) + 1
