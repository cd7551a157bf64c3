"""The evidence lower bounds of a draft, and of the attributes given the structure."""

from collections.abc import Mapping

import torch
from torch import Tensor

from synth_models.graph.batch import Batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.graph_decoder import GraphDecoder
from synth_models.nn.graph_encoder import GraphEncoder
from synth_models.training.loss import Beside, Loss, table_losses


def graph_losses(
    encoder: GraphEncoder,
    decoder: GraphDecoder,
    blueprints: Mapping[str, TableBlueprint],
    batch: Batch,
    rows: Rows,
    generator: torch.Generator,
    skip: frozenset[str] = frozenset(),
) -> dict[str, Loss]:
    """See ``table_losses``."""
    attributes = encoder.attribute_view
    around = encoder.surroundings(batch, encoder.structure_view.rows(rows))

    def further(vectors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        drawn = [name for name in decoder.drawn if name in batch.tree]
        return {name: decoder.further(name, around, vectors) for name in drawn}

    found = [
        table_losses(encoder.draft, decoder.draft, blueprints, batch, rows, generator, skip),
        table_losses(
            encoder.attributes,
            decoder.attributes,
            attributes.blueprints,
            batch,
            attributes.rows(rows),
            generator,
            skip,
            beside=Beside(encoder.described(around.own), further),
        ),
    ]
    return {
        name: Loss(found[0][name].nll + loss.nll, found[0][name].kl + loss.kl, loss.rows)
        for name, loss in found[1].items()
    }
