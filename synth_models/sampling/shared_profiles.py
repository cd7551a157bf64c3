"""Which means of kept rows may be known: those of children of many entities, which are no one's secret."""

from collections.abc import Mapping

import numpy as np

from synth_models.data.entities import entities, sharing
from synth_models.data.relational import RelationalData
from synth_models.graph.blueprint import TableBlueprint


def shared_profiles(
    blueprint: TableBlueprint,
    blueprints: Mapping[str, TableBlueprint],
    original: RelationalData,
    source: np.ndarray,
) -> dict[str, np.ndarray]:
    """Per profile of a kept table's rows, which rows have it from children of enough entities.

    An airline's flights are those of thousands of passengers: what they have in common is the airline's. The
    orders of a customer are that customer's alone, so family profiles are never known.

    Args:
        blueprint: The kept table's.
        blueprints: Of all tables.
        original: The original data.
        source: Which row of the original table each row is. Shapes: (rows,)

    Shapes:
        each: (rows,) bool
    """
    found, whose = {}, entities(original, {name: b.family for name, b in blueprints.items()})
    for plan in blueprint.profiles:
        if plan.key is None:
            continue
        link = original.links[plan.child, plan.key]
        entities_of = sharing(link, whose[plan.child], len(original[blueprint.name]))
        found[plan.name] = entities_of[source] >= plan.least
    return found
