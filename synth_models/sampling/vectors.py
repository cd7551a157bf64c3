"""What the networks make of rows: contexts before they are drawn, vectors and latents afterwards."""

import torch
from torch import Tensor

from synth_models.graph.blueprint import TableBlueprint
from synth_models.nn.latent import Gaussian, standard_noise
from synth_models.sampling.sample import Sample
from synth_models.sampling.shards import rows_of_shards


def set_contexts(sample: Sample, blueprint: TableBlueprint) -> None:
    """What the rows of a table know before they are drawn: of their families, and of a given structure."""
    _family_contexts(sample, blueprint)
    if sample.given is not None:
        table = sample.tables[blueprint.name]
        table.contexts = table.contexts + sample.given.further(blueprint.name, sample.tables)


def _family_contexts(sample: Sample, blueprint: TableBlueprint) -> None:
    table, net = sample.tables[blueprint.name], sample.decoder.table(blueprint.name)
    index = torch.from_numpy(table.parent)
    if blueprint.parent is None:
        table.contexts = net.orphan.expand(len(table), -1)
        return
    above = sample.tables[blueprint.parent]
    parts = []
    for piece in sample.pieces(len(above)):
        size = piece.stop - piece.start
        everyone = torch.arange(size, device=sample.device)
        parts.append(net.inherit(above.vectors[piece], above.latents[piece], above.contexts[piece], everyone))
    made = torch.cat(parts)
    index = index.to(sample.device)
    alone = net.orphan.expand(len(index), -1)
    table.contexts = (
        torch.where((index >= 0)[:, None], made[index.clamp(min=0)], alone) if len(made) else alone.clone()
    )


def set_vectors(sample: Sample, blueprint: TableBlueprint, rows: Tensor) -> Tensor:
    """The vectors of complete rows, which the table keeps as well. Shapes: (n,) -> (n, width)."""
    table = sample.tables[blueprint.name]
    block = table.block
    own = sample.encoder.own(blueprint.name, block, rows)
    if sample.given is not None:
        own = own + sample.given.own(blueprint.name, rows)
    parents = {
        column: (
            sample.tables[parent].vectors if column == blueprint.family else sample.tables[parent].pointed,
            block.links[column][rows].to(sample.device),
        )
        for column, parent in blueprint.key_parents.items()
    }
    vectors = sample.encoder.merge(blueprint.name, own, parents)
    if table.vectors.device != vectors.device or len(table.vectors) != len(table):
        table.vectors = torch.zeros(len(table), vectors.shape[1], device=vectors.device)
    table.vectors[rows.to(sample.device)] = vectors
    return vectors


def set_pointed(sample: Sample, blueprint: TableBlueprint) -> None:
    """How rows see the complete rows of a table that they point at by a further key."""
    table = sample.tables[blueprint.name]
    table.pointed = sample.encoder.pointed(blueprint.name, table.vectors, table.block, slice(None))


def draw_latents(sample: Sample, blueprint: TableBlueprint) -> None:
    """The latents of complete rows, from random numbers of their shards."""
    table, net = sample.tables[blueprint.name], sample.decoder.table(blueprint.name)
    parts = [
        net.latent_prior(table.vectors[piece], table.contexts[piece]) for piece in sample.pieces(len(table))
    ]
    priors = [part for part in parts if part is not None]
    table.latents = torch.zeros(len(table), 0, device=sample.device)
    if not priors:
        return
    prior = Gaussian(torch.cat([p.mean for p in priors]), torch.cat([p.log_var for p in priors]))
    noise = torch.zeros_like(prior.mean)
    for number, rows in enumerate(rows_of_shards(table.shard)):
        generator = sample.roll(blueprint.name, "latents", number).torch
        drawn = standard_noise((len(rows), noise.shape[1]), generator, sample.device)
        noise[torch.from_numpy(rows).to(sample.device)] = drawn
    table.latents = prior.sample(noise)
