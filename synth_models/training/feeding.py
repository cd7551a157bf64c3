"""Which families a training learns from, step by step, and which it is measured on."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import torch

from synth_models.graph.batch import Batch, Families, families, make_batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows

_HELD_OUT = 0.1
_ROWS_PER_STEP = 1024
_LEAST_ROWS = 32
_STEPS_PER_EPOCH = 25
"""Steps per epoch that the families of every root table should get, if there are rows enough."""
_MOST_REPEATS = 4

Part = tuple[Families, np.ndarray]
"""Some of the families of a root table."""


@final
class PlacedRows:
    """Rows where batches are put together, and the same rows where they are learned from.

    Args:
        rows: The encoded rows.
        blueprints: Parents before children.
        device: Where to compute.
    """

    def __init__(self, rows: Rows, blueprints: Mapping[str, TableBlueprint], device: torch.device) -> None:
        self.rows, self.blueprints, self.device = rows, blueprints, device
        self.there = {name: block.to(device) for name, block in rows.items()}

    def batch(self, part: Part) -> Batch:
        """Some families and what they refer to, on the device."""
        group, units = part
        return make_batch(group.members(units), self.rows, self.blueprints).to(self.device)


@final
@dataclass(frozen=True)
class _Source:
    """The families of a root table and which of them are learned from."""

    families: Families
    train: np.ndarray
    rows_per_step: int
    repeats: int


@final
class Feed:
    """Families in random order.

    Args:
        learned: What to learn from.
        valid: What to measure on; None holds out a tenth of the families.
        batch_size: Families per step at most.
        seed: Of the numbers that their order comes from.
        places: Per table a number for every row: of the families those are held out whose first rows have the
            smallest, and so are held out again when a later training has them beside others. None: any.
            Shapes: per table (rows of the data frame,)
    """

    def __init__(
        self,
        learned: PlacedRows,
        valid: PlacedRows | None,
        batch_size: int,
        seed: int,
        places: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self.rng, self._batch_size = np.random.default_rng(seed), batch_size
        self._sources: list[_Source] = []
        self._valid: list[Part] = []
        placed = (
            {name: places[name][block.source] for name, block in learned.rows.items()} if places else None
        )
        for group in families(learned.rows, learned.blueprints):
            units = self.rng.permutation(group.units)
            if placed is not None:
                units = units[np.argsort(group.by_first_row(placed)[units], kind="stable")]
            held = 0 if valid is not None else int(len(units) * _HELD_OUT)
            self._sources.append(self._source(group, units[held:]))
            if held:
                self._valid.append((group, units[:held]))
        if valid is not None:
            self._valid = [(g, np.arange(g.units)) for g in families(valid.rows, valid.blueprints)]

    def _source(self, group: Families, train: np.ndarray) -> _Source:
        rows = group.sizes[train].sum()
        per_step = np.clip(rows / _STEPS_PER_EPOCH, _LEAST_ROWS, _ROWS_PER_STEP)
        per_step = max(1, int(min(per_step, self._batch_size * rows / max(1, len(train)))))
        # few families of very many rows make few steps, however many rows there are
        steps = len(list(group.draw(train, per_step, self.rng, self._batch_size)))
        repeats = int(np.clip(round(min(_STEPS_PER_EPOCH, rows / per_step) / steps), 1, _MOST_REPEATS))
        return _Source(group, train, per_step, repeats)

    def steps(self, frozen: Collection[str]) -> list[Part]:
        """The steps of an epoch, without families whose tables are all frozen."""
        steps = [
            (source.families, units)
            for source in self._sources
            for _ in range(source.repeats)
            if len(source.train) and not all(name in frozen for name in source.families.tables)
            for units in source.families.draw(source.train, source.rows_per_step, self.rng, self._batch_size)
        ]
        return [steps[index] for index in self.rng.permutation(len(steps))]

    def held_out(self) -> Iterator[Part]:
        """What to measure on, always the same."""
        rng = np.random.default_rng(0)
        for group, units in self._valid:
            for part in group.draw(units, 4 * _ROWS_PER_STEP, rng):
                yield group, part
