"""Whether rows repeat what their siblings had, or those of their own kind.

A standing order goes to the same bank every month, between other payments: it repeats those of its kind.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec
from synth_models.data.relational import RelationalData
from synth_models.graph.column_plan import ColumnPlan

_MAX_KINDS = 64
"""A column of more values tells no kinds of rows apart."""
_ROWS = 20_000
_MIN_ROWS = 50
_GAIN = 0.02
"""Nats per row that the siblings of a kind must tell more than all."""
_SHARE = 0.1
"""Of a column's entropy, that siblings must tell: where families hardly differ, it only misleads."""
_PRIOR = 5.0


def _tells_kinds(codec: Codec) -> bool:
    """Whether the values of a column tell kinds of rows apart."""
    return len(codec.sizes) == 1 and not codec.ordered[0] and 3 <= codec.sizes[0] <= _MAX_KINDS


def with_kinds(
    data: RelationalData, name: str, family: str | None, order: Sequence[str], columns: Sequence[ColumnPlan]
) -> tuple[ColumnPlan, ...]:
    """The columns, each with whether siblings repeat it, and the earlier column that tells which ones do."""
    if family is None or len(data[name]) < _MIN_ROWS:
        return tuple(columns)
    link, frame = data.links[name, family], data[name]
    rows = np.lexsort([*(pd.factorize(frame[c], sort=True)[0] for c in reversed(order)), link])
    rows = rows[np.searchsorted(link[rows], 0) :][:_ROWS]
    whose, planned = link[rows], []
    kinds: dict[str | None, np.ndarray] = {None: np.zeros(len(rows), dtype=np.int64)}
    for column in columns:
        mine = column.codec.encode(frame[column.name].iloc[rows])[:, 0]
        drawn = column.copy is None and not (column.rules and not column.gaps)
        if drawn and not column.codec.ordered[0]:
            told = {kind: _told(mine, whose, theirs) for kind, theirs in kinds.items()}
            best = max(told, key=lambda kind: told[kind] - (_GAIN if kind else 0.0))
            repeats = told[best] > _SHARE * max(_entropy(mine), _GAIN)
            column = replace(column, repeats=repeats, kind=best if repeats else None)
        planned.append(column)
        if _tells_kinds(column.codec) and column.delta is None:
            kinds[column.name] = mine
    return tuple(planned)


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


def _entropy(values: np.ndarray) -> float:
    shares = np.bincount(values) / max(1, len(values))
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
