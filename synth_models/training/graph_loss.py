"""The evidence lower bounds of a draft, and of the attributes given the structure."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from synth_models.graph.batch import Batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.graph_decoder import GraphDecoder
from synth_models.nn.graph_encoder import GraphEncoder
from synth_models.training.loss import Beside, Loss, Skip, table_losses


def graph_losses(
    encoder: GraphEncoder,
    decoder: GraphDecoder,
    blueprints: Mapping[str, TableBlueprint],
    batch: Batch,
    rows: Rows,
    generator: torch.Generator,
    skip: Skip = frozenset(),
) -> dict[str, Loss]:
    """See ``table_losses``."""
    draft, attributes = encoder.draft_view, encoder.attribute_view
    around = encoder.surroundings(batch, encoder.structure_view.rows(rows))

    def further(vectors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        drawn = [name for name in decoder.drawn if name in batch.tree]
        return {name: decoder.further(name, around, vectors) for name in drawn}

    found = [
        table_losses(
            encoder.draft, decoder.draft, draft.blueprints, batch, draft.rows(rows), generator, skip
        ),
        table_losses(
            encoder.attributes,
            decoder.attributes,
            attributes.blueprints,
            batch,
            attributes.rows(rows),
            generator,
            skip,
            part=1,
            beside=Beside(encoder.described(around.own), further),
        ),
    ]
    return {name: _together([losses.get(name) for losses in found]) for name in found[0] | found[1]}


def _together(parts: Sequence[Loss | None]) -> Loss:
    """The loss of a table that is drawn in parts; None for what is not learned any more."""
    there = [part for part in parts if part is not None]
    nothing = torch.zeros_like(there[0].nll)
    nll = [nothing if part is None else part.nll for part in parts]
    kl = [nothing if part is None else part.kl for part in parts]
    return Loss(sum(nll, nothing), sum(kl, nothing), there[0].rows, tuple(nll))
