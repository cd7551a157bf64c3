"""Whether rows repeat what siblings of their own kind had.

A standing order is paid every month, between other payments: its amount is that of the others of its kind.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec
from synth_models.data.relational import RelationalData
from synth_models.graph.column_plan import ColumnPlan

MAX_KINDS = 64
"""A column of more values tells no kinds of rows apart."""
_ROWS = 20_000
_MIN_ROWS = 50
_GAIN = 0.02
"""Nats per row that the siblings of a kind must tell more than all."""
_PRIOR = 5.0


def tells_kinds(codec: Codec) -> bool:
    """Whether the values of a column tell kinds of rows apart."""
    return len(codec.sizes) == 1 and not codec.ordered[0] and 3 <= codec.sizes[0] <= MAX_KINDS


def with_kinds(
    data: RelationalData, name: str, family: str | None, order: Sequence[str], columns: Sequence[ColumnPlan]
) -> tuple[ColumnPlan, ...]:
    """The columns, each with the earlier column that tells which siblings it repeats, if one does."""
    if family is None or len(data[name]) < _MIN_ROWS:
        return tuple(columns)
    link, frame = data.links[name, family], data[name]
    rows = np.lexsort([*(pd.factorize(frame[c], sort=True)[0] for c in reversed(order)), link])
    rows = rows[np.searchsorted(link[rows], 0) :][:_ROWS]
    whose, kinds, planned = link[rows], {}, []
    for column in columns:
        mine = column.codec.encode(frame[column.name].iloc[rows])[:, 0]
        drawn = column.copy is None and not (column.rules and not column.gaps)
        if drawn and len(kinds):
            least = _told(mine, whose) + _GAIN
            told = {kind: _told(mine, whose * (MAX_KINDS + 1) + theirs) for kind, theirs in kinds.items()}
            best = max(told, key=lambda kind: told[kind])
            column = replace(column, kind=best if told[best] > least else None)
        planned.append(column)
        if tells_kinds(column.codec) and column.delta is None:
            kinds[column.name] = mine
    return tuple(planned)


def _told(values: np.ndarray, group: np.ndarray) -> float:
    """Nats per row that the values of a group before tell of the next: those of a Dirichlet prior."""
    shares = np.bincount(values) / max(1, len(values))
    pairs = pd.DataFrame({"group": group, "value": values})
    before = pairs.groupby("group").cumcount().to_numpy()
    same = pairs.groupby(["group", "value"]).cumcount().to_numpy()
    usual = shares[values]
    return float(np.log((same + _PRIOR * usual) / ((before + _PRIOR) * usual)).mean())
