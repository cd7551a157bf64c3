"""Rows as integer token blocks, keys as row positions, families as contiguous ranges."""

from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import torch
from torch import Tensor


@final
@dataclass(frozen=True)
class TableRows:
    """The rows of a table, sorted by family and within it by the order columns.

    Shapes:
        tokens: (rows, tokens), int16
        learn: (rows, tokens), whether a token is drawn (and learned) rather than computed
        derived: (rows, derived), int16
        links: per foreign key (rows,), int64, rows of the parent's block, -1 where missing
        key_learn: per further key (rows,), whether the choice is drawn
        position, siblings: (rows,), int64, place in the family from 0, and the family's size
        codes: per column that keys of other tables must agree in (rows,), int64, -1 where missing
        numbers: per column that late keys compare (rows,), float64, NaN where missing
        owed: (rows, steers, 3), float32, what is left of sums, profiles and balances before the row; see
            ``totals.owed`` and ``totals.headroom``
        identity: (rows,), int64, which of the known rows it is, from 1; 0 for others; (0,) if none is known
        source: (rows,), int64, the row of the data frame
    """

    tokens: Tensor
    learn: Tensor
    derived: Tensor
    links: dict[str, Tensor]
    key_learn: dict[str, Tensor]
    position: Tensor
    siblings: Tensor
    source: np.ndarray
    codes: dict[str, Tensor] = field(default_factory=dict)
    numbers: dict[str, Tensor] = field(default_factory=dict)
    owed: Tensor = field(default_factory=lambda: torch.zeros(0, 0, 3))
    identity: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))

    def __len__(self) -> int:
        return len(self.tokens)

    def to(self, device: torch.device) -> "TableRows":
        """The same rows on a device."""
        return replace(
            self,
            tokens=self.tokens.to(device),
            learn=self.learn.to(device),
            derived=self.derived.to(device),
            links={k: v.to(device) for k, v in self.links.items()},
            key_learn={k: v.to(device) for k, v in self.key_learn.items()},
            position=self.position.to(device),
            siblings=self.siblings.to(device),
            codes={k: v.to(device) for k, v in self.codes.items()},
            numbers={k: v.to(device) for k, v in self.numbers.items()},
            owed=self.owed.to(device),
            identity=self.identity.to(device),
        )


Rows = dict[str, TableRows]
