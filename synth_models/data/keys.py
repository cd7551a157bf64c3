"""Key values that compare across dtypes, and the rows they lead to."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from synth_models.columns.support import rising

MISSING, ORPHAN = -1, -2


def key_values(values: pd.Series) -> pd.Series:
    """Key values in a form that compares across dtypes (1, 1.0 and Int64 1 are the same key)."""
    if pd.api.types.is_bool_dtype(values):
        return values.astype(object)
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.astype("Float64") if values.isna().any() else values
        try:
            return numbers.astype("Int64").astype(object).where(values.notna(), None)
        except (TypeError, ValueError):
            return values.astype(object).where(values.notna(), None)
    return values.astype(object).where(values.notna(), None)


def find_rows(child: Sequence[pd.Series], parent: Sequence[pd.Series]) -> np.ndarray:
    """The row of the parent that each row of the child points at.

    Args:
        child: The columns of the foreign key, each (rows,).
        parent: The columns of the primary key, each (parents,).

    Shapes:
        returns: (rows,) int64; ``MISSING`` where a column of the key is missing, ``ORPHAN`` where there is no
            such parent
    """
    mine, theirs = _codes(child[0], parent[0])
    for left, right in zip(child[1:], parent[1:], strict=True):
        a, b = _codes(left, right)
        size = max(a.max(initial=0), b.max(initial=0)) + 1
        joined_mine = np.where((mine == MISSING) | (a == MISSING), MISSING, mine * size + a)
        joined_mine[((mine == ORPHAN) | (a == ORPHAN)) & (joined_mine != MISSING)] = ORPHAN
        joined_theirs = np.where((theirs < 0) | (b < 0), MISSING, theirs * size + b)
        known, mine = pd.factorize(np.r_[joined_theirs, joined_mine[joined_mine >= 0]])[0], joined_mine
        theirs = np.where(joined_theirs < 0, MISSING, known[: len(joined_theirs)])
        mine[joined_mine >= 0] = known[len(joined_theirs) :]
    row = np.full(max(mine.max(initial=-1), theirs.max(initial=-1)) + 1, ORPHAN, dtype=np.int64)
    there = np.flatnonzero(theirs >= 0)
    row[theirs[there]] = there
    return np.where(mine >= 0, row[mine.clip(min=0)] if len(row) else ORPHAN, mine)


def repeats(columns: Sequence[pd.Series]) -> int:
    """How many rows have the values of an earlier one; of whole numbers, sorting tells it fastest.

    Shapes:
        columns: each (rows,)
    """
    joined, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in map(_numpy, columns):
        if not (_whole(column) and len(column)):
            break
        low, high = int(column.min()), int(column.max())
        size *= high - low + 1
        if max(size, high) >= 2**63:
            break
        joined = joined * (high - low + 1) + (column.to_numpy().astype(np.int64, copy=False) - low)
    else:
        return len(joined) - len(rising(joined))
    return int(pd.concat(list(columns), axis=1).duplicated().sum())


def _codes(child: pd.Series, parent: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the values of both, the same where the values are; (rows,), (parents,)."""
    child, parent = _numpy(child), _numpy(parent)
    if not (_whole(child) and _whole(parent)):
        child, parent = key_values(child), key_values(parent)
    theirs, uniques = pd.factorize(parent)
    index = pd.Index(uniques, dtype=parent.dtype)
    mine = index.get_indexer(pd.Index(child, dtype=child.dtype)).astype(np.int64)
    mine[mine < 0] = ORPHAN
    mine[child.isna().to_numpy()] = MISSING
    return mine, theirs.astype(np.int64)


def _numpy(values: pd.Series) -> pd.Series:
    """Integers of any dtype without missing ones as numpy's, which are compared fastest."""
    if pd.api.types.is_integer_dtype(values) and not _whole(values) and not values.isna().any():
        return values.astype("int64")
    return values


def _whole(values: pd.Series) -> bool:
    return isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu"


def value_codes(values: pd.Series) -> np.ndarray:
    """A number for each value, the same for the same value in any column; -1 where missing.

    Shapes:
        (rows,) -> (rows,) int64
    """
    plain = key_values(values)
    texts = plain.astype(str).to_numpy(dtype=object)
    hashed = (pd.util.hash_array(texts, categorize=True) >> np.uint64(1)).astype(np.int64)
    return np.where(plain.isna().to_numpy(), MISSING, hashed)
