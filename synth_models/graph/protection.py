"""What protects the rare values of a data set: how many entities must share what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from synth_models.columns.base import COLUMN_TYPES, Codec, threshold
from synth_models.columns.keys import KeyFormat
from synth_models.columns.seen import Seen
from synth_models.columns.support import entity_count, entity_ends


@final
@dataclass(frozen=True)
class Protection:
    """What rare values are protected by.

    Args:
        entities: Per table (rows,) whose row it is.
        min_count: Entities that must share a value.
        seed: Where the randomised threshold comes from.
    """

    entities: Mapping[str, np.ndarray]
    min_count: int
    seed: int

    def codec(self, column_type: str, values: pd.Series, table: str, options: Mapping[str, Any]) -> Codec:
        """A codec for a column of a table."""
        kind = COLUMN_TYPES.get(column_type)
        usual = {"min_count": self.min_count} if "min_count" in kind.options else {}
        return kind.fit(values, seed=self.seed, entities=self.entities[table], **{**usual, **options})

    def least(self, numbers: np.ndarray, name: str) -> int:
        """The randomised threshold for numbers that are computed from the rows."""
        return threshold(pd.Series(numbers, name=name), self.min_count, self.seed)

    def keys(
        self,
        values: pd.Series,
        table: str,
        options: Mapping[str, Any],
        groups: np.ndarray | None,
        seen: Seen | None,
    ) -> KeyFormat:
        """The form of a table's own key column."""
        return KeyFormat.fit(
            values,
            groups,
            seen=seen,
            entities=self.entities[table],
            seed=self.seed,
            min_count=self.min_count,
            public=bool(options.get("public", False)),
        )


def limits(numbers: np.ndarray, least: int, owners: np.ndarray) -> tuple[float, float]:
    """What sums of differences are kept within: the ends of the numbers that so many entities share."""
    if entity_count(numbers, owners) < least:
        return -np.inf, np.inf
    return entity_ends(numbers, least, owners)
