"""The two ends of every scale: what real data score against real data, and what a bad copy scores."""

import numpy as np
import pandas as pd

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table


def independent(data: RelationalData, seed: int) -> RelationalData:
    """The same tables with every dependence gone.

    Each content column is shuffled by itself, so that it keeps its distribution; each foreign key is drawn
    uniformly from the rows of its parent, as many missing as before. A foreign key that is the primary key by
    itself stays, and primary keys of several columns are not declared: they cannot be shuffled and stay unique.
    """
    rng = np.random.default_rng(seed)
    schema = Schema({name: _loose(table) for name, table in data.schema.tables.items()})
    frames = {}
    for name, table in schema.tables.items():
        frame = data[name].copy()
        for column in table.features:
            frame[column] = frame[column].iloc[rng.permutation(len(frame))].array
        for key in table.foreign_keys:
            if key.column != table.primary_key:
                parents = data[key.parent][schema.tables[key.parent].primary_key]
                frame[key.column] = _drawn(frame[key.column], parents, rng)
        frames[name] = frame
    return RelationalData(frames, schema, allow_empty=True)


def _loose(table: Table) -> Table:
    primary = table.primary_key if isinstance(table.primary_key, str) else None
    return Table(table.columns, primary, table.foreign_keys)


def _drawn(keys: pd.Series, parents: pd.Series, rng: np.random.Generator) -> pd.Series:
    missing = keys.isna().to_numpy()[rng.permutation(len(keys))]
    if not len(parents):
        return keys
    drawn = parents.iloc[rng.integers(len(parents), size=len(keys))].astype(object).reset_index(drop=True)
    return drawn.where(~missing, None)


def shared_tables(one: RelationalData, other: RelationalData) -> frozenset[str]:
    """The tables whose rows are the same on both sides (lookup tables that a split leaves whole)."""
    return frozenset(name for name in one if _same_rows(one[name], other[name]))


def _same_rows(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    if len(one) != len(other):
        return False
    hashes = [np.sort(pd.util.hash_pandas_object(f.astype(str), index=False).to_numpy()) for f in (one, other)]
    return bool((hashes[0] == hashes[1]).all())
