"""The likelihood a model gives to data, without noise in it."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from synth_models import RelationalData
from synth_models.graph.batch import make_batch
from synth_models.graph.encode import encode_rows
from synth_models.graph.rows import Rows
from synth_models.models.model import Model


def nll(model: Model, data: RelationalData) -> dict[str, float]:
    """Nats per row of every table, each latent at the mean of its posterior."""
    rows = encode_rows(data, model._networks.blueprints)
    found = table_nll(model, rows, None)
    return {name: value / max(1, len(rows[name])) for name, value in found.items()}


def table_nll(model: Model, rows: Rows, latents: Mapping[str, Tensor] | None) -> dict[str, float]:
    """Nats of every table, teacher-forced; None for latents at the mean of their posteriors."""
    encoder, decoder, blueprints = (
        model._networks.encoder.eval(),
        model._networks.decoder.eval(),
        model._networks.blueprints,
    )
    batch = make_batch({name: np.arange(len(block)) for name, block in rows.items()}, rows, blueprints)
    found, contexts, drawn = {}, {}, {}
    with torch.no_grad():
        vectors, pointed = encoder.vectors(batch, rows)
        above = encoder.summaries(batch, vectors)
        for name, blueprint in blueprints.items():
            net, mine, parent = decoder.table(name), vectors[name], blueprint.parent
            contexts[name] = net.orphan.expand(len(mine), -1)
            if parent:
                contexts[name] = net.inherit(
                    vectors[parent], drawn[parent], contexts[parent], batch.tree_parent[name]
                )
            q = encoder.posterior(name, above[name], contexts[name])
            drawn[name] = mine.new_zeros(len(mine), 0) if q is None else q.mean
            if latents is not None:
                drawn[name] = latents[name]
            found[name] = float(decoder.nll(name, batch, rows, vectors, pointed, contexts[name]))
    return found
