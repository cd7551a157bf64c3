"""Numbers that stand for rows and families: the same for the same content, and nothing can be read from
them.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from synth_models.data.relational import RelationalData
from synth_models.data.topology import parent_of, table_order

DIGEST = "digest of the row"
"""The column of a file, and of a skeleton, with the digest of each row."""
_PLACES = 2**40
"""A seed that nobody takes for anything else."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def key_digests(data: RelationalData, table: str) -> np.ndarray:
    """A number per row that depends on its primary key alone; on the whole row, if the table has none.

    Shapes:
        returns: (rows,) uint64
    """
    columns = list(data.schema.tables[table].key_columns) or list(data[table].columns)
    return row_digests(data[table][columns])


def row_digests(frame: pd.DataFrame) -> np.ndarray:
    """A number per row that depends on all its values, and on no other row.

    Shapes:
        returns: (rows,) uint64
    """
    # a copy: pandas' result may be a view that cannot be written
    return np.array(pd.util.hash_pandas_object(frame, index=False), dtype=np.uint64)


def family_digests(keys: RelationalData, families: Mapping[str, str | None]) -> dict[str, np.ndarray]:
    """For every row of every table a number that depends on it and on all rows below it in its family.

    Args:
        keys: Keys, and digests of the rows (``DIGEST``).
        families: For every table the foreign key that makes its families; None for the roots.

    Shapes:
        returns: per table (rows,) uint64
    """
    found = {name: frame[DIGEST].to_numpy(dtype=np.uint64, copy=True) for name, frame in keys.items()}
    for name in reversed(table_order(keys)):
        column = families[name]
        if column is not None:
            link = keys.links[name, column]
            above = found[parent_of(keys.schema, name, column)]
            # a sum does not depend on the order; mixed, or a row could cancel another
            np.add.at(above, link[link >= 0], mixed(found[name][link >= 0]))
    return found


def shares(digests: np.ndarray, seed: int) -> np.ndarray:
    """Numbers that are spread evenly over 0 to 1, a function of each digest and the seed; (rows,)."""
    return mixed(digests ^ mixed(np.full(1, seed + 1, dtype=np.uint64))) / 2.0**64


def places(data: RelationalData) -> dict[str, np.ndarray]:
    """For every row of every table a number of 0 to 1 that depends on its primary key alone, whatever other
    rows there are; per table (rows,).
    """
    return {name: shares(key_digests(data, name), _PLACES) for name in data}


def mixed(digests: np.ndarray) -> np.ndarray:
    """Each number another one that looks drawn at random (the finalizer of SplitMix64); (rows,) uint64."""
    z = digests + _MIX
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
