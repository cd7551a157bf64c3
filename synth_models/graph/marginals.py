"""How often each value comes, as token blocks say it; and how far two data sets are apart in that."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.graph.steps import AGAIN, COUNT, NULL, PROFILE

Marginals = dict[str, dict[str, list[list[int]]]]
"""By table and by column (``children in <table>.<key>`` for numbers of children): counts of each token.

Of keys that make no families neither numbers of children nor profiles are counted: they tell how much data
there are, and which part of them.
"""

_SAID = {
    COUNT: "children in {}",
    NULL: "missing {}",
    AGAIN: "repeats of {}",
    PROFILE: "families' mean of {}",
}


def marginals(rows: Rows, blueprints: Mapping[str, TableBlueprint]) -> Marginals:
    """The counts of every token.

    Args:
        rows: Encoded with these blueprints.
        blueprints: Parents before children.
    """
    found: Marginals = {}
    families = {f"{child.name}.{child.family}" for child in blueprints.values()}
    for name, blueprint in blueprints.items():
        columns = found.setdefault(name, {})
        hubs = {(PROFILE, plan.name) for plan in blueprint.profiles if plan.key}
        for index, token in enumerate(blueprint.tokens):
            if (token.kind == COUNT and token.name not in families) or (token.kind, token.name) in hubs:
                continue
            counts = np.bincount(rows[name].tokens[:, index].numpy(), minlength=token.size)
            shown = _SAID.get(token.kind, "{}").format(token.name)
            columns.setdefault(shown, []).append(counts.tolist())
    return found


def drift(old: Marginals, new: Marginals) -> dict[str, dict[str, float]]:
    """By table and column how far they are apart: total variation beyond what chance explains, 0 to 1.

    Args:
        old, new: Of the same blueprints.
    """
    return {
        table: {
            column: round(max(_apart(*pair) for pair in zip(old[table][column], parts, strict=True)), 4)
            for column, parts in columns.items()
        }
        for table, columns in new.items()
    }


def _apart(old: Any, new: Any) -> float:
    size = max(len(old), len(new))
    a, b = (np.pad(np.asarray(counts, dtype=float), (0, size - len(counts))) for counts in (old, new))
    n, m = a.sum(), b.sum()
    if not n or not m:
        return float(n != m)
    found = np.abs(a / n - b / m).sum() / 2
    pooled = (a + b) / (n + m)
    # the mean of |x| of a normal variable with the variance that the difference of two shares has
    chance = np.sqrt(2 / np.pi * pooled * (1 - pooled) * (1 / n + 1 / m)).sum() / 2
    return float(max(0.0, found - chance))
