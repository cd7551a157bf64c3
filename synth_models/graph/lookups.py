"""Columns that another column determines: always (functional dependence), or for some of its values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns.support import Support
from synth_models.graph.arithmetic import LIFT, NATS
from synth_models.graph.readings import Readings
from synth_models.graph.rules import EXACT, LOOKUP, MISSING, Operand, Rule, visible

PAIRS = 50
"""Neighbouring rows of one value that a dependence must be seen in."""
_GROUP = 300
"""Rows a value must have before it may determine another where not all values do."""
_KINDS = 5000
_COST = 200_000_000
_LEAST_ROWS = 1000
_COVER = 0.3


@final
@dataclass(frozen=True)
class Determined:
    """A column that another one determines.

    Args:
        target: The column.
        operand: What determines it.
        share: Of the rows, whose value does; 1 if every value does.
        kinds: How many values determine it.
    """

    target: str
    operand: Operand
    share: float
    kinds: int


def find_lookups(readings: Readings, targets: Sequence[str], owners: np.ndarray) -> list[Determined]:
    """The columns that another one determines, in (nearly) all rows or for some of its values.

    The search grows with the square of the number of columns, and looks at fewer rows the more there are.

    Args:
        readings: What can be read.
        targets: The columns that may be determined.
        owners: Whose row each row is: what holds within one family tells nothing. Shapes: (rows,)
    """
    targets = [o.column for o in readings.own() if o.column in targets]
    operands = [*readings.own(), *readings.parts(), *readings.above()]
    if not targets:
        return []
    columns = [visible(readings.sample(Operand(target))) for target in targets]
    few = max(_COST // (len(operands) * len(targets)), _LEAST_ROWS)
    rows = np.random.default_rng(0).permutation(len(columns[0]))[:few]
    codes = np.stack([pd.factorize(column[rows])[0] for column in columns], axis=1)
    missing = np.stack([column[rows] == MISSING for column in columns], axis=1)
    found: list[Determined] = []
    for operand in operands:
        x = pd.factorize(visible(readings.sample(operand)[rows]))[0]
        if 0 < x.max(initial=0) < min(_KINDS, len(x) / 2):
            found += [
                Determined(targets[at], operand, share, int(x.max()) + 1)
                for at, share in _determined(x, codes, missing, owners[readings.rows][rows])
                if not (operand.own and operand.column == targets[at])
                and (share == 1 or operand.part is None)
            ]
    return found


def _determined(
    x: np.ndarray, codes: np.ndarray, missing: np.ndarray, owners: np.ndarray
) -> Iterator[tuple[int, float]]:
    """Which columns the values determine, and in which share of the rows.

    Shapes:
        x, owners: (rows,)
        codes, missing: (rows, columns)
    """
    order = np.argsort(x, kind="stable")
    x, codes, missing, owners = x[order], codes[order], missing[order], owners[order]
    same = x[1:] == x[:-1]
    equal, given = codes[1:] == codes[:-1], ~missing[1:] & ~missing[:-1]
    starts = np.flatnonzero(np.r_[True, ~same])
    sizes = np.diff(np.r_[starts, len(x)])
    unequal = np.zeros(codes.shape)
    unequal[1:] = ~equal & same[:, None]
    wrong = np.add.reduceat(unequal, starts, axis=0) / np.maximum(sizes - 1, 1)[:, None]
    apart = same & (owners[1:] != owners[:-1])
    for at in range(codes.shape[1]):
        shares = np.bincount(codes[:, at]) / len(x)
        if len(shares) < 2:  # it is constant
            continue
        present, both = codes[~missing[:, at], at], apart & given[:, at]
        if _dependent(equal[apart, at], shares) or _dependent(equal[both, at], _shares(present)):
            yield at, 1.0
            continue
        usual = shares[codes[starts, at]]
        sure = (sizes >= _GROUP) & (wrong[:, at] <= 2 * errors(usual)) & (nats(sizes, usual) >= NATS)
        if sure.any():
            yield at, float(sizes[sure].sum() / len(x))


def _shares(codes: np.ndarray) -> np.ndarray:
    return np.bincount(codes) / max(len(codes), 1)


def errors(chance: np.ndarray | float) -> np.ndarray:
    """The share of rows that may be wrong where so many would be right by chance."""
    return np.minimum(1 - EXACT, LIFT * (1 - np.asarray(chance)))


def nats(rows: np.ndarray | int, chance: np.ndarray | float) -> np.ndarray:
    """How unlikely it is that so many rows are right by chance."""
    return -np.asarray(rows) * np.log(np.clip(chance, 1e-9, 1.0))


def _dependent(equal: np.ndarray, shares: np.ndarray) -> bool:
    """Whether neighbours are equal, and not by chance. Shapes: (pairs,), (values,)."""
    chance = float((shares**2).sum())
    enough = len(equal) >= PAIRS and float(nats(len(equal), chance)) >= NATS
    return bool(enough and 1 - equal.mean() <= 2 * errors(chance))


def tabulate(
    readings: Readings, found: Determined, owners: np.ndarray, least: int
) -> tuple[Rule, float] | None:
    """The rule, and the share of the rows that it knows; None if it knows too few.

    The table holds only pairs that ``least`` entities share, and no value that stands for several.

    Args:
        readings: What can be read.
        found: What was found.
        owners: Whose row each row is. Shapes: (rows,)
        least: How many entities must share a pair.
    """
    mine, n = Operand(found.target), len(owners)
    (x, xs), (y, ys) = readings.coded(found.operand), readings.coded(mine)
    joined, size = x * len(ys) + y, len(xs) * len(ys)
    pairs, rows = _counted(joined, size)
    at_x, at_y = np.divmod(pairs, len(ys))
    table = pd.DataFrame({"x": xs[at_x], "y": ys[at_y], "rows": rows})
    if found.share == 1 and table.groupby("x")["rows"].max().sum() < EXACT * n:
        table = table[table["y"] != MISSING]  # that it is missing is drawn
    usual = table.groupby("y")["rows"].transform("sum") / n
    sure = table["rows"] >= EXACT * table.groupby("x")["rows"].transform("sum")
    if found.share < 1:
        right = table["rows"] / table.groupby("x")["rows"].transform("sum")
        sure &= (table["rows"] >= _GROUP) & (1 - right <= errors(usual.to_numpy()))
    sure &= ~table["x"].isin(readings.unclear(found.operand)) & ~table["y"].isin(readings.unclear(mine))
    most = np.minimum(table["rows"].to_numpy(), owners.max(initial=0) + 1)  # no more owners can share a pair

    def enough(shared: np.ndarray, usual: np.ndarray) -> np.ndarray:
        return (shared >= least) & ((found.share == 1) | (nats(shared, usual) >= NATS))

    sure &= enough(most, usual.to_numpy())
    if not sure.any():
        return None
    shared = _shared(joined, size, pairs[table.index[sure]], owners)
    table = table[sure][enough(shared, usual[sure].to_numpy())]
    share = float(table["rows"].sum() / n)
    if not len(table) or (found.share == 1 and share < _COVER):
        return None
    return Rule(LOOKUP, (found.operand,), (), table["x"].to_numpy(), table["y"].to_numpy()), share


def _counted(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The codes below ``size`` that there are, rising, and the rows of each. Shapes: (rows,)."""
    if size > len(codes):
        return np.unique(codes, return_counts=True)
    rows = np.bincount(codes)
    found = np.flatnonzero(rows)
    return found, rows[found]


def _shared(codes: np.ndarray, size: int, pairs: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """How many owners have each of some pairs.

    Shapes:
        codes, owners: (rows,), the pair of every row, below ``size``
        pairs: (some,) rising
        returns: (some,)
    """
    if size > len(codes):
        place = np.searchsorted(pairs, codes)
        place[np.r_[pairs, -1][place] != codes] = -1
    else:
        number = np.full(size, -1)
        number[pairs] = np.arange(len(pairs))
        place = number[codes]
    rows = np.flatnonzero(place >= 0)
    return Support.of(place[rows], len(pairs), owners[rows]).each
