"""Numbers that run on from sibling to sibling (a balance), in whatever order a file keeps these.

Files seldom keep the bookings of a day in the order they were made in. Where every number is that of another
sibling plus or minus an amount, the order can be had back, and with it a rule that holds exactly.
"""

from collections.abc import Sequence

import numpy as np

from synth_models.graph.arithmetic import find_pairs
from synth_models.graph.readings import Readings
from synth_models.graph.rules import SIGNED, Operand, Rule, visible
from synth_models.graph.ties import tie_groups, whole

TIES = 0.01
"""Share of rows with siblings of the same time from which on their order matters."""
_PROBE = 1000
_FOLLOW = 0.8
"""Share of rows that must go on from a sibling: the first ones do not."""
_KINDS = 50


def find_chain(readings: Readings, targets: Sequence[str], *, ties: float = TIES) -> tuple[str, Rule] | None:
    """A number that runs on from sibling to sibling once those of the same time are in the right order.

    Args:
        readings: What can be read.
        targets: The columns that may be computed.
        ties: Which share of the rows must have siblings of the same time: without, nothing is out of order.
    """
    if readings.family is None or not readings.order:
        return None
    groups = tie_groups(readings.data, readings.name, readings.family, readings.order)
    if not len(groups) or (np.bincount(groups)[groups] > 1).mean() < ties:
        return None
    numbers = [o for o in readings.own() if readings.type_of(o) in ("integer", "numeric")]
    for mine in numbers:
        for amount in numbers if mine.column in targets else ():
            rule = _step(readings, mine, amount) if amount != mine else None
            if rule is None:
                continue
            for found in find_pairs(readings.ordered_by(mine.column, rule), mine.column):
                if any(o.previous for o in found.rule.operands) and all(
                    o.key is None for o in found.rule.operands
                ):
                    return mine.column, found.rule
    return None


def _step(readings: Readings, mine: Operand, amount: Operand) -> Rule | None:
    """How a number may go on from that of a sibling."""
    assert readings.family is not None
    link = readings.data.links[readings.name, readings.family]
    family, number, size = link, readings.all_rows(mine), readings.all_rows(amount)
    for rows in (_PROBE, len(readings.rows)):
        some = family <= np.sort(family)[min(rows, len(family)) - 1]
        there = family[some], number[some], size[some]
        up, down = _follows(*there), _follows(there[0], there[1], -there[2])
        moved = (there[0] >= 0) & (np.nan_to_num(there[2]) != 0)
        if not moved.any() or (up | down)[moved].mean() < _FOLLOW:
            return None
    for switch in readings.own():
        kinds, place = np.unique(visible(readings.all_rows(switch)[some]), return_inverse=True)
        if switch in (mine, amount) or len(kinds) > _KINDS:
            continue
        ups, downs = np.bincount(place, up & moved), np.bincount(place, down & moved)
        if np.maximum(ups, downs).sum() >= _FOLLOW * moved.sum():
            before = Operand(mine.column, previous=True)
            return Rule(SIGNED, (before, amount, switch), (), kinds, np.where(ups >= downs, 1.0, -1.0))
    return None


def _follows(family: np.ndarray, number: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Whether a row's number less the step is that of a sibling. Shapes: (rows,)."""
    _, codes = np.unique(whole(np.r_[number, number - step]), return_inverse=True)
    there = np.tile(family, 2).astype(np.int64) * (int(codes.max()) + 1) + codes
    return np.isin(there[len(number) :], there[: len(number)])
