"""The numbers of a table's columns, each read from the data frame once while the table is looked at."""

from collections.abc import Iterator, Mapping
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns.base import Codec


@final
class Numbers(Mapping[str, np.ndarray]):
    """Per column its numbers, not to be written to.

    Args:
        frame: The rows.
        codecs: Of the columns.

    Shapes:
        each: (rows,)
    """

    def __init__(self, frame: pd.DataFrame, codecs: Mapping[str, Codec]) -> None:
        self._frame, self._codecs = frame, codecs
        self._read: dict[str, np.ndarray] = {}

    def __getitem__(self, column: str) -> np.ndarray:
        if column not in self._read:
            self._read[column] = self._codecs[column].to_numbers(self._frame[column])
        return self._read[column]

    def at(self, column: str, rows: np.ndarray) -> np.ndarray:
        """Those of some rows, at the cost of these. Shapes: (some,)."""
        if column in self._read:
            return self._read[column][rows]
        return self._codecs[column].to_numbers(self._frame[column].iloc[rows])

    def __iter__(self) -> Iterator[str]:
        return iter(self._codecs)

    def __len__(self) -> int:
        return len(self._codecs)
