"""The two ends of every scale: what real data score against real data, and what a bad copy scores."""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.data.relational import RelationalData
from synth_models.data.schema import ForeignKey, Schema, Table
from synth_models.errors import SchemaError
from synth_models.report.side import Side
from synth_models.report.trial import Trial

_FEWEST = 10
"""Rows of either side of a ceiling."""


def independent(data: RelationalData, seed: int) -> RelationalData:
    """The same tables with every dependence gone.

    Each content column is shuffled by itself, so that it keeps its distribution; each foreign key is drawn
    uniformly from the rows of its parent, as many missing as before. A foreign key that is the primary key by
    itself stays, and primary keys of several columns are not declared: they cannot be shuffled and stay
    unique.
    """
    rng = np.random.default_rng(seed)
    referred = {key.parent for table in data.schema.tables.values() for key in table.foreign_keys}
    schema = Schema({n: _loose(table, n in referred) for n, table in data.schema.tables.items()})
    frames = {}
    for name, table in schema.tables.items():
        frame = data[name].copy()
        for column in table.features:
            if column not in table.key_columns:
                frame[column] = frame[column].iloc[rng.permutation(len(frame))].array
        for key in table.foreign_keys:
            if not set(key.columns) & set(table.key_columns):
                parents = data[key.parent][list(schema.tables[key.parent].key_columns)]
                drawn = _drawn(frame[list(key.columns)], parents, rng)
                frame = frame.assign(**{column: drawn[column] for column in key.columns})
        frames[name] = frame
    return RelationalData(frames, schema, allow_empty=True)


def _loose(table: Table, referred: bool) -> Table:
    """The table without a primary key of several columns that nothing needs, and without overlapping keys."""
    primary = table.primary_key if isinstance(table.primary_key, str) or referred else None
    keys: list[ForeignKey] = []
    for key in table.foreign_keys:
        if not any(set(key.columns) & set(other.columns) for other in keys):
            keys.append(key)
    return Table(table.columns, primary, keys)


def _drawn(keys: pd.DataFrame, parents: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    missing = keys.isna().any(axis=1).to_numpy()[rng.permutation(len(keys))]
    if not len(parents):
        return keys
    drawn = parents.iloc[rng.integers(len(parents), size=len(keys))].astype(object).reset_index(drop=True)
    return drawn.set_axis(keys.columns, axis=1).where(~pd.Series(missing), None)


def shared_tables(one: RelationalData, other: RelationalData) -> frozenset[str]:
    """The tables whose rows are the same on both sides (lookup tables that a split leaves whole)."""
    return frozenset(name for name in one if _same_rows(one[name], other[name]))


def _same_rows(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    if len(one) != len(other):
        return False
    hashes = [
        np.sort(pd.util.hash_pandas_object(f.astype(str), index=False).to_numpy()) for f in (one, other)
    ]
    return bool((hashes[0] == hashes[1]).all())


@final
@dataclass(frozen=True)
class Ceilings:
    """Real data in the place of the synthetic.

    Args:
        fidelity: For metrics that ask how alike two sides are.
        privacy: For metrics that ask whether one side was made from the other.
        source: What was compared, in words.
    """

    fidelity: Trial
    privacy: Trial
    source: str


def ceilings(trial: Trial) -> Ceilings | None:
    """The held-out data against an equally large part of the original; without any, one half against the
    other.

    Lookup tables that both sides hold whole tell nothing of copying, so the privacy trial leaves them out. It
    asks of rows of one part whether they were made from a second, a third being unseen: in truth from
    neither.

    Returns:
        None if the tables cannot be split by families (they form a circle).
    """
    data = trial.real.data
    try:
        first, second = data.split(0.5, seed=trial.seed)
        part = data if trial.held_out is None else _equal_part(data, trial.held_out.data, trial)
    except SchemaError:
        return None
    shared = shared_tables(first, second)
    halves = Trial(real=Side(first), other=Side(second), skip=_tiny(first, second), seed=trial.seed)
    if trial.held_out is None:
        private = Trial(real=halves.real, other=halves.other, skip=shared | halves.skip, seed=trial.seed)
        return Ceilings(halves, private, "one half of the original data against the other half")
    unseen = trial.unseen - shared
    private = Trial(
        real=halves.real,
        other=trial.held_out,
        held_out=halves.other,
        skip=(frozenset(data) - unseen) | halves.skip | _tiny(data, trial.held_out.data),
        unseen=unseen,
        seed=trial.seed,
    )
    return Ceilings(
        Trial(real=Side(part), other=trial.held_out, skip=_tiny(part, trial.held_out.data), seed=trial.seed),
        private,
        "held-out real data against an equally large part of the original",
    )


def _tiny(one: RelationalData, other: RelationalData) -> frozenset[str]:
    """Tables too small for a ceiling: chance would make it as low as any floor."""
    return frozenset(name for name in one if min(len(one[name]), len(other[name])) < _FEWEST)


def _equal_part(data: RelationalData, held_out: RelationalData, trial: Trial) -> RelationalData:
    """As many families of the original as are held out: so children per shared parent can be compared."""
    rows = sum(data.n_rows[name] for name in trial.unseen)
    ratio = sum(held_out.n_rows[name] for name in trial.unseen) / rows if rows else 1.0
    return data.split(ratio, seed=trial.seed)[0] if 0 < ratio < 0.95 else data
