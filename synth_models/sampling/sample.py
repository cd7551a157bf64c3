"""A sample while it is made: the networks, the plan, and the tables there are so far."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.data.schema import Schema
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.encoder import MultiLevelEncoder
from synth_models.nn.multilevel_decoder import MultiLevelDecoder
from synth_models.sampling.plan import SamplePlan
from synth_models.sampling.shards import Dice, roll
from synth_models.sampling.state import Table

_LEAST_ROWS = 64
"""Networks round a handful of rows otherwise than many."""


class Given(ABC):
    """A finished structure: all keys, and what rows know by it.

    Args:
        tables: The structure of every table.
    """

    tables: Mapping[str, Table]

    @abstractmethod
    def own(self, name: str, rows: Tensor) -> Tensor:
        """What the structure adds to the vectors of rows. Shapes: (n,) -> (n, width)."""

    @abstractmethod
    def further(self, name: str, tables: Mapping[str, Table]) -> Tensor:
        """What the rows of a table know before they are drawn, beside their families.

        Args:
            name: The table.
            tables: Those that are complete, and this one.

        Shapes:
            returns: (rows, width)
        """


@final
@dataclass(frozen=True)
class Sample:
    """Tables being drawn, one after the other; arguments as of ``Sampler.sample``.

    Args:
        temp: Temperature of the choice of parents.
        advance: Called with the number of rows whenever some are drawn.
        original: The original data's rows, where some of them are used.
        given: The structure of the tables, where it is finished and the other columns are drawn.
        tables: Those made so far, and the one under way.
    """

    encoder: MultiLevelEncoder
    decoder: MultiLevelDecoder
    blueprints: Mapping[str, TableBlueprint]
    schema: Schema
    plan: SamplePlan
    temp: float
    seed: int
    device: torch.device
    batch_rows: int
    advance: Callable[[int], object]
    original: Rows
    given: Given | None = None
    tables: dict[str, Table] = field(default_factory=dict)

    @property
    def blocks(self) -> Rows:
        """The tokens and keys of the tables."""
        return {name: table.block for name, table in self.tables.items()}

    def roll(self, *what: str | int) -> Dice:
        """The random numbers of one piece of work; see ``shards.roll``."""
        return roll(self.seed, *what)

    def pieces(self, rows: int) -> Iterator[slice]:
        """Even pieces of about as many rows as pass through a network at once, one piece at least."""
        at_most = max(self.batch_rows, _LEAST_ROWS)
        ends = np.linspace(0, rows, max(1, -(-rows // at_most)) + 1).astype(int)
        return (slice(int(start), int(stop)) for start, stop in pairwise(ends))
