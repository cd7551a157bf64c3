"""What may be known of kept rows: what the children of many entities have in common is no one's secret."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from synth_models.data.entities import entities, sharing
from synth_models.data.relational import RelationalData
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.count_plan import CountPlan
from synth_models.sampling.plan import SamplePlan


def shared_profiles(
    blueprint: TableBlueprint,
    blueprints: Mapping[str, TableBlueprint],
    original: RelationalData,
    source: np.ndarray,
) -> dict[str, np.ndarray]:
    """Per profile of a kept table's rows, of which rows it is from children of enough entities.

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


def without_secrets(
    links: Mapping[str, Tensor],
    name: str,
    blueprints: Mapping[str, TableBlueprint],
    plan: SamplePlan,
    source: np.ndarray,
) -> dict[str, Tensor]:
    """The keys of a kept table's rows without the implied ones that are told by few, or lead to new rows.

    Args:
        links: Per key the parents. Shapes: each (rows,)
        name: The table.
        blueprints: Of all tables.
        plan: What to sample.
        source: Which row of the original table each row is. Shapes: (rows,)
    """
    found, original = dict(links), plan.original
    assert original is not None
    for one in plan.implied:
        if one.table == name:
            whose = entities(original, {child: b.family for child, b in blueprints.items()})[one.child]
            by, theirs = original.links[one.child, one.by], original.links[name, one.foreign_key.name]
            agree = (by >= 0) & (original.links[one.child, one.key] == theirs[by])
            told_by = sharing(np.where(agree, by, -1), whose, len(original[name]))[source]
            known = torch.from_numpy((told_by >= one.least) & plan.kept(one.parent))
            found[one.foreign_key.name] = torch.where(known, links[one.foreign_key.name], -1)
    return found


def shared_counts(
    plan: CountPlan, blueprints: Mapping[str, TableBlueprint], original: RelationalData, source: np.ndarray
) -> np.ndarray:
    """How many children by a further key kept rows have in the original data, if from enough entities.

    Args:
        plan: Whose children, by which key.
        blueprints: Of all tables.
        original: The original data.
        source: Which row of the original table each row is. Shapes: (rows,)

    Shapes:
        returns: (rows,), NaN where they are of fewer, or the row's own family
    """
    if blueprints[plan.child].family == plan.column:
        return np.full(len(source), np.nan)
    link = original.links[plan.child, plan.column]
    whose = entities(original, {name: b.family for name, b in blueprints.items()})[plan.child]
    parents = int(source.max(initial=link.max(initial=-1))) + 1
    enough = sharing(link, whose, parents)[source] >= plan.least
    return np.where(enough, np.bincount(link[link >= 0], minlength=parents)[source], np.nan)
