"""The order of siblings that have the same time: the one in which a running number runs."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec
from synth_models.data.relational import RelationalData
from synth_models.graph.rules import Rule, tolerance


def tie_groups(data: RelationalData, name: str, family: str, order: Sequence[str]) -> np.ndarray:
    """Which rows are siblings of the same time: (rows,) int64; a row without a family is alone."""
    link = data.links[name, family]
    alone = np.where(link < 0, np.arange(len(link)), -1)
    same = pd.DataFrame({"link": link, "alone": alone, **{c: data[name][c] for c in order}})
    return same.groupby(list(same.columns), dropna=False, sort=False).ngroup().to_numpy()


def tie_ranks(
    data: RelationalData,
    name: str,
    family: str,
    order: Sequence[str],
    codecs: Mapping[str, Codec],
    column: str,
    rule: Rule,
) -> np.ndarray:
    """Where to put every row among its siblings of the same time.

    Args:
        data: All tables.
        name: The table.
        family: Its family key.
        order: The columns its siblings are ordered by.
        codecs: Of its columns.
        column: What runs on.
        rule: What the next number is: the previous one, and what is added to it.

    Shapes:
        returns: (rows,) int64, all different
    """
    frame = data[name]
    after = codecs[column].to_numbers(frame[column])
    inputs = [
        np.zeros(len(after)) if o.previous else o.of(codecs[o.column].to_numbers(frame[o.column]))
        for o in rule.operands
    ]
    before = after - rule.compute(inputs)[1]
    unit = tolerance(after)[1]
    shifts = (0.0, unit, -unit) if unit < 1 else (0.0,)  # of rounded numbers the last decimal may be off
    return _ranks(tie_groups(data, name, family, order), before, after, shifts)


def whole(numbers: np.ndarray) -> np.ndarray:
    """Numbers without the errors of their sums. Shapes: (rows,)."""
    return np.round(numbers, 6) + 0.0


def _ranks(group: np.ndarray, before: np.ndarray, after: np.ndarray, shifts: Sequence[float]) -> np.ndarray:
    """The rows of a group so that the number after one is that before the next, else as they were."""
    root, rows = np.arange(len(group)), np.arange(len(group))
    free_end, free_start = ~np.isnan(after), ~np.isnan(before)
    for shift in shifts:
        ends, starts = (
            pd.DataFrame({"group": group, "number": whole(numbers), "row": rows})[free]
            for numbers, free in ((after, free_end), (before + shift, free_start))
        )
        for side in (ends, starts):  # of several that fit, the first goes to the first
            side["nth"] = side.groupby(["group", "number"]).cumcount()
        pairs = ends.merge(starts, on=["group", "number", "nth"])
        pairs = pairs[pairs["row_x"] != pairs["row_y"]]
        root[pairs["row_y"]] = pairs["row_x"]
        free_end[pairs["row_x"]], free_start[pairs["row_y"]] = False, False
    depth = (root != rows).astype(np.int64)
    step = root
    for _ in range(int(np.bincount(group).max(initial=1)).bit_length()):
        depth, root = depth + depth[root], root[root]
    circle = step[root] != root  # it has no beginning: the rows stay as they were
    depth, root = np.where(circle, 0, depth), np.where(circle, rows, root)
    rank = np.empty(len(group), dtype=np.int64)
    rank[np.lexsort((depth, root))] = np.arange(len(group))
    return rank
