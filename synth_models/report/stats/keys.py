"""Statistics along foreign keys: children per parent, and which key makes families."""

import numpy as np
import pandas as pd

from synth_models.data.schema import ForeignKey
from synth_models.report.side import Kind, Side
from synth_models.report.stats.coding import named, top_labels

_ROWS = 20_000
_LABELS = 10
_MIN_ROWS, _MIN_PARENTS, _MIN_SIBLINGS = 50, 10, 1.5


def degrees(side: Side, table: str, key: ForeignKey) -> np.ndarray:
    """Children per row of the parent table, zeros included."""
    link = side.links[table, key.name]
    return np.bincount(link[link >= 0], minlength=side.n_rows[key.parent]).astype(float)


def family_key(side: Side, table: str) -> str | None:
    """The foreign key column whose siblings are most alike; None if no key makes families.

    Rows of one such family must not be on both sides of a train/test split: they repeat each other's values.
    """
    best: tuple[float, float, str] | None = None
    for key in side.schema.tables[table].foreign_keys:
        found = _likeness(side, table, side.links[table, key.name][:_ROWS])
        if found and (best is None or found > best[:2]):
            best = (*found, key.name)
    return best[2] if best else None


def _likeness(side: Side, table: str, link: np.ndarray) -> tuple[float, float] | None:
    """The greatest and the summed intraclass correlation of the columns."""
    rows = np.flatnonzero(link >= 0)
    group = pd.factorize(link[rows])[0]
    parents = int(group.max()) + 1 if len(group) else 0
    if len(rows) < _MIN_ROWS or parents < _MIN_PARENTS or len(rows) < _MIN_SIBLINGS * parents:
        return None
    frame = side.table(table)
    values = [
        intraclass_correlation(_indicators(frame[column].iloc[rows], kind), group)
        for column, kind in side.columns(table).items()
    ]
    return (round(max(values, default=0.0), 2), sum(values))


def _indicators(values: pd.Series, kind: Kind) -> np.ndarray:
    """The column as numbers: itself, or one indicator per common label. Shapes: (rows, indicators)."""
    if kind.is_measure:
        numbers = values.to_numpy(dtype=float)
        centre = np.nanmean(numbers) if not np.isnan(numbers).all() else 0.0
        return np.nan_to_num(numbers, nan=centre)[:, None]
    names = top_labels(values, _LABELS)
    return np.eye(len(names) + 2)[named(values.to_numpy(), names)]


def intraclass_correlation(values: np.ndarray, group: np.ndarray) -> float:
    """The share of the variance that lies between groups, 0 to 1 (one-way analysis of variance).

    Shapes:
        values: (rows, indicators), their variances are added up
        group: (rows,), 0 to groups - 1, each with at least one row
    """
    rows = np.bincount(group).astype(float)
    groups, total = len(rows), len(group)
    if groups < 2 or total <= groups:
        return 0.0
    centred = values - values.mean(axis=0)
    sums = np.stack([np.bincount(group, weights=column) for column in centred.T], axis=1)
    explained = (sums**2 / rows[:, None]).sum()
    between = explained / (groups - 1)
    within = ((centred**2).sum() - explained) / (total - groups)
    typical = (total - (rows**2).sum() / total) / (groups - 1)
    variance = max(0.0, (between - within) / typical)
    return float(variance / (variance + within)) if variance + within > 0 else 0.0
