"""Looking at a column: a sample of its values, and how many of them could not be read."""

import numpy as np
import pandas as pd

_SIZE = 1000


def sample_of(values: pd.Series) -> pd.Series:
    """At most so many values from all over the column, none missing."""
    few = values.iloc[:: max(len(values) // _SIZE, 1)].dropna()
    return few if len(few) else values.dropna().iloc[:_SIZE]


def read_faults(values: pd.Series, numbers: np.ndarray, what: str) -> list[str]:
    """The fault that some values are not ``what`` they are declared to be, for ``Codec.faults``.

    Args:
        values: The column.
        numbers: (rows,) what was read of it, NaN where nothing could be.
        what: The plural, such as 'dates'.
    """
    given = values.notna().to_numpy(dtype=bool)
    bad = int((np.isnan(numbers) & given).sum())
    if not bad:
        return []
    return [f"{bad} of {int(given.sum())} values are not {what}. Mend them, or declare it categorical."]
