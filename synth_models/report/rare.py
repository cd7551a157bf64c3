"""What may be shown of real data: only what enough entities share, as in a checkpoint.

A codec keeps what ``min_count`` entities share, or a few more, at most twice as many (``threshold`` in
``columns.base``). What the report shows is shared by twice as many: it shows nothing that a checkpoint hides.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from synth_models.columns.base import MIN_COUNT
from synth_models.report.side import Side


@final
@dataclass(frozen=True)
class Owners:
    """Whose each of some real values is.

    Args:
        entities: A number for the entity of each value.
        least: How many entities must share what is shown.

    Shapes:
        entities: (values,) int64
    """

    entities: np.ndarray
    least: int

    def of(self, mask: np.ndarray) -> "Owners":
        """Those of the values where the mask is true."""
        return Owners(self.entities[mask], self.least)

    def enough(self) -> bool:
        """Whether enough entities have a value at all."""
        return len(np.unique(self.entities)) >= self.least

    def counts(self, codes: np.ndarray, size: int) -> np.ndarray:
        """How many entities have each code; codes below 0 are nobody's. Shapes: (values,) -> (size,)."""
        given = codes >= 0
        whose, names = pd.factorize(self.entities[given])
        pairs = np.unique(codes[given].astype(np.int64) * max(1, len(names)) + whose)
        return np.bincount(pairs // max(1, len(names)), minlength=size)

    def ends(self, values: np.ndarray) -> tuple[float, float]:
        """The least and the greatest value that may be told: as many entities reach beyond it as must share "
        "it.
        """
        each = pd.Series(values).groupby(self.entities)
        place = min(self.least, each.ngroups) - 1
        low, high = np.sort(each.min().to_numpy()), np.sort(each.max().to_numpy())[::-1]
        return float(low[place]), float(max(low[place], high[place]))


def owners(side: Side, table: str, column: str, rows: np.ndarray, min_count: int = MIN_COUNT) -> Owners:
    """Whose the values of a column are.

    Args:
        side: The real data.
        table: The table.
        column: The column; its own option ``min_count`` goes first, and 1 stands for values that are public.
        rows: Which rows.
        min_count: That of the training.
    """
    count = int(side.schema.tables[table].columns[column].options.get("min_count", min_count))
    return Owners(side.entities[table][rows], least(count))


def least(min_count: int) -> int:
    """How many entities must share what is shown, after a training with that ``min_count``."""
    return 1 if min_count == 1 else 2 * min_count


def both(first: Owners, second: Owners) -> Owners:
    """Of pairs of values: the stricter of the two."""
    return Owners(first.entities, max(first.least, second.least))
