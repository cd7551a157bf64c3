"""Whether rows have what their siblings had, or nearly so, or what those of their own kind had.

A standing order goes to the same bank every month, between other payments: it repeats those of its kind. A
temperature is near that of the hour before.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec
from synth_models.graph.column_plan import ColumnPlan
from synth_models.graph.readings import Readings

_MAX_KINDS = 64
"""A column of more values tells no kinds of rows apart."""
_MAX_SIZE = 600
"""Values of a token at most: scores for all of them are made for every row."""
_ROWS = 20_000
_MIN_ROWS = 50
_GAIN = 0.02
"""Nats per row that the siblings of a kind must tell more than all."""
_SHARE = 0.1
"""Of a column's entropy, that siblings must tell: where families hardly differ, it only misleads."""
_PRIOR = 5.0
_NEAR = 0.2
"""Nats that the sibling before must tell of a number, in eighths of its range."""
_PARTS = 8


def _tells_kinds(codec: Codec) -> bool:
    """Whether the values of a column tell kinds of rows apart."""
    return len(codec.sizes) == 1 and not codec.ordered[0] and 3 <= codec.sizes[0] <= _MAX_KINDS


def with_kinds(readings: Readings, columns: Sequence[ColumnPlan]) -> tuple[ColumnPlan, ...]:
    """The columns, each with whether siblings repeat it, or are near to it, and the earlier column that tells
    which ones are.
    """
    if readings.family is None or len(readings.mixed) < _MIN_ROWS:
        return tuple(columns)
    data, name, order = readings.data, readings.name, readings.order
    link, frame = data.links[name, readings.family], data[name]
    some = _of_first_families(link)
    ranks = [pd.factorize(frame[c].iloc[some], sort=True)[0] for c in reversed(order)]
    rows = some[np.lexsort([*ranks, link[some]])][:_ROWS]
    whose, planned = link[rows], []
    kinds: dict[str | None, np.ndarray] = {None: np.zeros(len(rows), dtype=np.int64)}
    for column in columns:
        mine = column.codec.encode_numbers(readings.numbers.at(column.name, rows))[:, 0]
        drawn = column.copy is None and not column.fixed_by and not (column.rules and not column.gaps)
        if drawn and max(column.codec.sizes) <= _MAX_SIZE:
            column = _looking_back(column, mine, whose, kinds, rises=column.name in order)
        planned.append(column)
        if _tells_kinds(column.codec) and column.delta is None:
            kinds[column.name] = mine
    return tuple(planned)


def _of_first_families(link: np.ndarray) -> np.ndarray:
    """The rows of so many families, the first ones, that they are enough. Shapes: (rows,) -> (some,)."""
    last = np.searchsorted(np.bincount(link[link >= 0]).cumsum(), _ROWS)
    return np.flatnonzero((link >= 0) & (link <= last))


def _looking_back(
    column: ColumnPlan,
    mine: np.ndarray,
    whose: np.ndarray,
    kinds: dict[str | None, np.ndarray],
    *,
    rises: bool,
) -> ColumnPlan:
    """A column that is drawn, with what it has of its siblings."""
    if not column.codec.ordered[0]:
        told = {kind: _told(mine, whose, theirs) for kind, theirs in kinds.items()}
        kind = max(told, key=lambda kind: told[kind] - (_GAIN if kind else 0.0))
        repeats = told[kind] > _SHARE * max(_entropy(mine), _GAIN)
        return replace(column, repeats=repeats, kind=kind if repeats else None)
    if column.delta is not None:
        return column
    told = {kind: _near(mine, whose, theirs) for kind, theirs in kinds.items()}
    kind = max(told, key=lambda kind: told[kind] - (_NEAR if kind else 0.0))
    near = column.near or rises or told[kind] > _NEAR
    return replace(column, near=near, kind=kind if near else None)


def _told(values: np.ndarray, family: np.ndarray, kind: np.ndarray) -> float:
    """Nats per row that earlier siblings of a kind tell of the next, beyond what the kind itself tells.

    The predictive probabilities are those of a Dirichlet prior.
    """
    rows = pd.DataFrame({"family": family, "kind": kind, "value": values})
    before = rows.groupby(["family", "kind"]).cumcount().to_numpy()
    same = rows.groupby(["family", "kind", "value"]).cumcount().to_numpy()
    of_kind = rows.groupby("kind")["value"].transform("size").to_numpy()
    usual = rows.groupby(["kind", "value"])["family"].transform("size").to_numpy() / of_kind
    return float(np.log((same + _PRIOR * usual) / ((before + _PRIOR) * usual)).mean())


def _near(values: np.ndarray, family: np.ndarray, kind: np.ndarray) -> float:
    """Nats per row that the last sibling of a kind tells of a number, beyond what the kind itself tells.

    The mutual information of the eighths, of all numbers of a kind, that the two are in, less what as many
    independent rows would seem to tell (Miller 1955).
    """
    rows = pd.DataFrame({"family": family, "kind": kind, "value": values})
    place = rows.groupby("kind")["value"].rank(method="average", pct=True).to_numpy()
    eighth = np.minimum((place * _PARTS).astype(np.int64), _PARTS - 1)
    before = rows.assign(eighth=eighth).groupby(["family", "kind"])["eighth"].shift().to_numpy()
    known = ~np.isnan(before)
    if known.sum() < _MIN_ROWS:
        return 0.0
    pairs = np.bincount(before[known].astype(np.int64) * _PARTS + eighth[known], minlength=_PARTS**2)
    joint = pairs.reshape(_PARTS, _PARTS) / known.sum()
    apart = np.outer(joint.sum(1), joint.sum(0))
    told = (joint[joint > 0] * np.log(joint[joint > 0] / apart[joint > 0])).sum()
    free = ((joint.sum(1) > 0).sum() - 1) * ((joint.sum(0) > 0).sum() - 1)
    return float(told - free / (2 * known.sum()))


def _entropy(values: np.ndarray) -> float:
    shares = np.bincount(values) / max(1, len(values))
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
