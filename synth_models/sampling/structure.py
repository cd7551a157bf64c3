"""The structure of a sample: who is whose parent, and what rows know by it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import final

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.batch import Batch, families, make_batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.links import count_children
from synth_models.graph.rows import Rows
from synth_models.graph.steps import COUNT
from synth_models.nn.graph_decoder import GraphDecoder
from synth_models.nn.graph_encoder import GraphEncoder, Surroundings
from synth_models.sampling.sample import Given
from synth_models.sampling.state import Table

_ROWS = 16_384
"""Rows whose surroundings are computed at once, about."""


@final
class Structure(Given):
    """The structure of a draft, with what graph layers make of it, some families at a time.

    Args:
        encoder, decoder: Trained networks.
        tables: The draft.
        device: Where to compute.
    """

    def __init__(
        self,
        encoder: GraphEncoder,
        decoder: GraphDecoder,
        tables: Mapping[str, Table],
        device: torch.device,
    ) -> None:
        self.encoder, self.decoder, self.device = encoder, decoder, device
        views = encoder.structure_view.blueprints
        rows: Rows = encoder.structure_view.rows({name: table.block for name, table in tables.items()})
        for name, view in views.items():
            rows[name] = replace(rows[name], tokens=_counted(view, rows))
        self.tables = {name: replace(tables[name], block=rows[name]) for name in views}
        self.there = {name: block.to(device) for name, block in rows.items()}
        self.parts: list[tuple[Batch, Surroundings]] = []
        rng = np.random.default_rng(0)
        for group in families(rows, views):
            for units in group.draw(np.arange(group.units), _ROWS, rng) if group.units else ():
                batch = make_batch(group.members(units), rows, views).to(device)
                self.parts.append((batch, encoder.surroundings(batch, self.there)))

    def own(self, name: str, rows: Tensor) -> Tensor:
        """See ``Given``."""
        features = self.encoder.features_of(name, self.there[name], rows.to(self.device))
        return self.encoder.described({name: features})[name]

    def further(self, name: str, tables: Mapping[str, Table]) -> Tensor:
        """See ``Given``."""
        found = torch.zeros(len(self.tables[name]), self.decoder.settings.width, device=self.device)
        for batch, around in self.parts:
            if name not in batch.tree or name not in self.decoder.drawn:
                continue
            vectors = {
                table: made.vectors[batch.rows[table]]
                for table, made in tables.items()
                if table in batch.rows and table != name
            }
            found[batch.rows[name][batch.tree[name]]] = self.decoder.further(name, around, vectors)
        return found


def _counted(blueprint: TableBlueprint, rows: Rows) -> Tensor:
    """The tokens of a table's structure with the numbers of children that came about."""
    block = rows[blueprint.name]
    tokens = block.tokens.clone()
    for count in blueprint.counts:
        link = rows[count.child].links[count.column].numpy()
        at = blueprint.token_at(COUNT, f"{count.child}.{count.column}")
        encoded = count.grid.encode(count_children(link, len(block)))
        tokens[:, at] = torch.from_numpy(encoded.astype(np.int16))
    return tokens
