"""The evidence lower bound of families of rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, final

import torch
from torch import Tensor

from synth_models.graph.batch import Batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows
from synth_models.nn.encoder import MultiLevelEncoder
from synth_models.nn.latent import kl
from synth_models.nn.multilevel_decoder import MultiLevelDecoder


class Loss(NamedTuple):
    """Sums over the rows of a table in a batch, in nats; and the number of rows.

    Args:
        parts: What the likelihood is the sum of, where parts of the networks are frozen by themselves.
    """

    nll: Tensor
    kl: Tensor
    rows: int
    parts: tuple[Tensor, ...] = ()


Skip = frozenset[tuple[str, int]]
"""Tables, and numbers of their decoder's parts, whose rows are not learned from any more."""

Losses = Callable[..., dict[str, Loss]]
"""What a model is trained by: called like ``table_losses``, with the model's own encoder and decoder."""


@final
@dataclass(frozen=True)
class Beside:
    """What rows know that is not learned with them.

    Args:
        own: Of every row of a batch, part of its vector. Shapes: per table (rows, width)
        further: Vectors of complete rows to what rows know before they are drawn, beside their families.
            Shapes: per table (rows of the tree, width)
    """

    own: Mapping[str, Tensor]
    further: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]


def table_losses(
    encoder: MultiLevelEncoder,
    decoder: MultiLevelDecoder,
    blueprints: Mapping[str, TableBlueprint],
    batch: Batch,
    rows: Rows,
    generator: torch.Generator,
    skip: Skip = frozenset(),
    *,
    beside: Beside | None = None,
    part: int = 0,
) -> dict[str, Loss]:
    """The loss of every table with rows to learn from.

    Args:
        encoder: Rows to vectors and latents.
        decoder: Those to the probabilities of rows.
        blueprints: Parents before children.
        batch: Families and what they refer to.
        rows: The encoded rows that the batch points into.
        generator: For the latents' noise.
        skip: What is not learned any more.
        part: Which of their parts the decoder is.
        beside: What else is known of the rows, if anything.
    """
    vectors, pointed = encoder.vectors(batch, rows, beside.own if beside else None)
    further = beside.further(vectors) if beside else {}
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
        if name in further:
            contexts[name] = contexts[name] + further[name]
        latents[name], divergence = mine.new_zeros(len(mine), 0), mine.new_zeros(())
        q = encoder.posterior(name, above[name], contexts[name])
        p = net.latent_prior(mine, contexts[name])
        if q is not None and p is not None:
            noise = torch.randn(q.mean.shape, generator=generator, device=mine.device)
            latents[name], divergence = q.sample(noise), kl(q, p).sum()
        if (name, part) not in skip:
            nll = decoder.nll(name, batch, rows, vectors, pointed, contexts[name])
            losses[name] = Loss(nll, divergence, len(mine))
        elif q is not None:  # else the latent could tell children that still learn anything, for free
            losses[name] = Loss(mine.new_zeros(()), divergence, len(mine))
    return losses
