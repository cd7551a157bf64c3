"""The evidence lower bound of families of rows."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from synth_models.graph.batch import Batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.nn.latent import kl


class Loss(NamedTuple):
    """Sums over the rows of a table in a batch, in nats; and the number of rows."""

    nll: Tensor
    kl: Tensor
    rows: int


def table_losses(
    encoder: Encoder,
    decoder: Decoder,
    blueprints: Mapping[str, TableBlueprint],
    batch: Batch,
    rows: Rows,
    generator: torch.Generator,
    skip: frozenset[str] = frozenset(),
) -> dict[str, Loss]:
    """The loss of every table with rows to learn from.

    Args:
        encoder: Rows to vectors and latents.
        decoder: Those to the probabilities of rows.
        blueprints: Parents before children.
        batch: Families and what they refer to.
        rows: The encoded rows that the batch points into.
        generator: For the latents' noise.
        skip: Tables whose own rows are not learned from any more.
    """
    vectors = encoder.vectors(batch, rows)
    above = encoder.summaries(batch, vectors)
    contexts: dict[str, Tensor] = {}
    latents: dict[str, Tensor] = {}
    losses: dict[str, Loss] = {}
    for name, blueprint in blueprints.items():
        if name not in batch.tree:
            continue
        net, mine, parent = decoder.table(name), vectors[name][batch.tree[name]], blueprint.parent
        if parent in batch.tree:
            contexts[name] = net.inherit(
                vectors[parent][batch.tree[parent]],
                latents[parent],
                contexts[parent],
                batch.tree_parent[name],
            )
        else:
            contexts[name] = net.orphan.expand(len(mine), -1)
        latents[name], divergence = mine.new_zeros(len(mine), 0), mine.new_zeros(())
        q = encoder.posterior(name, above[name], contexts[name])
        p = net.latent_prior(mine, contexts[name])
        if q is not None and p is not None:
            noise = torch.randn(q.mean.shape, generator=generator, device=mine.device)
            latents[name], divergence = q.sample(noise), kl(q, p).sum()
        if name not in skip:
            nll = decoder.nll(name, batch, rows, vectors, contexts[name])
            losses[name] = Loss(nll, divergence, len(mine))
    return losses
